"""Keras on TensorFlow, PyTorch and JAX, each in its own process, in parallel."""

import contextlib
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator

import pytest

from seqsal.models.keras.backend import RUNTIMES
from tests import all_tests
from tests.models.keras import checkpoints, thinking

HERE = pathlib.Path(__file__).parent
EVERYWHERE = [
    "on_gradients.py",
    "on_intercept.py",
    "on_linearization.py",
    "on_path_gradients.py",
    "on_removals.py",
    "on_generation.py",
    "on_loading.py",
    "on_chat.py",
    "on_thinking.py",
]
REAL = ["on_real_models.py"]
# TensorFlow and JAX compile the 30 layers of a real model for more than a minute.
COMPILED_REAL = REAL if all_tests.ENABLED else []
CHECKS = {
    "tensorflow": [*EVERYWHERE, "on_attention.py", *COMPILED_REAL],
    "torch": [
        *EVERYWHERE,
        *REAL,
        "on_any_backend.py",
        "on_the_web.py",
        "on_attention.py",
        "on_torch.py",
        "../../../seqsal/models/keras",
    ],
    "jax": [*EVERYWHERE, *COMPILED_REAL],
}
OPTIONS = "--doctest-modules --jaxtyping-packages=seqsal,beartype.beartype --strict-markers"


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """The running checks of each backend, over the same checkpoints."""
    folder = tmp_path_factory.mktemp("keras")
    checkpoints.save_all(folder)
    thinking.save_all(folder)
    for name in ("smollm2", "gemma3") if all_tests.ENABLED else ("smollm2",):
        with contextlib.suppress(pytest.skip.Exception):
            checkpoints.save_real(folder, name, request.getfixturevalue(name))
    processes = {name: _start(name, folder) for name in RUNTIMES}
    yield processes
    for process in processes.values():
        process.kill()
        process.communicate()


def _start(runtime: str, folder: pathlib.Path) -> subprocess.Popen[str]:
    files = [str(HERE / name) for name in CHECKS[runtime]]
    # keras-hub 0.32 leaves the files of SentencePiece models to the garbage collector.
    warnings = ["-W", "ignore:unclosed file:ResourceWarning"]
    command = [sys.executable, "-m", "pytest", "-q", "-o", f"addopts={OPTIONS}", *warnings, *files]
    environment = os.environ | {
        "KERAS_BACKEND": runtime,
        "SEQSAL_TEST_CHECKPOINTS": str(folder),
        "TF_CPP_MIN_LOG_LEVEL": "2",
        # Three processes share the cores.
        "OMP_NUM_THREADS": "1",
        # For models of this size, optimization takes longer than it saves.
        "XLA_FLAGS": (
            "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
        ),
    }
    return subprocess.Popen(
        [*command, "-p", "no:cacheprovider", "--durations=8"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_checks_pass_on(runtime: str, running: dict[str, subprocess.Popen[str]]) -> None:
    output, _ = running[runtime].communicate(timeout=1800)
    assert running[runtime].returncode == 0, output
    assert " passed" in output
