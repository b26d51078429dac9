"""Segments on TensorFlow: compiled once for each kind, for every length.

The way back runs a segment again, in one compiled function with its gradient. Measured on a
CPU at 60 to 1,024 tokens, that takes no longer than the compiled way back of a persistent tape,
which keeps several times the memory. A tape is what functions of the user run under.
"""

import functools
from collections.abc import Callable
from typing import Any, Final

import keras
import psutil
import tensorflow as tf
from keras.src.backend.tensorflow import nn as keras_nn

from seqsal.models.keras._accelerate.attention import fused_attention
from seqsal.models.keras._accelerate.attention_tensorflow import attention
from seqsal.models.keras.network import Head
from seqsal.models.keras.runtime.base import Context, Pull, Step, target_logprobs
from seqsal.models.keras.segment import Kind, Segment

_GRADIENTS: Final = {"Einsum": "SeqsalEinsum", "XlaDynamicUpdateSlice": "SeqsalUpdateSlice"}
"""Names of gradients of this module, by the operations for which they stand."""


class TensorFlowRuntime:
    """A `Runtime` on TensorFlow."""

    keeps_graphs = False
    compiles_lengths = False

    def padded_length(self, tokens: int) -> int:
        """Returns the length itself: compiled functions take any."""
        return tokens

    def padded_rows(self, rows: int) -> int:
        """Returns the number itself."""
        return rows

    def forward(self, segment: Segment, x: tf.Tensor, context: Context) -> tf.Tensor:
        """Returns a segment's output, and keeps nothing."""
        return _run(segment.kind, _forward, _values(segment), x, *context)

    def keep(self, segment: Segment, x: tf.Tensor, context: Context) -> tuple[tf.Tensor, Pull]:
        """Returns a segment's output and the way back, which runs it again."""
        y = self.forward(segment, x, context)
        return y, functools.partial(self.rerun, segment, x, context)

    def rerun(
        self, segment: Segment, x: tf.Tensor, context: Context, seeds: tf.Tensor
    ) -> tf.Tensor:
        """Returns the gradients at a segment's input by running it again."""
        return _run(segment.kind, _back, _values(segment), x, seeds, *context)

    def through(
        self, function: Callable[[tf.Tensor], tf.Tensor], x: tf.Tensor
    ) -> tuple[tf.Tensor, Pull]:
        """Returns the output of a function and its persistent tape."""
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
            tape.watch(x)
            y = function(x)
        return y, lambda seeds: tf.stack([tape.gradient(y, x, seed) for seed in seeds])

    def logprobs(self, head: Head, hidden: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        """Returns the log-probability of each target given its hidden state."""
        return _run(head, target_logprobs, _values(head), hidden, targets)

    def slopes(self, head: Head, hidden: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        """Returns d logprob / d hidden state."""
        return _run(head, _slopes, _values(head), hidden, targets)

    def kept_bytes(self, segment: Segment, x: tf.Tensor, context: Context) -> int:
        """Returns the bytes of everything that a segment computes."""
        function = tf.function(functools.partial(_fused, _forward, segment.kind))
        traced = function.get_concrete_function(_values(segment), x, *context)
        outputs = [output for op in traced.graph.get_operations() for output in op.outputs]
        sizes = [(output.shape.num_elements(), output.dtype) for output in outputs]
        return sum(count * dtype.size for count, dtype in sizes if count)

    def step(self, model: Any, cache: Any) -> Step:
        """Returns a model's step with a cache, compiled once for any number of rows and tokens."""
        signature = (
            tf.TensorSpec([None, None], tf.int32),
            keras.tree.map_structure(
                lambda array: tf.TensorSpec(array.sized(None, None), array.dtype), cache
            ),
            tf.TensorSpec([], tf.int32),
        )

        def run(ids: tf.Tensor, cache: Any, index: tf.Tensor) -> tuple[tf.Tensor, Any]:
            logits, _, cache = model.call_with_cache(ids, cache, index)
            return logits, cache

        compiled = tf.function(run, input_signature=signature)
        return lambda ids, cache, index: compiled(ids, cache, tf.constant(index))

    def on_accelerator(self) -> bool:
        """Returns whether models run on an accelerator."""
        return bool(tf.config.list_physical_devices("GPU"))

    def free_bytes(self) -> int:
        """Returns the memory that is free on the machine; of a GPU TensorFlow does not tell it."""
        return int(psutil.virtual_memory().available)


def _values(part: Segment | Head) -> tuple[tf.Tensor, ...]:
    return tuple(tf.convert_to_tensor(variable.value) for variable in part.weights)


def _run(
    part: Kind | Head, function: Callable[..., tf.Tensor], values: Any, *others: tf.Tensor
) -> tf.Tensor:
    """Returns function(part, values, *others), compiled once for any number of tokens."""
    if function not in part.compiled:
        signature = [tuple(map(tf.TensorSpec.from_tensor, values)), *map(_any_length, others)]
        part.compiled[function] = tf.function(
            functools.partial(_fused, function, part), input_signature=signature
        )
    return part.compiled[function](values, *others)


def _fused(function: Callable[..., tf.Tensor], part: Kind | Head, *others: Any) -> tf.Tensor:
    if not isinstance(part, Kind):
        return function(part, *others)
    with fused_attention(part, keras_nn, attention):
        return function(part, *others)


def _any_length(tensor: tf.Tensor) -> tf.TensorSpec:
    """Returns the form of tensors like one, of which the dimension of a hidden state is fixed."""
    shape: list[int | None] = [None] * len(tensor.shape)
    if tensor.dtype.is_floating:
        shape[-1] = tensor.shape[-1]
    return tf.TensorSpec(shape, tensor.dtype)


def _forward(kind: Kind, values: Any, x: tf.Tensor, *context: tf.Tensor) -> tf.Tensor:
    return kind(values, x, *context)


def _back(
    kind: Kind, values: Any, x: tf.Tensor, seeds: tf.Tensor, *context: tf.Tensor
) -> tf.Tensor:
    """Returns the gradients of several targets, each of which has a copy of the input.

    `tf.vectorized_map` over one input would save the copies. With TensorFlow 2.21 and its
    oneDNN kernels what it compiles overwrites memory: wrong gradients, then a crash.
    """
    targets = tf.shape(seeds)[0]
    copies, *others = (tf.repeat(part, targets, axis=0) for part in (x, *context))
    with tf.compat.v1.get_default_graph().gradient_override_map(_GRADIENTS):
        y = kind(values, copies, *others)
    return tf.gradients(y, copies, seeds[:, 0])[0][:, None]


@tf.RegisterGradient(_GRADIENTS["XlaDynamicUpdateSlice"])  # type: ignore[untyped-decorator]
def _update_gradients(op: tf.Operation, gradient: tf.Tensor) -> list[tf.Tensor | None]:
    """Returns the gradients of an array and of what was put into it; TensorFlow 2.21 has none."""
    _, update, start = op.inputs
    around = keras.ops.slice_update(gradient, start, tf.zeros_like(update))
    return [around, tf.slice(gradient, start, tf.shape(update)), None]


@tf.RegisterGradient(_GRADIENTS["Einsum"])  # type: ignore[untyped-decorator]
def _einsum_gradients(op: tf.Operation, gradient: tf.Tensor) -> list[tf.Tensor]:
    """Returns the gradients of a product of two arrays, the larger factor first.

    TensorFlow 2.21 has the gradient stand first. Einsum rearranges its second factor where the
    order of the summed axes differs, and with heads that share their keys and values that would
    be the attention of all heads: a sixth of a layer's way back.
    """
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
    """Returns whether each of two factors has each axis once, and none that it alone has."""
    x, y = map(set, labels)
    once = all(len(set(each)) == len(each) for each in labels)
    return once and "." not in result and not (x ^ y) - set(result)


def _product(factor: tuple[tf.Tensor, str], other: tuple[tf.Tensor, str], result: str) -> tf.Tensor:
    """Returns the einsum of two factors with their labels, the one of more lengths first."""
    (x, of_x), (y, of_y) = sorted((factor, other), key=lambda each: -_lengths(each[0]))
    return tf.einsum(f"{of_x},{of_y}->{result}", x, y)


def _lengths(tensor: tf.Tensor) -> int:
    """Returns how many axes have a length that is not that of the model but of what it reads."""
    return sum(size is None for size in tensor.shape)


def _slopes(head: Head, values: Any, hidden: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    """Returns d logprob / d hidden state, the way back through the softmax in one operation."""
    logits = head(values, hidden)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)
    return tf.gradients(-losses, hidden)[0]
