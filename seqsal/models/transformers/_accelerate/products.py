"""Products with frozen weights, for `row_sparse` and `mixed_precision`.

The weights may be in a narrower type than the input. A CPU multiplies fastest in float32, so
weights of half precision are widened a slice at a time, just before the product: they take half of
the memory, and the result is that of float32 weights.
"""

from collections.abc import Iterator
from typing import Any, Final

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

_MAX_SHARE: Final = 0.5
"""Share of rows above which selecting them costs more than it saves."""

_SLICE: Final = 512
"""Rows of a weight that are widened at a time.

With 8192 x 2048 weights in bfloat16 a forward and a backward product of 1024 rows took 1.0 to 1.25
times as long as with weights in float32; smaller and larger slices took longer.
"""


def linear(
    input: Float[Tensor, "*rows inner"],
    weight: Float[Tensor, "outer inner"],
    bias: Float[Tensor, " outer"] | None = None,
) -> Float[Tensor, "*rows outer"]:
    """Returns `F.linear` in the input's type; no gradient goes to the weight or the bias.

    The backward pass computes only the rows whose gradient is not zero.
    """
    product: Tensor = _Linear.apply(input, weight, bias)  # type: ignore[no-untyped-call]
    return product


class _Linear(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(weight)
        if weight.dtype == input.dtype:
            return F.linear(input, weight, bias)
        flat = input.flatten(0, -2)
        result = flat.new_empty(len(flat), len(weight))
        # Written in place: for one row, copies of the parts would take half as long again.
        for start, part in _widened(weight, input.dtype):
            torch.mm(flat, part.T, out=result[:, start : start + _SLICE])
        if bias is not None:
            result += bias
        return result.view(*input.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (gradient,) = gradients
        (weight,) = ctx.saved_tensors
        flat = gradient.flatten(0, -2)
        rows = sparse_rows(flat.any(dim=-1))
        if rows is None:
            return _times_weight(flat, weight).view(*gradient.shape[:-1], -1), None, None
        result = gradient.new_zeros(len(flat), weight.shape[1])
        result[rows] = _times_weight(flat[rows], weight)
        return result.view(*gradient.shape[:-1], -1), None, None


def _times_weight(
    gradient: Float[Tensor, "rows outer"], weight: Float[Tensor, "outer inner"]
) -> Float[Tensor, "rows inner"]:
    if weight.dtype == gradient.dtype:
        return gradient @ weight
    result = gradient.new_zeros(len(gradient), weight.shape[1])
    for start, part in _widened(weight, gradient.dtype):
        result.addmm_(gradient[:, start : start + _SLICE], part)
    return result


def _widened(
    weight: Float[Tensor, "outer inner"], dtype: torch.dtype
) -> Iterator[tuple[int, Float[Tensor, "slice inner"]]]:
    """Yields each slice in another type, with the index of its first row.

    All slices are written to the same memory, so each is valid until the next one: with new memory
    for each, the product of a row with 49152 x 576 weights took half as long again.
    """
    memory = weight.new_empty(min(_SLICE, len(weight)), weight.shape[1], dtype=dtype)
    for start in range(0, len(weight), _SLICE):
        part = weight[start : start + _SLICE]
        yield start, memory[: len(part)].copy_(part)


def sparse_rows(nonzero: Bool[Tensor, " tokens"]) -> Int[Tensor, " rows"] | None:
    """Returns the rows with a gradient, or None if they are too many to select."""
    rows = nonzero.nonzero()[:, 0]
    return rows if len(rows) < _MAX_SHARE * len(nonzero) else None
