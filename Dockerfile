# seqsal in one image: the front end built by Node, the wheel installed in a slim Python.
#
#   docker build -t seqsal .
#   docker run -p 5432:5432 -v seqsal:/data seqsal --models=gemma:google/gemma-2b-it
#
# It prints the URL with its token. For NVIDIA GPUs:
#   docker build -t seqsal:cuda --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cu126 .
#   docker run --gpus=all -p 5432:5432 -v seqsal:/data seqsal:cuda

ARG PYTHON=3.11
ARG NODE=22

FROM node:${NODE}-slim AS frontend
WORKDIR /build/seqsal/frontend
COPY seqsal/frontend/package.json seqsal/frontend/package-lock.json seqsal/frontend/.npmrc ./
RUN npm ci --no-fund --no-audit
COPY seqsal/frontend ./
RUN npm run --silent build

FROM python:${PYTHON}-slim AS wheel
WORKDIR /build
COPY constraints.txt ./
RUN pip install --no-cache-dir --constraint constraints.txt hatchling
COPY pyproject.toml README.md LICENSE ./
COPY seqsal ./seqsal
COPY --from=frontend /build/seqsal/frontend/dist ./seqsal/frontend/dist
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels .

FROM python:${PYTHON}-slim
# The index of PyTorch's builds for CPUs, or for a version of CUDA.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
# For example [keras,jax] or [quantized].
ARG EXTRAS=""
COPY constraints.txt /tmp/constraints.txt
COPY --from=wheel /wheels /tmp/wheels
# A requirement of lit-nlp has no wheel and is compiled. The compiler is removed afterwards.
RUN apt-get update \
    && apt-get install --no-install-recommends --yes g++ \
    && pip install --no-cache-dir --constraint /tmp/constraints.txt \
        --extra-index-url "${TORCH_INDEX}" "$(ls /tmp/wheels/*.whl)${EXTRAS}" \
    && apt-get purge --yes --auto-remove g++ \
    && rm -rf /var/lib/apt/lists/* /tmp/wheels /tmp/constraints.txt

RUN useradd --create-home --uid 10001 seqsal && install --directory --owner=seqsal /data
USER seqsal
WORKDIR /data
# Prompts, answers and models of the hub outlive the container.
ENV HF_HOME=/data/huggingface PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 5432
HEALTHCHECK --interval=30s --timeout=5s --start-period=10m \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:5432/readyz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["seqsal", "--host=0.0.0.0", "--port=5432", "--data_dir=/data/seqsal"]
