"""Segments: parts of a network, as functions of their weights and the hidden state before."""

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from seqsal.models.arrays import Array
from seqsal.models.keras.linearization import linearized_operations


@dataclasses.dataclass(frozen=True)
class Segment:
    """The part of a network between two hidden states.

    Attributes:
        weights: the variables of this segment.
        function: computes it. Layers that differ in their weights only share one, so that it is
            compiled once for all of them.
    """

    weights: tuple[Any, ...]
    function: "SegmentFunction"

    def run(self, x: Array, *context: Array) -> Array:
        """Returns the next hidden state, computed eagerly on any backend."""
        return self.function([variable.value for variable in self.weights], x, *context)

    @property
    def linearized(self) -> "Segment":
        """The same segment, whose derivative is that of the linearized network."""
        return Segment(self.weights, self.function.linearized)


class SegmentFunction:
    """A segment as a function of its weights.

    Attributes:
        name: unique in a network.
        compiled: functions that a runtime has compiled.
    """

    def __init__(self, model: Any, name: str) -> None:
        self._model, self.name = model, name
        self.compiled: dict[Any, Any] = {}

    @functools.cached_property
    def linearized(self) -> "SegmentFunction":
        """The same function, whose derivative is that of the linearized network."""
        return _LinearizedFunction(self)

    @property
    def layers(self) -> list[Any]:
        """The operations, in order."""
        return [op for op in self._model.operations if not isinstance(op, keras.layers.InputLayer)]

    @property
    def flat_layers(self) -> list[Any]:
        """All layers, nested ones included."""
        return list(self._model._flatten_layers())

    def example(self, tokens: int) -> tuple[Array, ...]:
        """Returns an example of a hidden state, token ids and a mask for a number of tokens."""
        symbol = self._model.inputs[0]
        x = np.random.default_rng(0).normal(size=(1, tokens, symbol.shape[-1]))
        ones = keras.ops.ones((1, tokens), dtype="int32")
        return keras.ops.convert_to_tensor(x, dtype=symbol.dtype), ones, ones

    def __call__(self, weights: Sequence[Array], x: Array, ids: Array, mask: Array) -> Array:
        """Returns the next hidden state.

        Args:
            weights: values for the variables.
            x: the hidden state before, [batch, tokens, dim].
            ids: the token ids, [batch, tokens].
            mask: 1 for each token, 0 for padding, [batch, tokens].
        """
        values = zip(self._model.variables, weights, strict=True)
        with keras.StatelessScope(state_mapping=list(values)):
            return self._model([x, ids, mask], training=False)


class _LinearizedFunction(SegmentFunction):
    """A function that is differentiated as the linearized network; it is compiled apart."""

    def __init__(self, function: SegmentFunction) -> None:
        super().__init__(function._model, f"{function.name}_linearized")
        self._function = function

    def __call__(self, weights: Sequence[Array], x: Array, *context: Array) -> Array:
        with linearized_operations():
            return self._function(weights, x, *context)
