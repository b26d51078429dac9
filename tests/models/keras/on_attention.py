"""Fused attention against that of Keras, on the backends that have it."""

import importlib
import os
import pathlib
from typing import Any

import keras
import keras_hub
import numpy as np
import pytest

from seqsal.models import keras as keras_adapter
from seqsal.models.arrays import NumpyArray
from seqsal.models.keras._accelerate.fused_attention import fused_attention

CHECKPOINTS = pathlib.Path(os.environ["SEQSAL_TEST_CHECKPOINTS"])
BACKEND = keras.config.backend()
keras_nn = importlib.import_module(f"keras.src.backend.{BACKEND}.nn")
ours = importlib.import_module(f"seqsal.models.keras._accelerate.attention_{BACKEND}")

CAUSAL = np.tril(np.ones((300, 300), bool))
MASKS = {
    "causal": CAUSAL,
    "window": CAUSAL & ~np.tril(CAUSAL, -40),
    "the last rows": CAUSAL[-37:],
    "both directions": np.ones((300, 300), bool),
}


@pytest.mark.parametrize("heads", [1, 2, 6])
@pytest.mark.parametrize("mask", MASKS)
def test_attention_and_its_gradients_are_those_of_keras(mask: str, heads: int) -> None:
    random = np.random.default_rng(0)
    sizes = ((len(MASKS[mask]), 6), (300, heads), (300, heads))
    inputs = [random.normal(size=(2, *size, 8)).astype(np.float32) for size in sizes]
    groups = 6 // heads
    shared = [inputs[0], *(np.repeat(x, groups, axis=2) for x in inputs[1:])]
    actual = _with_gradients(ours.attention, inputs, MASKS[mask])
    value, of_query, *others = _with_gradients(ours._keras_attention, shared, MASKS[mask])
    sums = [x.reshape(2, 300, heads, groups, 8).sum(axis=3) for x in others]
    for mine, theirs in zip(actual, (value, of_query, *sums), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-5 * abs(theirs).max())


def _with_gradients(function: Any, inputs: list[NumpyArray], mask: NumpyArray) -> list[NumpyArray]:
    """Returns the attention, and the gradients of its sum with some weights."""
    tensors = [keras.ops.convert_to_tensor(x) for x in inputs]
    options = {"mask": keras.ops.convert_to_tensor(mask[None, None]), "scale": 0.3}
    weights = np.sin(np.arange(inputs[0].size)).reshape(inputs[0].shape).astype(np.float32)
    if BACKEND == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(tensors)
            y = function(*tensors, **options)
            total = tf.reduce_sum(y * weights)
        return [x.numpy() for x in (y, *tape.gradient(total, tensors))]
    import torch

    for tensor in tensors:
        tensor.requires_grad_()
    y = function(*tensors, **options)
    gradients = torch.autograd.grad((y * torch.from_numpy(weights)).sum(), tensors)
    return [x.detach().numpy() for x in (y, *gradients)]


@pytest.mark.parametrize("name", ["gpt2", "llama", "mistral", "gemma"])
def test_each_layer_uses_it_within_the_context_only(name: str) -> None:
    function = keras_adapter.load(CHECKPOINTS / name)._network.segments[1].function
    called: list[str] = []
    theirs = keras_nn.dot_product_attention

    def mine(*arguments: Any, **options: Any) -> Any:
        called.append("ours")
        return ours.attention(*arguments, **options)

    x, ids, mask = function.example(5)
    weights = [variable.value for variable in function._model.variables]
    expected = keras.ops.convert_to_numpy(function(weights, x, ids, mask))
    with fused_attention(function, mine):
        actual = keras.ops.convert_to_numpy(function(weights, x, ids, mask))
    np.testing.assert_allclose(actual, expected, atol=1e-5)
    assert called == ["ours"]
    function(weights, x, ids, mask)
    assert called == ["ours"]
    assert keras_nn.dot_product_attention is theirs


def test_settings_are_restored_after_an_error() -> None:
    function = keras_adapter.load(CHECKPOINTS / "gpt2")._network.segments[1].function
    (layer,) = (
        each
        for each in function.flat_layers
        if isinstance(each, keras_hub.layers.CachedMultiHeadAttention)
    )
    rate = layer._dropout
    with (
        pytest.raises(ZeroDivisionError),
        fused_attention(function, ours.attention),
    ):
        assert layer._dropout == 0
        raise ZeroDivisionError
    assert layer._dropout == rate > 0
    assert keras_nn.dot_product_attention is ours._keras_attention
