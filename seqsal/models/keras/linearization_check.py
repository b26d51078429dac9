"""Checks whether the linearized network of a model is linear."""

from collections.abc import Sequence
from typing import Any, Final

import keras
import numpy as np

from seqsal.models.arrays import Array, NumpyArray
from seqsal.models.keras.network import Network
from seqsal.models.keras.runtime.base import Runtime
from seqsal.models.keras.segment import Segment, SegmentFunction

_TOKENS: Final = 6
_DIRECTIONS: Final = 3
_TOLERANCES: Final = {"float64": 1e-3, "float32": 1e-3, "float16": 2e-2}
_WIDEST: Final = 8e-2
"""Largest error, as a share of the output, for bfloat16."""


def linearization_error(network: Network, runtime: Runtime) -> str | None:
    """Returns why a model has no linearized gradients; None if it has them."""
    name = type(network.model).__name__
    # Layers that share a function are linear together.
    for segment in {segment.function: segment for segment in network.segments}.values():
        try:
            error = incompleteness(segment, runtime)
        except Exception as failure:  # A layer's own code may raise anything when differentiated.
            reason = str(failure).partition("\n\nArguments received")[0]  # Keras lists them all.
            return f"The linearized backward pass of {name} fails: {reason}"
        dtype = keras.backend.standardize_dtype(segment.function.example(1)[0].dtype)
        if not error <= _TOLERANCES.get(dtype, _WIDEST):
            return (
                f"The layers of {name} hold an operation that seqsal does not recognise as"
                " attention, norm, activation or gate: the contributions to the output of"
                f" {segment.function.name} differ from it by {error:.2%}."
            )
    return None


def incompleteness(segment: Segment, runtime: Runtime) -> float:
    """Returns the share of a segment's output that its linearized derivative does not explain.

    A function that is linear in its input and its biases together is its own derivative along
    them: F(x, b) = d F(t * x, t * b) / dt at t = 1. The two are compared along some directions
    of the output, on a few tokens.
    """
    x, *context = segment.function.example(_TOKENS)
    scaled = Segment(segment.weights, _Scaled(segment, x))
    one = keras.ops.ones((1, 1, 1), dtype=x.dtype)
    if runtime.caches_graphs:
        y, vjp = runtime.forward_with_vjp(scaled, one, tuple(context))
    else:  # TensorFlow would compile it, which takes longer than a tape.
        y, vjp = runtime.vjp(lambda factor: scaled.run(factor, *context), one)
    output = _float64(y)
    directions = np.random.default_rng(0).normal(size=(_DIRECTIONS, 1, *output.shape))
    errors = [
        float((direction * output).sum() - _float64(vjp(_tensor(direction, y))).sum())
        for direction in directions
    ]
    return float(np.sqrt(np.mean(np.square(errors)) / np.square(output).sum()))


class _Scaled(SegmentFunction):
    """A linearized segment as a function of a factor of its input and of its biases."""

    def __init__(self, segment: Segment, x: Array) -> None:
        function = segment.function
        super().__init__(function._model, f"{function.name}_scaled")
        self._linearized = function.linearized
        self._x = keras.ops.convert_to_numpy(keras.ops.cast(x, "float32"))
        self._are_offsets = [_is_offset(variable) for variable in segment.weights]

    def __call__(self, weights: Sequence[Array], x: Array, *context: Array) -> Array:
        """Returns the output, [1, tokens, dim].

        Args:
            weights: values for the variables.
            x: the factor, [1, 1, 1].
            *context: the token ids and the mask.
        """
        scaled = [
            weight * keras.ops.cast(x[0, 0, 0], weight.dtype) if is_offset else weight
            for weight, is_offset in zip(weights, self._are_offsets, strict=True)
        ]
        return self._linearized(scaled, x * keras.ops.cast(self._x, x.dtype), *context)


def _is_offset(variable: Any) -> bool:
    """Returns whether a weight is added to hidden states."""
    name, parts = variable.name, variable.path.split("/")
    return name.endswith("bias") or name == "beta" or "position_embedding" in parts[-2:]


def _tensor(array: NumpyArray, like: Array) -> Array:
    return keras.ops.convert_to_tensor(array, dtype=like.dtype)


def _float64(array: Array) -> NumpyArray:
    numpy: NumpyArray = keras.ops.convert_to_numpy(keras.ops.cast(array, "float32"))
    return numpy.astype(np.float64)
