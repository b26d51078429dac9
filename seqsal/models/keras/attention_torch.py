"""Attention of Keras on PyTorch, without an array of all pairs of tokens where there need be none.

Keras gives PyTorch's fused attention a mask of all pairs, with which that is half as fast, and
which is kept for the way back; models of the Gemma family use it on a GPU alone, and GPT-2 not at
all; and keys and values of a single head, which all heads share, are not among those that it takes.
Here a mask that is just the causal one is told in a word, every model without a cap on its scores
uses the fused operation, and keys and values of one head stand for all.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Final

import keras
import torch
from keras.src.backend.torch import nn as keras_nn
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from seqsal.models.keras.segment import Kind

_ROWS: Final = 1024
"""Rows of a mask that are looked at together."""
_keras_attention: Final[Callable[..., Tensor]] = keras_nn.dot_product_attention


@contextlib.contextmanager
def fused_attention(kind: Kind) -> Iterator[None]:
    """Computes the attention of a segment so, and that of everything else as before afterwards."""
    if "fusing" not in kind.compiled:
        kind.compiled["fusing"] = [(vars(x), s) for x in kind.flat_layers if (s := _fusing(x))]
    with contextlib.ExitStack() as stack:
        stack.callback(setattr, keras_nn, "dot_product_attention", _keras_attention)
        keras_nn.dot_product_attention = _attention
        for attributes, settings in kind.compiled["fusing"]:
            stack.callback(_restore, attributes, {k: attributes.get(k) for k in settings})
            attributes.update(settings)
        yield


def _fusing(layer: Any) -> dict[str, Any]:
    """Returns the attributes with which a layer of attention uses the fused operation.

    A layer that drops out while it is trained does not, even where it is not.
    """
    if isinstance(layer, keras.layers.MultiHeadAttention):
        return {"_dropout": 0.0}
    if hasattr(layer, "_use_fused_attention_op") and getattr(layer, "logit_soft_cap", None) is None:
        return {"dropout": 0, "_use_fused_attention_op": _yes}
    return {}


def _restore(attributes: dict[str, Any], before: dict[str, Any]) -> None:
    for name, value in before.items():
        if value is None:
            del attributes[name]
        else:
            attributes[name] = value


def _yes() -> bool:
    return True


def _attention(
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
        return _keras_attention(query, key, value, bias, mask, scale, is_causal, **others)
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
