"""The models that the checks of a backend run, a sequence for them, and comparisons."""

import functools
import os
import pathlib
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import pytest

from seqsal.models import keras as keras_adapter
from seqsal.models.arrays import NumpyArray
from seqsal.models.causal_lm import Encoding
from seqsal.models.keras.lm import KerasCausalLM
from seqsal.models.keras.trace import KerasTrace
from tests.models.keras import random_models
from tests.objectives import objectives

BACKEND = keras.config.backend()
CHECKPOINTS = pathlib.Path(os.environ["SEQSAL_TEST_CHECKPOINTS"])
IDS = [0, 17, 5, 33, 104, 200, 9, 77, 41, 300, 12]
WEIGHTS = np.zeros((1, 11), np.float32)
WEIGHTS[0, [6, 8]] = 1
PRECISE = "float32" if BACKEND == "jax" else "float64"  # JAX has float64 for all or for nothing.
COMPILES_MORE = BACKEND == "torch" or random_models.EVERYTHING
"""Whether a test may run a model whose functions no other test has compiled.

PyTorch compiles nothing. On the others it takes about 10 seconds of a core, and another test has
the same check on a model that it compiles.
"""


def long_on(*backends: str) -> pytest.MarkDecorator:
    """Returns a mark for a test that compiles for half a minute or more on some backends.

    `make test` leaves it to the other backends; `make test-all` runs it on all of them.
    """
    return pytest.mark.skipif(
        BACKEND in backends and not COMPILES_MORE,
        reason=f"{BACKEND} compiles for long; other backends and make test-all run it",
    )


class NoTokens:
    end_ids = ()
    added_tokens = ()
    special_tokens: Mapping[int, str] = {}

    def encode(self, text: str) -> Encoding:
        raise NotImplementedError

    def decode(self, ids: Any, hidden: Any = None) -> str:
        return "".join(f"<{i}>" for i in ids)


def load(path: Any, **choices: Any) -> KerasCausalLM:
    return keras_adapter.load(path, runtime=BACKEND, **choices)


@functools.cache
def random_model(name: str) -> KerasCausalLM:
    return KerasCausalLM(random_models.make(name, PRECISE), NoTokens())


def gradients_of(trace: KerasTrace, weights: NumpyArray = WEIGHTS) -> NumpyArray:
    return trace.to_numpy(trace.gradients(objectives(trace._ids.tolist(), weights)))


def assert_close(actual: Any, expected: Any, tolerance: float = 1e-5) -> None:
    """Checks that arrays agree, relative to the largest value."""
    expected = np.asarray(expected)
    np.testing.assert_allclose(
        actual, expected, rtol=tolerance, atol=tolerance * abs(expected).max()
    )
