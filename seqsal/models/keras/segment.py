"""A part of a network as a function of its weights and of the hidden state before it."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from seqsal.models.arrays import Array


@dataclasses.dataclass(frozen=True)
class Segment:
    """What stands between two hidden states.

    Attributes:
        weights: the variables of this segment.
        kind: the function that computes it. Layers that differ in their weights alone have one,
            so that it is compiled once for all of them.
    """

    weights: tuple[Any, ...]
    kind: "Kind"

    def run(self, x: Array, *context: Array) -> Array:
        """Returns the next hidden state, by the operations of any backend one after the other."""
        return self.kind([variable.value for variable in self.weights], x, *context)


class Kind:
    """A segment as a function of its weights.

    Attributes:
        name: tells kinds of a network apart.
        compiled: what a runtime has compiled of it.
    """

    def __init__(self, model: Any, name: str) -> None:
        self._model, self.name = model, name
        self.compiled: dict[Any, Any] = {}

    @property
    def layers(self) -> list[Any]:
        """What is computed, one after the other."""
        return [op for op in self._model.operations if not isinstance(op, keras.layers.InputLayer)]

    @property
    def flat_layers(self) -> list[Any]:
        """All layers, those within others as well."""
        return list(self._model._flatten_layers())

    def example(self, tokens: int) -> tuple[Array, ...]:
        """Returns some hidden state, token ids and mask of a number of tokens."""
        symbol = self._model.inputs[0]
        x = np.random.default_rng(0).normal(size=(1, tokens, symbol.shape[-1]))
        ones = keras.ops.ones((1, tokens), dtype="int32")
        return keras.ops.convert_to_tensor(x, dtype=symbol.dtype), ones, ones

    def __call__(self, weights: Sequence[Array], x: Array, ids: Array, mask: Array) -> Array:
        """Returns the next hidden state.

        Args:
            weights: values for the variables.
            x: the hidden state before, [1, tokens, dim].
            ids: the token ids, [1, tokens].
            mask: 1 for each token, 0 for padding, [1, tokens].
        """
        values = zip(self._model.variables, weights, strict=True)
        with keras.StatelessScope(state_mapping=list(values)):
            return self._model([x, ids, mask], training=False)
