"""Attention on TensorFlow in blocks of rows, without an array of all pairs of tokens.

TensorFlow has no fused operation. As in Dao et al. 2022 (FlashAttention, arXiv 2205.14135,
appendix B.4), the backward pass recomputes the weights. With most masks a block of rows attends to
a contiguous span of tokens only (those before it, or a window), so it is multiplied by that span.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import tensorflow as tf
from keras.src.backend.tensorflow import nn as keras_nn

from seqsal.models.keras._accelerate.fused_attention import Attention

_BLOCK_ROWS: Final = 128
"""Rows of queries in a block."""
_MASKED: Final = -1e9
"""Score of a masked pair, as in Keras."""
_keras_attention: Final[Attention] = keras_nn.dot_product_attention


def attention(
    query: tf.Tensor,
    key: tf.Tensor,
    value: tf.Tensor,
    bias: tf.Tensor | None = None,
    mask: tf.Tensor | None = None,
    scale: float | None = None,
    is_causal: bool = False,
    **others: Any,
) -> tf.Tensor:
    """Returns the result of `keras.ops.dot_product_attention`; [batch, tokens, heads, dim]."""
    plain = bias is None and others.get("attn_logits_soft_cap") is None and not is_causal
    same = mask is not None and len(mask.shape) == 4 and mask.shape[1] == 1
    if not plain or not same or len({query.dtype, key.dtype, value.dtype}) > 1:
        return _keras_attention(query, key, value, bias, mask, scale, is_causal, **others)
    heads, dim, groups = query.shape[2], query.shape[3], query.shape[2] // key.shape[2]
    size = tf.shape(query)
    # [batch, tokens, heads of keys, heads of queries for each of those, dim]
    q = tf.reshape(query, (size[0], size[1], heads // groups, groups, dim))
    q = tf.transpose(q, (0, 2, 3, 1, 4))
    k, v = (tf.transpose(x, (0, 2, 1, 3)) for x in (key, value))
    scale = dim**-0.5 if scale is None else scale
    result = _attend(q, k, v, tf.cast(mask, tf.bool)[:, 0], float(scale))
    result = tf.reshape(tf.transpose(result, (0, 3, 1, 2, 4)), (size[0], size[1], heads, dim))
    return tf.ensure_shape(result, query.shape)


def _attend(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, mask: tf.Tensor, scale: float) -> tf.Tensor:
    """Returns the attention [batch, heads, groups, queries, dim].

    Args:
        q: queries, [batch, heads, groups, queries, dim].
        k: keys, [batch, heads, tokens, dim].
        v: values, the same.
        mask: the tokens that a query attends to, [batch or 1, queries, tokens].
        scale: factor of the scores.
    """
    rows = tf.shape(q)[3]
    tokens = tf.shape(k)[2]

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def run(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor) -> Any:
        def forward(start: tf.Tensor, y: tf.TensorArray) -> tuple[tf.TensorArray]:
            block = _block(q, k, v, mask, start, scale)
            return (y.write(start // _BLOCK_ROWS, _by_rows(block.weights @ block.v, block.q)),)

        def back(dy: tf.Tensor) -> tuple[tf.Tensor, ...]:
            def add(
                start: tf.Tensor, dq: tf.TensorArray, dk: tf.Tensor, dv: tf.Tensor
            ) -> tuple[Any, ...]:
                block = _block(q, k, v, mask, start, scale)
                dy_rows = _flat(dy[:, :, :, start : start + _BLOCK_ROWS])
                of_weights = tf.matmul(dy_rows, block.v, transpose_b=True)
                weighted = block.weights * of_weights
                weights = block.weights
                of_scores = weighted - weights * tf.reduce_sum(weighted, -1, keepdims=True)
                of_scores *= tf.cast(scale, of_scores.dtype)
                around = [[0, 0], [0, 0], [block.first, tokens - block.end], [0, 0]]
                of_k = tf.matmul(of_scores, _flat(block.q), transpose_a=True)
                of_v = tf.matmul(weights, dy_rows, transpose_a=True)
                rows_of_q = _by_rows(of_scores @ block.k, block.q)
                return (
                    dq.write(start // _BLOCK_ROWS, rows_of_q),
                    dk + tf.pad(of_k, around),
                    dv + tf.pad(of_v, around),
                )

            dq, dk, dv = _over_blocks(rows, add, (_pieces(q), tf.zeros_like(k), tf.zeros_like(v)))
            return _joined(dq), dk, dv

        (y,) = _over_blocks(rows, forward, (_pieces(q),))
        return _joined(y), back

    result = run(q, k, v)
    result.set_shape(q.shape)
    return result


class _Block(NamedTuple):
    """A block of rows of queries, and the span of tokens that they attend to.

    Attributes:
        q: [batch, heads, groups, rows, dim].
        k: [batch, heads, span, dim].
        v: the same.
        weights: attention weights, [batch, heads, groups * rows, span].
        first: the start of the span.
        end: the end of the span.
    """

    q: tf.Tensor
    k: tf.Tensor
    v: tf.Tensor
    weights: tf.Tensor
    first: tf.Tensor
    end: tf.Tensor


def _block(
    q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, mask: tf.Tensor, start: tf.Tensor, scale: float
) -> _Block:
    q, mask = q[:, :, :, start : start + _BLOCK_ROWS], mask[:, start : start + _BLOCK_ROWS]
    seen = tf.where(tf.reduce_any(mask, (0, 1)))
    first, end = (tf.cast(x, tf.int32) for x in (seen[0, 0], seen[-1, 0] + 1))
    k, v = k[:, :, first:end], v[:, :, first:end]
    scores = tf.cast(tf.matmul(_flat(q), k, transpose_b=True), tf.float32) * scale
    shape = tf.concat((tf.shape(q)[:4], [end - first]), 0)
    hidden = tf.where(mask[:, None, None, :, first:end], tf.reshape(scores, shape), _MASKED)
    weights = tf.cast(tf.nn.softmax(tf.reshape(hidden, tf.shape(scores))), q.dtype)
    return _Block(q, k, v, weights, first, end)


def _flat(x: tf.Tensor) -> tf.Tensor:
    """Returns [batch, heads, groups, rows, dim] as [batch, heads, groups * rows, dim]."""
    size = tf.shape(x)
    return tf.reshape(x, (size[0], size[1], size[2] * size[3], x.shape[-1]))


def _by_rows(x: tf.Tensor, like: tf.Tensor) -> tf.Tensor:
    """Returns [batch, heads, groups * rows, dim] as [rows, batch, heads, groups, dim]."""
    return tf.transpose(tf.reshape(x, tf.shape(like)), (3, 0, 1, 2, 4))


def _pieces(q: tf.Tensor) -> tf.TensorArray:
    count = -(-tf.shape(q)[3] // _BLOCK_ROWS)
    shape = tf.TensorShape([None, *q.shape[:3], q.shape[4]])
    return tf.TensorArray(q.dtype, count, element_shape=shape, infer_shape=False)


def _joined(pieces: tf.TensorArray) -> tf.Tensor:
    return tf.transpose(pieces.concat(), (1, 2, 3, 0, 4))


def _over_blocks(rows: tf.Tensor, step: Callable[..., Any], state: tuple[Any, ...]) -> Any:
    """Returns the state after a step for each block of rows."""
    return tf.while_loop(
        lambda start, *_: start < rows,
        lambda start, *state: (start + _BLOCK_ROWS, *step(start, *state)),
        (tf.constant(0), *state),
        parallel_iterations=1,
    )[1:]
