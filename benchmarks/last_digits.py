"""One checkpoint on four frameworks, against float64: where the last digits come from.

    python -m benchmarks.last_digits

SmolLM2-135M-Instruct and Gemma 3 270M explain " Oslo." with Transformers and with Keras on
TensorFlow, PyTorch and JAX, in float32, each in its own process. The truth is Transformers in
float64: its casts to float32 are disabled, and the constants of its rotary embeddings and of
Gemma's scale are recomputed. The last row is Transformers in float32 with `torch.log_softmax`.

The columns: the sum of GradNorm over the tokens, and its relative error; the error of the
gradients relative to their length; the error of the log-probability in nats; and the largest
error of hidden states after a layer, relative to their length, of Transformers and of Keras.
"""

import argparse
import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import Any, Final
from unittest import mock

import numpy as np
import torch
import transformers

from benchmarks import measure, real_models
from seqsal.models.arrays import NumpyArray
from seqsal.models.objective import Objective, Term
from seqsal.models.transformers import HFCausalLM

PROMPT: Final = (
    "Paris is the capital of France. Oslo is the capital of Norway. The capital of Norway is"
)
TARGET: Final = " Oslo."
BACKENDS: Final = ("tensorflow", "torch", "jax")


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default="smollm2,gemma3")
    parser.add_argument("--work", nargs=3, help="internal: backend, folder, output")
    arguments = parser.parse_args()
    if arguments.work:
        backend, folder, output = arguments.work
        np.savez(output, **_keras(backend, folder))
        return
    rows = [row for name in arguments.models.split(",") for row in _rows(name)]
    heads = ["model", "framework", "GradNorm", "error", "gradients", "log-prob", "hidden states"]
    print(measure.table(heads, rows))


def _rows(name: str) -> Iterator[list[str]]:
    folder = str(real_models.folder(name))
    truth = _transformers_in_float64(folder)
    yield [name, "float64", f"{_norms(truth['gradients']).sum():.5f}", "", "", "", ""]
    lm = _loaded(folder, torch.float32)
    yield _row(name, "Transformers", _measured(lm) | _hidden(lm), truth)
    with tempfile.TemporaryDirectory() as work:
        for backend in BACKENDS:
            output = pathlib.Path(work) / f"{backend}.npz"
            command = [sys.executable, "-m", "benchmarks.last_digits", "--work", backend]
            environment = os.environ | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
            subprocess.run([*command, folder, str(output)], check=True, env=environment)
            with np.load(output) as found:
                yield _row(name, f"Keras, {backend}", dict(found), truth)
    with mock.patch("torch.logsumexp", _as_in_log_softmax):
        yield _row(name, "Transformers, log_softmax", _measured(lm), truth)


def _row(
    name: str, framework: str, found: dict[str, NumpyArray], truth: dict[str, NumpyArray]
) -> list[str]:
    total, exact = (_norms(each["gradients"]).sum() for each in (found, truth))
    states = [
        _relative(mine, theirs)
        for mine, theirs in zip(found.get("hidden", []), truth["hidden"], strict=False)
    ]
    return [
        name,
        framework,
        f"{total:.5f}",
        f"{total / exact - 1:.1e}",
        f"{_relative(found['gradients'], truth['gradients']):.1e}",
        f"{float(found['logprob'] - truth['logprob']):.1e}",
        f"{max(states):.1e}" if states else "",
    ]


def _loaded(folder: str, dtype: torch.dtype) -> HFCausalLM:
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return HFCausalLM(model.to(dtype), transformers.AutoTokenizer.from_pretrained(folder))


def _measured(lm: Any) -> dict[str, NumpyArray]:
    """Returns the gradients of the target, and its log-probability."""
    ids = lm.encode(PROMPT, TARGET).ids
    terms = [Term(i, ids[i]) for i in range(len(lm.encode(PROMPT)), len(ids))]
    trace = lm.trace(ids)
    gradients = trace.to_numpy(
        trace.gradients([Objective(frozenset((term, 1.0) for term in terms))])
    )[0]
    logprobs = trace.to_numpy(trace.logprobs(terms))
    return {"gradients": gradients, "logprob": logprobs.astype(np.float64).sum()}


def _hidden(lm: HFCausalLM) -> dict[str, NumpyArray]:
    """Returns the hidden states after each layer but the last, which Transformers normalizes."""
    with torch.no_grad():
        ids = torch.tensor([lm.encode(PROMPT, TARGET).ids])
        states = lm.model(ids, output_hidden_states=True).hidden_states
    return {"hidden": np.stack([state[0].numpy() for state in states[1:-1]])}


def _keras(backend: str, folder: str) -> dict[str, NumpyArray]:
    from seqsal.models import keras as adapter

    lm = adapter.load(folder, runtime=backend, precision="float32")
    import keras

    backbone, ids = lm.model.backbone, lm.encode(PROMPT, TARGET).ids
    layers = keras.Model(backbone.input, [x.output for x in backbone.transformer_layers[:-1]])
    states = layers({"token_ids": np.array([ids]), "padding_mask": np.ones((1, len(ids)))})
    hidden = np.stack([keras.ops.convert_to_numpy(state)[0] for state in states])
    return _measured(lm) | {"hidden": hidden}


def _transformers_in_float64(folder: str) -> dict[str, NumpyArray]:
    lm = _loaded(folder, torch.float64)
    config = lm.model.config
    for module in lm.model.modules():
        for name, buffer in dict(module.named_buffers(recurse=False)).items():
            if name.endswith("inv_freq"):
                ropes = config.rope_parameters
                rope = ropes.get(name.split("_original")[0].removesuffix("_inv_freq"), ropes)
                powers = torch.arange(0, 2 * len(buffer), 2, dtype=torch.float64)
                module._buffers[name] = rope["rope_theta"] ** (-powers / (2 * len(buffer)))
            if name == "embed_scale":
                scale = torch.tensor(config.hidden_size, dtype=torch.float64).sqrt()
                module._buffers[name] = scale
    with _without_float32():
        return _measured(lm) | _hidden(lm)


@contextlib.contextmanager
def _without_float32() -> Iterator[None]:
    """Makes casts to float32 casts to float64."""
    with (
        mock.patch.object(torch, "float", torch.float64),
        mock.patch.object(torch, "float32", torch.float64),
        mock.patch.object(torch.Tensor, "float", torch.Tensor.double),
    ):
        yield


def _as_in_log_softmax(logits: torch.Tensor, dim: int) -> torch.Tensor:
    return logits[:, 0] - torch.log_softmax(logits, dim=dim)[:, 0]


def _norms(gradients: NumpyArray) -> NumpyArray:
    norms: NumpyArray = np.linalg.norm(gradients.astype(np.float64), axis=-1)
    return norms


def _relative(found: NumpyArray, exact: NumpyArray) -> float:
    difference = found.astype(np.float64) - exact
    return float(np.linalg.norm(difference) / np.linalg.norm(exact))


if __name__ == "__main__":
    main()
