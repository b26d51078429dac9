"""Checks for PyTorch; `test_backends.py` runs this file in a process of its own."""

import os
import pathlib

import pytest
import torch
from keras.src.backend.torch import nn as keras_nn

from seqsal.models import keras as keras_adapter
from seqsal.models.keras._accelerate import attention_torch
from seqsal.models.keras.lm import KerasCausalLM

CHECKPOINTS = pathlib.Path(os.environ["SEQSAL_TEST_CHECKPOINTS"])


def _load(name: str) -> KerasCausalLM:
    return keras_adapter.load(CHECKPOINTS / name)


@pytest.mark.parametrize("name", ["gpt2", "llama", "gemma"])
def test_the_memory_of_a_graph_grows_with_the_tokens_not_with_their_pairs(name: str) -> None:
    costs = _load(name)._costs
    # A mask of one byte for a pair in each of the layers would be 3.
    assert costs.per_pair < 0.01
    assert costs.per_token > 1000


CAUSAL = torch.ones(1500, 1500, dtype=torch.bool).tril()


def _without(row: int, column: int) -> torch.Tensor:
    changed = CAUSAL.clone()
    changed[row, column] = ~changed[row, column]
    return changed


@pytest.mark.parametrize(
    ("mask", "causal"),
    [
        pytest.param(CAUSAL, True, id="causal"),
        pytest.param(CAUSAL[None, None], True, id="causal in four dimensions"),
        pytest.param(CAUSAL.float(), False, id="numbers"),
        pytest.param(CAUSAL[-20:], False, id="the last rows"),
        pytest.param(CAUSAL & CAUSAL.T, False, id="a window of one"),
        pytest.param(_without(1400, 1401), False, id="one token sees the next"),
        pytest.param(_without(1400, 0), False, id="one token does not see the first"),
        pytest.param(CAUSAL.expand(2, -1, -1), False, id="a mask for each of two rows"),
    ],
)
def test_a_mask_is_causal_to_the_last_pair(mask: torch.Tensor, causal: bool) -> None:
    assert attention_torch._is_causal(mask) == causal


def test_a_bias_goes_to_keras() -> None:
    q, k, v = torch.randn(3, 1, 5, 2, 4).unbind()
    bias = torch.randn(1, 1, 5, 5)
    expected = keras_nn.dot_product_attention(q, k, v, bias=bias, scale=0.5)
    torch.testing.assert_close(attention_torch.attention(q, k, v, bias=bias, scale=0.5), expected)
