"""Attention on PyTorch, without an array of all pairs of tokens where there need be none.

Keras gives PyTorch's fused operation a mask of all pairs, with which that is half as fast, and
which is kept for the way back; and keys and values of a single head, which all heads share, are not
among those that it takes. Here a mask that is just the causal one is told in a word, and keys and
values of one head stand for all.
"""

from typing import Any, Final

import torch
from keras.src.backend.torch import nn as keras_nn
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from seqsal.models.keras._accelerate.attention import Attention

_ROWS: Final = 1024
"""Rows of a mask that are looked at together."""
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
    """Returns what Keras' own function returns, all of them [rows, tokens, heads, dim]."""
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
    """Returns keys or values for a number of heads; a single head is not copied."""
    groups = heads // x.shape[2]
    return x if groups == 1 else x.unsqueeze(3).expand(-1, -1, -1, groups, -1).flatten(2, 3)


def _is_causal(mask: Tensor) -> bool:
    """Returns whether a mask lets each token see itself and those before it, and nothing else."""
    rows, columns = mask.shape[-2:]
    if mask.dtype is not torch.bool or mask.numel() != rows * columns or rows != columns:
        return False
    square = mask.reshape(rows, columns)
    return all(
        torch.equal(part, torch.ones_like(part).tril(start))
        for start, part in zip(range(0, rows, _ROWS), torch.split(square, _ROWS), strict=True)
    )
