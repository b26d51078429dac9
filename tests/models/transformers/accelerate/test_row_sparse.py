"""The backward pass by rows, against PyTorch's own."""

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from seqsal.models import accelerate
from seqsal.models.transformers import HFCausalLM
from seqsal.models.transformers._accelerate.row_sparse import row_sparse
from tests import tiny
from tests.objectives import objectives

TOKENS = 13


class _Layer(torch.nn.Module):
    """Attention with grouped queries, then a product with a bias; keys and values from all rows."""

    def __init__(self, *, is_causal: bool, mask: Tensor | None) -> None:
        super().__init__()
        self.qkv = torch.nn.Linear(10, 4 * 6 + 2 * 6 + 2 * 6, bias=False)
        self.out = torch.nn.Linear(4 * 6, 10)
        self.double().requires_grad_(False)
        self._settings: dict[str, Any] = {"is_causal": is_causal, "attn_mask": mask}

    def forward(self, x: Tensor) -> Tensor:
        heads = self.qkv(x).view(1, TOKENS, 8, 6).transpose(1, 2)
        query, key, value = heads.split((4, 2, 2), dim=1)
        attended = F.scaled_dot_product_attention(
            query, key, value, **self._settings, scale=0.7, enable_gqa=True
        )
        result: Tensor = self.out(attended.transpose(1, 2).flatten(2))
        return result


def _masks() -> dict[str, dict[str, Any]]:
    torch.manual_seed(4)
    window = torch.ones(TOKENS, TOKENS, dtype=torch.bool).tril().triu(-3)
    bias = torch.randn(1, 4, TOKENS, TOKENS, dtype=torch.float64)
    return {
        "causal": {"is_causal": True, "mask": None},
        "all": {"is_causal": False, "mask": None},
        "a window": {"is_causal": False, "mask": window},
        "a bias for each head": {"is_causal": False, "mask": bias},
        "one row for all": {"is_causal": False, "mask": bias[:, :, 5:6]},
    }


@pytest.mark.parametrize("rows", [[12], [0], [3, 7, 8], range(13), []])
@pytest.mark.parametrize("kind", _masks())
def test_the_gradient_by_rows_is_the_whole_one(kind: str, rows: list[int]) -> None:
    torch.manual_seed(0)
    layer = _Layer(**_masks()[kind])
    x = torch.randn(1, TOKENS, 10, dtype=torch.float64, requires_grad=True)
    gradient = torch.zeros(1, TOKENS, 10, dtype=torch.float64)
    gradient[0, list(rows)] = torch.randn(len(rows), 10, dtype=torch.float64)
    whole_output = layer(x)
    (whole,) = torch.autograd.grad(whole_output, x, gradient)
    with row_sparse(layer):
        output = layer(x)
    torch.testing.assert_close(output, whole_output, rtol=0, atol=0)
    for _ in range(2):  # The graph is kept for later selections.
        (by_rows,) = torch.autograd.grad(output, x, gradient, retain_graph=True)
        torch.testing.assert_close(by_rows, whole)


def test_without_the_speed_up_gradients_are_the_same(
    lm: HFCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids, weights = list(range(2, 2 + TOKENS)), np.eye(TOKENS, dtype=np.float32)[[4, 12]]
    expected = lm.trace(ids).gradients(objectives(ids, weights))
    monkeypatch.setenv(accelerate.VARIABLE, "none")
    layer = _Layer(is_causal=True, mask=None)
    with row_sparse(layer):
        assert "forward" not in vars(layer)
    torch.testing.assert_close(lm.trace(ids).gradients(objectives(ids, weights)), expected)


def test_a_layer_is_as_it_was_afterwards() -> None:
    layer = _Layer(is_causal=True, mask=None)
    x = torch.randn(1, TOKENS, 10, dtype=torch.float64, requires_grad=True)
    with row_sparse(layer):
        assert "forward" in vars(layer)
    assert "forward" not in vars(layer)
    assert "Function" not in type(layer(x).grad_fn).__name__


@pytest.mark.parametrize(
    ("architecture", "expected"),
    [
        ("llama", [1, 1, 1, 1, TOKENS, TOKENS, 1]),  # Keys and values go back to all rows,
        ("gemma", [1, 1, 1, 1, TOKENS, TOKENS, 1]),
        ("mistral", [1, 1, 1, 1, 4, 4, 1]),  # in a sliding window to four,
        ("phi3", [1, 1, 1, TOKENS]),  # or together with the queries.
    ],
)
def test_one_token_is_explained_by_one_row_of_the_top_layer(
    architecture: str, expected: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    lm = HFCausalLM(tiny.model(architecture), tiny.byte_level_tokenizer())
    ids = list(range(2, 2 + TOKENS))
    trace = lm.trace(ids)
    multiplied: list[int] = []
    product = torch.Tensor.__matmul__

    def counted(a: Tensor, b: Tensor) -> Tensor:
        multiplied.append(a.flatten(0, -2).shape[0])
        return product(a, b)

    monkeypatch.setattr(torch.Tensor, "__matmul__", counted)
    weights = np.zeros((1, TOKENS), np.float32)
    weights[0, 9] = 1
    trace.gradients(objectives(ids, weights))
    assert multiplied == expected
