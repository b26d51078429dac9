"""What must hold on PyTorch; `test_backends.py` runs this file in a process of its own."""

import os
import pathlib
from typing import Any

import keras_hub
import pytest
import torch
from keras.src.backend.torch import nn as keras_nn

from seqsal.models import keras as keras_adapter
from seqsal.models.keras import attention_torch
from seqsal.models.keras.lm import KerasCausalLM

CHECKPOINTS = pathlib.Path(os.environ["SEQSAL_TEST_CHECKPOINTS"])


def _load(name: str) -> KerasCausalLM:
    return keras_adapter.load(CHECKPOINTS / name)


@pytest.mark.parametrize("name", ["gpt2", "llama", "gemma"])
def test_what_a_graph_holds_grows_with_the_tokens_not_with_their_pairs(name: str) -> None:
    costs = _load(name)._costs
    # A mask of one byte for a pair in each of the layers would be 3.
    assert costs.per_pair < 0.01
    assert costs.per_token > 1000


def test_keras_computes_as_before_once_a_segment_has_run() -> None:
    lm = _load("gpt2")
    (layer,) = (
        each
        for each in lm._network.segments[1].kind.flat_layers
        if isinstance(each, keras_hub.layers.CachedMultiHeadAttention)
    )
    theirs, rate = keras_nn.dot_product_attention, layer._dropout
    during: list[Any] = []

    with (
        pytest.raises(ZeroDivisionError),
        attention_torch.fused_attention(lm._network.segments[1].kind),
    ):
        during.append((keras_nn.dot_product_attention, layer._dropout))
        raise ZeroDivisionError
    assert rate > 0
    assert during == [(attention_torch._attention, 0.0)]
    assert (keras_nn.dot_product_attention, layer._dropout) == (theirs, rate)


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


@pytest.mark.parametrize("heads", [1, 2, 6])
@pytest.mark.parametrize(
    "mask",
    [
        pytest.param(CAUSAL[:40, :40][None, None], id="causal"),
        pytest.param((CAUSAL & CAUSAL.tril(-1).T.logical_not())[:40, :40][None, None], id="other"),
        pytest.param(CAUSAL[20:40, :40][None, None], id="the last rows"),
    ],
)
def test_attention_is_that_of_keras(heads: int, mask: torch.Tensor) -> None:
    generator = torch.Generator().manual_seed(0)
    shapes = [(1, mask.shape[-2], 6, 8), (1, 40, heads, 8), (1, 40, heads, 8)]
    q, k, v = (torch.randn(shape, generator=generator) for shape in shapes)
    ours, theirs = (
        function(q, k, v, mask=mask, scale=0.3)
        for function in (attention_torch._attention, attention_torch._keras_attention)
    )
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


def test_a_bias_goes_to_keras() -> None:
    q, k, v = torch.randn(3, 1, 5, 2, 4).unbind()
    bias = torch.randn(1, 1, 5, 5)
    expected = keras_nn.dot_product_attention(q, k, v, bias=bias, scale=0.5)
    torch.testing.assert_close(attention_torch._attention(q, k, v, bias=bias, scale=0.5), expected)
