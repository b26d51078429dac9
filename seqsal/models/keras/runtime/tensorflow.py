"""Segments on TensorFlow: each function is compiled once, for every length.

A backward pass recomputes a segment, in one compiled function with its gradient. On a CPU at 60 to
1,024 tokens that takes no longer than the compiled backward pass of a persistent tape, which holds
several times the memory. Functions of the user run on a tape.
"""

import functools
from collections.abc import Callable
from typing import Any

import keras
import psutil
import tensorflow as tf

from seqsal.models.keras._accelerate import einsum_gradients
from seqsal.models.keras._accelerate.fused_attention import fused_attention
from seqsal.models.keras.network import Head
from seqsal.models.keras.patches import update_slice_gradient
from seqsal.models.keras.runtime.base import VJP, Context, Step, target_logprobs
from seqsal.models.keras.segment import Segment, SegmentFunction


class TensorFlowRuntime:
    """A `Runtime` on TensorFlow."""

    caches_graphs = False
    compiles_each_length = False

    def padded_length(self, tokens: int) -> int:
        """Returns the length itself: compiled functions accept any."""
        return tokens

    def padded_rows(self, rows: int) -> int:
        """Returns the number itself."""
        return rows

    def forward(self, segment: Segment, x: tf.Tensor, context: Context) -> tf.Tensor:
        """Returns a segment's output without a graph."""
        return _run(segment.function, _forward, _values(segment), x, *context)

    def forward_with_vjp(
        self, segment: Segment, x: tf.Tensor, context: Context
    ) -> tuple[tf.Tensor, VJP]:
        """Returns a segment's output and its VJP, which recomputes it."""
        y = self.forward(segment, x, context)
        return y, functools.partial(self.recomputed_vjp, segment, x, context)

    def recomputed_vjp(
        self, segment: Segment, x: tf.Tensor, context: Context, seeds: tf.Tensor
    ) -> tf.Tensor:
        """Returns the gradients at a segment's input; the segment is recomputed."""
        return _run(segment.function, _back, _values(segment), x, seeds, *context)

    def vjp(
        self, function: Callable[[tf.Tensor], tf.Tensor], x: tf.Tensor
    ) -> tuple[tf.Tensor, VJP]:
        """Returns the output of a function and its persistent tape."""
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
            tape.watch(x)
            y = function(x)
        return y, lambda seeds: tf.stack([tape.gradient(y, x, seed) for seed in seeds])

    def logprobs(self, head: Head, hidden: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        """Returns the log-probability of each target given its hidden state."""
        return _run(head, target_logprobs, _values(head), hidden, targets)

    def logprob_gradients(self, head: Head, hidden: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        """Returns d logprob / d hidden state."""
        return _run(head, _logprob_gradients, _values(head), hidden, targets)

    def saved_bytes(self, segment: Segment, x: tf.Tensor, context: Context) -> int:
        """Returns the bytes of everything that a segment computes, without running it."""
        function = tf.function(functools.partial(_fused, _forward, segment.function))
        traced = function.get_concrete_function(_values(segment), x, *context)
        outputs = [output for op in traced.graph.get_operations() for output in op.outputs]
        sizes = [(output.shape.num_elements(), output.dtype) for output in outputs]
        return sum(count * dtype.size for count, dtype in sizes if count)

    def step(self, model: Any, cache: Any) -> Step:
        """Returns a model's generation step, compiled once for any number of rows and tokens."""
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
        """Returns the free memory of the machine; TensorFlow does not report that of a GPU."""
        return int(psutil.virtual_memory().available)


def _values(part: Segment | Head) -> tuple[tf.Tensor, ...]:
    return tuple(tf.convert_to_tensor(variable.value) for variable in part.weights)


def _run(
    part: SegmentFunction | Head,
    function: Callable[..., tf.Tensor],
    values: Any,
    *others: tf.Tensor,
) -> tf.Tensor:
    """Returns function(part, values, *others), compiled once for any number of tokens."""
    if function not in part.compiled:
        signature = [tuple(map(tf.TensorSpec.from_tensor, values)), *map(_any_length, others)]
        part.compiled[function] = tf.function(
            functools.partial(_fused, function, part), input_signature=signature
        )
    return part.compiled[function](values, *others)


def _fused(
    function: Callable[..., tf.Tensor], part: SegmentFunction | Head, *others: Any
) -> tf.Tensor:
    if not isinstance(part, SegmentFunction):
        return function(part, *others)
    with fused_attention(part):
        return function(part, *others)


def _any_length(tensor: tf.Tensor) -> tf.TensorSpec:
    """Returns the specification of a tensor of any length; the hidden dimension is fixed."""
    shape: list[int | None] = [None] * len(tensor.shape)
    if tensor.dtype.is_floating:
        shape[-1] = tensor.shape[-1]
    return tf.TensorSpec(shape, tensor.dtype)


def _forward(kind: SegmentFunction, values: Any, x: tf.Tensor, *context: tf.Tensor) -> tf.Tensor:
    return kind(values, x, *context)


def _back(
    kind: SegmentFunction, values: Any, x: tf.Tensor, seeds: tf.Tensor, *context: tf.Tensor
) -> tf.Tensor:
    """Returns the gradients of several objectives, each with a copy of the input.

    `tf.vectorized_map` over one input would avoid the copies. With TensorFlow 2.21 and its oneDNN
    kernels its compiled code overwrites memory: wrong gradients, then a crash.
    """
    objectives = tf.shape(seeds)[:1]
    rows = tf.concat([[-1], tf.shape(seeds)[2:]], axis=0)
    copies, *others = (_copies(part, objectives) for part in (x, *context))
    overrides = update_slice_gradient.OVERRIDES | einsum_gradients.overrides()
    with tf.compat.v1.get_default_graph().gradient_override_map(overrides):
        y = kind(values, copies, *others)
    (gradients,) = tf.gradients(y, copies, tf.reshape(seeds, rows))
    return tf.reshape(gradients, tf.concat([objectives, tf.shape(x)], axis=0))


def _copies(part: tf.Tensor, objectives: tf.Tensor) -> tf.Tensor:
    """Returns the rows of an input [batch, ...] once for each objective, one after the other."""
    ones = tf.ones(len(part.shape) - 1, tf.int32)
    return tf.tile(part, tf.concat([objectives, ones], axis=0))


def _logprob_gradients(head: Head, values: Any, hidden: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    """Returns d logprob / d hidden state, the backward pass of the softmax in one operation."""
    logits = head(values, hidden)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)
    return tf.gradients(-losses, hidden)[0]
