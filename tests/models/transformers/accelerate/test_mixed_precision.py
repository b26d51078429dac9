"""Weights of half precision on a CPU, against the same weights in float32."""

import pathlib
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from seqsal.models import accelerate
from seqsal.models.causal_lm import GenerationOptions
from seqsal.models.transformers import HFCausalLM, load, of_model
from seqsal.models.transformers._accelerate import mixed_precision, products
from tests import tiny
from tests.objectives import objectives, terms

IDS = [0, 17, 5, 33, 104, 200, 9, 77, 41, 300, 12]
WEIGHTS = np.zeros((2, 11), np.float32)
WEIGHTS[0, [6, 8]] = 1
WEIGHTS[1, 10] = 1


@pytest.fixture
def all_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes every weight large enough for half precision."""
    monkeypatch.setattr(mixed_precision, "_MIN_NUMBERS", 1)
    monkeypatch.setattr(mixed_precision, "_MIN_SAVED_BYTES", 0)


def _rounded(architecture: str, dtype: torch.dtype = torch.bfloat16, *, wide: bool = False) -> Any:
    """Returns a model whose weights are rounded to a type, and in that type unless wide."""
    model = tiny.model(architecture)
    for parameter in model.parameters():
        narrow = parameter.data.to(dtype)
        parameter.data = narrow.float() if wide else narrow
    return model


def _slow_at(monkeypatch: pytest.MonkeyPatch, *dtypes: torch.dtype) -> None:
    monkeypatch.setattr(mixed_precision, "is_emulated", lambda dtype: dtype in dtypes)


def _lms(architecture: str, dtype: torch.dtype = torch.bfloat16) -> tuple[HFCausalLM, HFCausalLM]:
    """Returns a model whose large weights are in half precision, and the same one in float32."""
    half = _rounded(architecture, dtype)
    mixed_precision.widen(half, min_numbers=1)
    whole = _rounded(architecture, dtype, wide=True)
    tokenizer = tiny.byte_level_tokenizer()
    return HFCausalLM(half, tokenizer), HFCausalLM(whole, tokenizer)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("architecture", tiny.CONFIGS)
def test_numbers_are_those_of_the_same_weights_in_float32(
    architecture: str, dtype: torch.dtype
) -> None:
    half, whole = _lms(architecture, dtype)
    kept = [p for p in half.model.parameters() if p.dtype == dtype]
    assert kept and half.model.get_input_embeddings().weight.dtype == dtype
    assert half.dtype == torch.float32
    trace, expected = half.trace(IDS), whole.trace(IDS)
    positions = np.array([1, 6, 10])
    torch.testing.assert_close(
        trace.logprobs(terms(IDS, positions)), expected.logprobs(terms(IDS, positions))
    )
    torch.testing.assert_close(trace.embeddings, expected.embeddings, rtol=0, atol=0)
    for linearized in (False, True):
        found, gradients = (
            each.gradients(objectives(IDS, WEIGHTS), linearized=linearized)
            for each in (trace, expected)
        )
        scale = float(gradients.abs().max())
        torch.testing.assert_close(found, gradients, rtol=1e-4, atol=1e-5 * scale)


@pytest.mark.parametrize("architecture", tiny.CONFIGS)
def test_answers_are_those_of_the_same_weights_in_float32(architecture: str) -> None:
    half, whole = _lms(architecture)
    prompts = [whole.encode("Taste-likes: Cheese"), whole.encode("Can't eat eggs, or any nuts")]
    options = GenerationOptions(max_new_tokens=12)
    for mine, theirs in zip(
        half.generate(prompts, options), whole.generate(prompts, options), strict=True
    ):
        assert mine[0].encoding.ids == theirs[0].encoding.ids
        assert mine[0].logprob == pytest.approx(theirs[0].logprob, rel=1e-4)


@pytest.mark.parametrize("architecture", ["gemma", "llama"])
def test_without_the_speed_up_all_weights_are_in_float32(
    architecture: str, monkeypatch: pytest.MonkeyPatch, all_stay: None
) -> None:
    monkeypatch.setenv(accelerate.VARIABLE, "none")
    plain = _rounded(architecture)
    mixed_precision.apply(plain, always=True)
    assert {parameter.dtype for parameter in plain.parameters()} == {torch.float32}
    half, _ = _lms(architecture)
    torch.testing.assert_close(
        HFCausalLM(plain, half.tokenizer).trace(IDS).gradients(objectives(IDS, WEIGHTS)),
        half.trace(IDS).gradients(objectives(IDS, WEIGHTS)),
    )


def test_gradient_checkpointing_gives_the_same_gradients() -> None:
    half, whole = _lms("llama")
    again = HFCausalLM(half.model, half.tokenizer, gradient_checkpointing="on").trace(IDS)
    assert again.checkpoint
    expected = whole.trace(IDS).gradients(objectives(IDS, WEIGHTS))
    scale = float(expected.abs().max())
    torch.testing.assert_close(
        again.gradients(objectives(IDS, WEIGHTS)), expected, rtol=1e-4, atol=1e-5 * scale
    )


@pytest.mark.parametrize("shape", [(23, 5), (2, 3, 5)])
@pytest.mark.parametrize("reached", [1, 20])
def test_a_product_in_pieces_is_the_whole_product(
    shape: tuple[int, ...], reached: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(products, "_SLICE", 7)
    torch.manual_seed(0)
    weight, bias = torch.randn(17, 5).bfloat16(), torch.randn(17).bfloat16()
    inputs = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    gradient = torch.randn(*shape[:-1], 17, dtype=torch.float64)
    gradient.flatten(0, -2)[reached:] = 0
    product = products.linear(inputs, weight, bias)
    expected = torch.nn.functional.linear(inputs, weight.double(), bias.double())
    torch.testing.assert_close(product, expected)
    (mine,) = torch.autograd.grad(product, inputs, gradient)
    (theirs,) = torch.autograd.grad(expected, inputs, gradient)
    torch.testing.assert_close(mine, theirs)


@pytest.mark.parametrize("architecture", ["gemma", "gemma3", "llama"])
def test_a_checkpoint_in_half_precision_takes_half_of_the_memory(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, all_stay: None, architecture: str
) -> None:
    _slow_at(monkeypatch)
    _rounded(architecture).save_pretrained(tmp_path)
    tiny.byte_level_tokenizer().save_pretrained(tmp_path)
    half, whole = load(str(tmp_path)), load(str(tmp_path), precision="float32")
    size, whole_size = (sum(p.nbytes for p in lm.model.parameters()) for lm in (half, whole))
    assert 0.5 * whole_size <= size < 0.52 * whole_size  # Norms are in float32.
    assert (half.dtype, whole.dtype) == (torch.float32, torch.float32)
    gradients, expected = (
        lm.trace(IDS).gradients(objectives(IDS, WEIGHTS)) for lm in (half, whole)
    )
    scale = float(expected.abs().max())
    torch.testing.assert_close(gradients, expected, rtol=1e-4, atol=1e-5 * scale)


@pytest.mark.parametrize("slow", [True, False])
def test_a_requested_type_is_used_if_the_cpu_supports_it(
    checkpoint: pathlib.Path, monkeypatch: pytest.MonkeyPatch, all_stay: None, slow: bool
) -> None:
    _slow_at(monkeypatch, *([torch.bfloat16] if slow else []))
    lm = load(str(checkpoint), precision="bfloat16")
    assert lm.dtype == (torch.float32 if slow else torch.bfloat16)
    assert lm.model.get_input_embeddings().weight.dtype == torch.bfloat16
    assert load(str(checkpoint), precision="float16").dtype == torch.float16


def test_a_model_in_memory_stays_as_it_is(monkeypatch: pytest.MonkeyPatch, all_stay: None) -> None:
    _slow_at(monkeypatch, torch.bfloat16)
    model = _rounded("llama")
    before = {name: (p, p.data_ptr()) for name, p in model.named_parameters()}
    lm = of_model(model, tiny.byte_level_tokenizer())
    assert lm.dtype == torch.float32
    table = lm.model.get_input_embeddings().weight
    assert table.data_ptr() == model.get_input_embeddings().weight.data_ptr()
    assert {n: (p, p.data_ptr()) for n, p in model.named_parameters()} == before
    assert all(p.dtype == torch.bfloat16 for p in model.parameters())
    assert model(torch.tensor([IDS])).logits.dtype == torch.bfloat16


def test_small_weights_are_widened_and_tied_ones_stay_tied() -> None:
    model = _rounded("gemma")
    mixed_precision.widen(model, min_numbers=10**9)
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    assert model.get_input_embeddings().weight is model.get_output_embeddings().weight
    assert type(model.get_input_embeddings().weight) is torch.nn.Parameter
    expected = _rounded("gemma", wide=True)(torch.tensor([IDS])).logits
    torch.testing.assert_close(model(torch.tensor([IDS])).logits, expected)


def test_weights_are_widened_if_half_precision_saves_little(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mixed_precision, "_MIN_NUMBERS", 1)
    saved = sum(p.nbytes for p in _rounded("gemma").parameters())
    for least, expected in ((saved, torch.bfloat16), (saved + 1, torch.float32)):
        monkeypatch.setattr(mixed_precision, "_MIN_SAVED_BYTES", least)
        model = _rounded("gemma")
        mixed_precision.apply(model, always=True)
        assert model.get_input_embeddings().weight.dtype == expected


def test_a_type_is_emulated_if_products_in_it_take_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = {torch.float32: 1.0, torch.bfloat16: 50.0, torch.float16: 0.5}
    monkeypatch.setattr(mixed_precision, "_seconds", seconds.__getitem__)
    mixed_precision.is_emulated.cache_clear()
    try:
        assert [mixed_precision.is_emulated(dtype) for dtype in seconds] == [False, True, False]
    finally:
        mixed_precision.is_emulated.cache_clear()


def test_quantized_models_are_left_alone() -> None:
    model = _rounded("llama")
    model.hf_quantizer = object()
    mixed_precision.apply(model, always=True)
    assert {p.dtype for p in model.parameters()} == {torch.bfloat16}
    assert isinstance(model, transformers.PreTrainedModel)
