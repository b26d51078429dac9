"""Quantized weights: the gradients of the very weights that the quantized model computes with."""

import pathlib

import bitsandbytes
import numpy as np
import pytest
import torch
import transformers

from seqsal.models.transformers import HFCausalLM, load
from tests import tiny
from tests.objectives import objectives

IDS = [0, 17, 5, 33, 104, 200, 9, 77, 41, 300, 12]
WEIGHTS = np.zeros((2, 11), np.float32)
WEIGHTS[0, [6, 8]] = 1
WEIGHTS[1, 10] = 1


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A checkpoint whose sizes are whole blocks of 64 weights."""
    torch.manual_seed(0)
    model = transformers.AutoModelForCausalLM.from_config(
        transformers.LlamaConfig(
            vocab_size=tiny.VOCABULARY,
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=3,
            num_attention_heads=2,
            num_key_value_heads=1,
            max_position_embeddings=97,
        )
    )
    for parameter in model.parameters():
        if parameter.ndim > 1:
            parameter.data.mul_(10.0)
    folder = tmp_path_factory.mktemp("wide")
    model.save_pretrained(folder)
    tiny.byte_level_tokenizer().save_pretrained(folder)
    return folder


def test_four_bits_give_the_gradients_of_the_dequantized_weights(wide: pathlib.Path) -> None:
    quantized = load(str(wide), precision="int4", device="cpu")
    plain = load(str(wide), precision="float32", device="cpu").model
    for name, module in quantized.model.named_modules():
        if isinstance(module, bitsandbytes.nn.Linear4bit):
            weight = module.weight
            plain.get_submodule(name).weight.data = bitsandbytes.functional.dequantize_4bit(
                weight.data, weight.quant_state
            ).float()
    expected = HFCausalLM(plain, quantized.tokenizer).trace(IDS).gradients(objectives(IDS, WEIGHTS))
    gradients = quantized.trace(IDS).gradients(objectives(IDS, WEIGHTS))
    scale = float(expected.abs().max())
    torch.testing.assert_close(gradients, expected, rtol=1e-3, atol=1e-3 * scale)


# bitsandbytes says for each layer that it rounds activations to float16.
@pytest.mark.filterwarnings("ignore:MatMul8bitLt")
def test_eight_bits_give_nearly_the_gradients_of_the_whole_weights(wide: pathlib.Path) -> None:
    gradients, expected = (
        load(str(wide), precision=precision, device="cpu")
        .trace(IDS)
        .gradients(objectives(IDS, WEIGHTS))
        for precision in ("int8", "float32")
    )
    similarity = torch.nn.functional.cosine_similarity(gradients.flatten(), expected.flatten(), 0)
    assert 0.95 < float(similarity) < 0.9999  # Near, and not the same: it is quantized.
