"""A layer whose backward pass computes only the rows with a gradient.

A log-probability depends on one row of the last hidden states. In the top layer, down to the keys
and values that the row attends to, the gradient of all other rows is therefore zero: they need no
products with weights and no attention.
"""

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor
from torch.overrides import TorchFunctionMode

from seqsal.models import accelerate
from seqsal.models.patching import patched_attribute
from seqsal.models.transformers._accelerate.products import linear, sparse_rows


@contextlib.contextmanager
def row_sparse(layer: torch.nn.Module) -> Iterator[None]:
    """Makes a layer's products and attention sparse in the rows of their backward pass."""
    if not accelerate.enabled("row_sparse"):
        yield
        return
    forward = layer.forward

    @functools.wraps(forward)
    def row_sparse_forward(*args: Any, **kwargs: Any) -> Any:
        with _RowSparseMode():
            return forward(*args, **kwargs)

    with patched_attribute(layer, "forward", row_sparse_forward):
        yield


class _RowSparseMode(TorchFunctionMode):
    """Replaces functions of PyTorch by the row-sparse ones below."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if torch.is_grad_enabled():
            if func is F.linear:
                return _linear(*args, **kwargs)
            if func is F.scaled_dot_product_attention:
                return _attention(*args, **kwargs)
        return func(*args, **kwargs)


def _linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    if weight.requires_grad or input.ndim < 2:
        return F.linear(input, weight, bias)
    return linear(input, weight, bias)


def _attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    **settings: Any,
) -> Tensor:
    if dropout_p or (attn_mask is not None and attn_mask.requires_grad):
        return F.scaled_dot_product_attention(
            query, key, value, attn_mask, dropout_p, is_causal, **settings
        )
    attended: Tensor = _Attention.apply(  # type: ignore[no-untyped-call]
        query, key, value, attn_mask, is_causal, settings
    )
    return attended


class _Attention(torch.autograd.Function):
    """`F.scaled_dot_product_attention`; the backward pass recomputes the rows with a gradient."""

    @staticmethod
    def forward(
        ctx: Any,
        query: Float[Tensor, "batch heads tokens dim"],
        key: Float[Tensor, "batch heads2 keys dim"],
        value: Float[Tensor, "batch heads2 keys dim2"],
        attn_mask: Tensor | None,
        is_causal: bool,
        settings: dict[str, Any],
    ) -> Float[Tensor, "batch heads tokens dim2"]:
        ctx.save_for_backward(query, key, value, attn_mask)
        ctx.is_causal, ctx.settings = is_causal, settings
        return F.scaled_dot_product_attention(
            query, key, value, attn_mask, is_causal=is_causal, **settings
        )

    @staticmethod
    def backward(
        ctx: Any, *gradients: Float[Tensor, "batch heads tokens dim2"]
    ) -> tuple[Tensor, Tensor, Tensor, None, None, None]:
        (gradient,) = gradients
        query, key, value, mask = ctx.saved_tensors
        is_causal, rows = ctx.is_causal, sparse_rows(gradient.any(dim=-1).any(dim=(0, 1)))
        if rows is not None:
            mask, is_causal = _rows_of_mask(rows, mask, is_causal, key.shape[-2]), False
            gradient = gradient.index_select(-2, rows)
        inputs = [tensor.detach().requires_grad_() for tensor in (query, key, value)]
        with torch.enable_grad():
            queries = inputs[0] if rows is None else inputs[0].index_select(-2, rows)
            attended = F.scaled_dot_product_attention(
                queries, inputs[1], inputs[2], mask, is_causal=is_causal, **ctx.settings
            )
            into_query, into_key, into_value = torch.autograd.grad(attended, inputs, gradient)
        return into_query, into_key, into_value, None, None, None


def _rows_of_mask(
    rows: Int[Tensor, " rows"], mask: Tensor | None, is_causal: bool, keys: int
) -> Tensor | None:
    """Returns the attention mask of some rows of queries."""
    if is_causal:
        return torch.arange(keys, device=rows.device) <= rows[:, None]
    if mask is None or mask.shape[-2] == 1:
        return mask
    return mask.index_select(-2, rows)
