"""Gradients of attention at its values, against PyTorch's own."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F

from seqsal.models.transformers._accelerate import value_gradients
from seqsal.models.transformers._accelerate.value_gradients import gradient_at_values


def _random(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)))


def _window(tokens: int) -> torch.Tensor:
    place = torch.arange(tokens)
    distance = place[:, None] - place
    return ((distance >= 0) & (distance < 3))[None, None]


MASKS: dict[str, dict[str, Any]] = {
    "causal": {"is_causal": True},
    "window": {"attn_mask": _window(11)},
    "added": {"attn_mask": torch.where(_window(11), 0.0, -1e9) + 0.25, "scale": 0.3},
    "none": {},
}


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("kv_heads", [1, 2, 4])
@pytest.mark.parametrize("rows", [range(11), [4, 9]])
def test_they_are_those_of_pytorch(
    mask: str, kv_heads: int, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(value_gradients, "_ROWS", 3)
    options = MASKS[mask]
    query, key = _random(1, 4, 11, 6), _random(1, kv_heads, 11, 6)
    value = _random(1, kv_heads, 11, 5).requires_grad_()
    gradient = torch.zeros(1, 4, 11, 5)
    gradient[:, :, list(rows)] = _random(1, 4, len(rows), 5)
    attended = F.scaled_dot_product_attention(query, key, value, enable_gqa=True, **options)
    (expected,) = torch.autograd.grad(attended, value, gradient)
    found = gradient_at_values(gradient, query, key, value.detach(), **options)
    torch.testing.assert_close(found, expected)
