"""Attention on PyTorch, without an array of all pairs of tokens for a causal mask.

Keras passes a mask of all pairs to PyTorch's fused operation, which is half as fast with it and
saves it for the backward pass; and the operation does not support keys and values of a single head
that all heads share. Here a causal mask is passed as `is_causal`, and keys and values of one head
are expanded without a copy.
"""

from typing import Any, Final

import torch
from keras.src.backend.torch import nn as keras_nn
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from seqsal.models.keras._accelerate.fused_attention import Attention

_ROWS: Final = 1024
"""Rows of a mask that are compared at a time."""
_keras_attention: Final[Attention] = keras_nn.dot_product_attention


def attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    bias: Tensor | None = None,
    mask: Tensor | None = None,
    scale: float | None = None,
    is_causal: bool = False,
    **others: Any,
) -> Tensor:
    """Returns the result of `keras.ops.dot_product_attention`; [rows, tokens, heads, dim]."""
    key, value = (_for_heads(x, query.shape[2]) for x in (key, value))
    plain = bias is None and others.get("attn_logits_soft_cap") is None
    causal = _is_causal(mask) if mask is not None else is_causal
    if not plain or not causal or len({query.dtype, key.dtype, value.dtype}) > 1:
        y: Tensor = _keras_attention(query, key, value, bias, mask, scale, is_causal, **others)
        return y
    query, key, value = (x.transpose(1, 2) for x in (query, key, value))
    result = scaled_dot_product_attention(query, key, value, is_causal=True, scale=scale)
    return result.transpose(1, 2)


def _for_heads(x: Tensor, heads: int) -> Tensor:
    """Returns keys or values, expanded to a number of heads."""
    groups = heads // x.shape[2]
    return x if groups == 1 else x.unsqueeze(3).expand(-1, -1, -1, groups, -1).flatten(2, 3)


def _is_causal(mask: Tensor) -> bool:
    """Returns whether each token attends to itself and the tokens before it, and no others."""
    rows, columns = mask.shape[-2:]
    if mask.dtype is not torch.bool or mask.numel() != rows * columns or rows != columns:
        return False
    square = mask.reshape(rows, columns)
    return all(
        torch.equal(part, torch.ones_like(part).tril(start))
        for start, part in zip(range(0, rows, _ROWS), torch.split(square, _ROWS), strict=True)
    )
