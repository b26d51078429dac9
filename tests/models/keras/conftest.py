"""What the checks of the backends share; they run in other processes and are not collected here."""

import os
import pathlib
from typing import TYPE_CHECKING

import pytest

from tests.models.keras.checkpoints import ARCHITECTURES

if TYPE_CHECKING:
    from seqsal.models.keras.lm import KerasCausalLM

collect_ignore_glob = [] if "SEQSAL_TEST_CHECKPOINTS" in os.environ else ["on_*.py"]


@pytest.fixture(scope="session")
def lms() -> "dict[str, KerasCausalLM]":
    """The checkpoints, loaded once, so that their functions are compiled once."""
    from seqsal.models import keras as keras_adapter

    folder = pathlib.Path(os.environ["SEQSAL_TEST_CHECKPOINTS"])
    return {name: keras_adapter.load(folder / name) for name in ARCHITECTURES}
