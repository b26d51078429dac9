"""Attention patterns as matrices: the gradient of values is that of PyTorch's own attention."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F

from seqsal.models.transformers.attention_patterns import AttentionPatterns

_FAR = torch.finfo(torch.float32).min


def _mask(*shape: int) -> torch.Tensor:
    """Returns a mask in which each query attends to some keys, and to the first one."""
    mask = torch.rand(shape) < 0.5
    mask[..., 0] = True
    return mask


@pytest.mark.parametrize(
    ("heads", "groups", "queries", "keys", "settings"),
    [
        (4, 4, 7, 7, {"is_causal": True}),
        (4, 2, 7, 7, {"is_causal": True, "enable_gqa": True}),
        (4, 1, 3, 11, {"attn_mask": _mask(2, 1, 3, 11), "enable_gqa": True}),
        (2, 2, 5, 9, {"attn_mask": torch.where(_mask(1, 2, 5, 9), torch.rand(5, 9), _FAR)}),
        (2, 2, 5, 9, {"scale": 0.3}),
    ],
)
def test_the_gradient_of_values_is_that_of_torch(
    heads: int, groups: int, queries: int, keys: int, settings: dict[str, Any]
) -> None:
    query = torch.randn(2, heads, queries, 6)
    key, value = torch.randn(2, groups, keys, 6), torch.randn(2, groups, keys, 8)
    value.requires_grad_()
    output = F.scaled_dot_product_attention(query, key, value, **settings)
    gradient = torch.randn_like(output)
    (expected,) = torch.autograd.grad(output, value, gradient)
    patterns = AttentionPatterns.of(query, key, value, **settings)
    assert patterns is not None
    matrix = patterns.matrix(*patterns.tensors)
    torch.testing.assert_close(matrix.sum(-1), torch.ones(2, heads, queries))
    torch.testing.assert_close(patterns.into_value(gradient, matrix), expected)


def test_a_query_that_attends_to_nothing_gives_numbers() -> None:
    query = torch.randn(1, 1, 2, 4)
    mask = torch.tensor([[True, True], [False, False]])
    patterns = AttentionPatterns.of(query, query, query, mask)
    assert patterns is not None
    assert torch.isfinite(patterns.matrix(*patterns.tensors)).all()


def test_large_patterns_and_those_that_are_no_constants_are_left_to_torch() -> None:
    long = torch.zeros(1, 1, 1025, 2)
    assert AttentionPatterns.of(long, long, long) is None
    short = torch.zeros(1, 1, 3, 2)
    assert AttentionPatterns.of(short, short, short, dropout_p=0.1) is None
    half = short.bfloat16()
    assert AttentionPatterns.of(half, half, half) is None
    bias = torch.zeros(3, 3, requires_grad=True)
    assert AttentionPatterns.of(short, short, short, bias) is None
