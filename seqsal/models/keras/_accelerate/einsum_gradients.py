"""Gradients of einsum on TensorFlow, with the larger factor first.

TensorFlow 2.21 puts the gradient first. Einsum transposes its second factor if the order of the
summed axes differs, and with shared keys and values that is the attention of all heads: a sixth of
a layer's backward pass.
"""

from typing import Final

import tensorflow as tf

from seqsal.models import accelerate

_OVERRIDES: Final = {"Einsum": "SeqsalEinsum"}


def overrides() -> dict[str, str]:
    """Returns the argument of `tf.Graph.gradient_override_map`; empty if disabled."""
    return _OVERRIDES if accelerate.enabled("einsum_gradients") else {}


@tf.RegisterGradient(_OVERRIDES["Einsum"])  # type: ignore[untyped-decorator]
def _gradients(op: tf.Operation, gradient: tf.Tensor) -> list[tf.Tensor]:
    """Returns the gradients of the two factors."""
    factors, equation = list(op.inputs), op.get_attr("equation").decode()
    before, result = equation.split("->")
    labels = before.split(",")
    if len(factors) != 2 or not _is_plain(labels, result):
        return list(tf.gradients(tf.einsum(equation, *factors), factors, gradient))
    (x, y), (of_x, of_y) = factors, labels
    return [
        _product((gradient, result), (y, of_y), of_x),
        _product((gradient, result), (x, of_x), of_y),
    ]


def _is_plain(labels: list[str], result: str) -> bool:
    """Returns whether no axis is repeated in a factor, or is in one factor alone and summed."""
    x, y = map(set, labels)
    once = all(len(set(each)) == len(each) for each in labels)
    return once and "." not in result and not (x ^ y) - set(result)


def _product(factor: tuple[tf.Tensor, str], other: tuple[tf.Tensor, str], result: str) -> tf.Tensor:
    """Returns the einsum of two factors with their labels, the one of more unknown axes first."""
    (x, of_x), (y, of_y) = sorted((factor, other), key=lambda each: -_unknown_axes(each[0]))
    return tf.einsum(f"{of_x},{of_y}->{result}", x, y)


def _unknown_axes(tensor: tf.Tensor) -> int:
    """Returns the number of axes whose length depends on the input, not on the model."""
    return sum(size is None for size in tensor.shape)
