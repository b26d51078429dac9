"""Gradients of attention at its values only, with the attention pattern as a constant.

PyTorch's attention differentiates by queries, keys and values at once, with five matrix products.
The linearized network needs two of them: the pattern, computed again, and its transpose times the
gradient.
"""

from typing import Any, Final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from seqsal.models import accelerate
from seqsal.models.transformers._accelerate.products import sparse_rows

_ROWS: Final = 128
"""Rows of the attention pattern that are computed at a time."""


def applies(query: Tensor, *, batched: bool) -> bool:
    """Returns whether attention is to be differentiated this way: one by one, on a CPU."""
    return not batched and query.device.type == "cpu" and accelerate.enabled("value_gradients")


def gradient_at_values(
    gradient: Float[Tensor, "1 heads tokens dim2"],
    query: Float[Tensor, "1 heads tokens dim"],
    key: Float[Tensor, "1 heads2 tokens dim"],
    value: Float[Tensor, "1 heads2 tokens dim2"],
    attn_mask: Tensor | None = None,
    *,
    is_causal: bool = False,
    scale: float | None = None,
) -> Float[Tensor, "1 heads2 tokens dim2"]:
    """Returns d (gradient . attention) / d value for `F.scaled_dot_product_attention`.

    Rows whose gradient is zero are left out, and so are keys after a row if the mask is causal.
    """
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    heads, kv_heads, tokens = query.shape[1], key.shape[1], key.shape[2]
    rows = sparse_rows(gradient.any(dim=-1).any(dim=(0, 1)))
    if rows is None:
        rows = torch.arange(query.shape[2], device=query.device)
    keys = key[0].transpose(-1, -2).repeat_interleave(heads // kv_heads, dim=0)
    result = value.new_zeros(heads, tokens, value.shape[-1])
    for some in torch.split(rows, _ROWS):
        end = int(some[-1]) + 1 if is_causal else tokens
        scores = (query[0, :, some] * scale) @ keys[..., :end]
        if is_causal:
            scores.masked_fill_(torch.arange(end, device=some.device) > some[:, None], -torch.inf)
        if attn_mask is not None:
            _apply_mask(scores, attn_mask, some)
        pattern = scores.softmax(dim=-1).nan_to_num_(0.0)
        result[:, :end].baddbmm_(pattern.transpose(-1, -2), gradient[0, :, some])
    return result.view(1, kv_heads, heads // kv_heads, tokens, -1).sum(dim=2)


def _apply_mask(scores: Float[Tensor, "heads rows tokens"], mask: Tensor, rows: Tensor) -> None:
    part = mask[0] if mask.shape[-2] == 1 else mask[0].index_select(-2, rows)
    if part.dtype == torch.bool:
        scores.masked_fill_(~part, -torch.inf)
    else:
        scores += part


class AttendedValues(torch.autograd.Function):
    """The output of attention; in the linearized network a product of a constant and the values.

    What it saves, attention has saved anyway.
    """

    @staticmethod
    def forward(
        ctx: Any,
        output: Tensor,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        mask: Tensor | None,
        options: dict[str, Any],
        switch: Any,
    ) -> Tensor:
        ctx.options, ctx.switch = options, switch
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(query, key, value, mask)
        return output.view_as(output)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        if gradient is None or not ctx.switch.active:
            return gradient, None, None, None, None, None, None
        query, key, value, mask = ctx.saved_tensors
        values = gradient_at_values(gradient, query, key, value, mask, **ctx.options)
        return None, None, None, values, None, None, None


def attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    *,
    switch: Any,
    **others: Any,
) -> Tensor:
    """Does what `F.scaled_dot_product_attention` does, and follows a switch in the backward pass.

    Args:
        query: as in PyTorch, like the other arguments.
        key: as in PyTorch.
        value: as in PyTorch.
        attn_mask: as in PyTorch.
        dropout_p: as in PyTorch; 0 in evaluation mode.
        is_causal: as in PyTorch.
        scale: as in PyTorch.
        switch: a `seqsal.models.transformers.linearization.Linearization`.
        **others: as in PyTorch.
    """
    output = F.scaled_dot_product_attention(
        query, key, value, attn_mask, dropout_p, is_causal, scale=scale, **others
    )
    options = {"is_causal": is_causal, "scale": scale}
    attended: Tensor = AttendedValues.apply(  # type: ignore[no-untyped-call]
        output, query.detach(), key.detach(), value, attn_mask, options, switch
    )
    return attended
