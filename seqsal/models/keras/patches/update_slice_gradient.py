"""The gradient of XlaDynamicUpdateSlice, which TensorFlow 2.21 does not have.

`keras.ops.slice_update` computes it, with which keras-hub's layers update their cache.
"""

from typing import Final

import keras
import tensorflow as tf

OVERRIDES: Final = {"XlaDynamicUpdateSlice": "SeqsalUpdateSlice"}
"""The argument of `tf.Graph.gradient_override_map`."""


@tf.RegisterGradient("SeqsalUpdateSlice")  # type: ignore[untyped-decorator]
def _gradient(op: tf.Operation, gradient: tf.Tensor) -> list[tf.Tensor | None]:
    """Returns the gradients of the array and of its update."""
    _, update, start = op.inputs
    of_array = keras.ops.slice_update(gradient, start, tf.zeros_like(update))
    return [of_array, tf.slice(gradient, start, tf.shape(update)), None]
