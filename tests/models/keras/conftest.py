"""Fixtures of the checks of the backends, which run in other processes; excludes their files."""

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from seqsal.models.keras.lm import KerasCausalLM

_IN_OTHER_PROCESSES = ["on_*.py", "models.py", "random_models.py", "thinking.py"]
collect_ignore_glob = [] if "SEQSAL_TEST_CHECKPOINTS" in os.environ else _IN_OTHER_PROCESSES


@pytest.fixture(scope="session")
def lms() -> "dict[str, KerasCausalLM]":
    """The checkpoints, loaded side by side."""
    from tests.models.keras import checkpoints, models

    return {name: models.load(models.CHECKPOINTS / name) for name in checkpoints.ARCHITECTURES}


@pytest.fixture(scope="session")
def llama(lms: "dict[str, KerasCausalLM]") -> "KerasCausalLM":
    """The smallest of the checkpoints."""
    return lms["llama"]


@pytest.fixture
def plain_attention(monkeypatch: pytest.MonkeyPatch) -> None:
    """Disables the attention of this package on TensorFlow, which takes long to compile.

    It is for tests of other parts. The comparisons with Transformers, with LIT and with Keras'
    attention have it.
    """
    from seqsal.models import accelerate
    from tests.models.keras import models, random_models

    if models.BACKEND == "tensorflow" and not random_models.EVERYTHING:
        others = accelerate.NAMES - {"fused_attention"}
        monkeypatch.setenv(accelerate.VARIABLE, ",".join(others))
