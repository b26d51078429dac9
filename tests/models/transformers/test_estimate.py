"""What `seqsal estimate` foretells, against models that are then really loaded and run."""

import pathlib
import re

import pytest
import transformers

from seqsal.models import estimate
from seqsal.models.transformers import estimate as hf_estimate
from seqsal.models.transformers import load
from seqsal.models.transformers._accelerate import mixed_precision
from seqsal.options import Options
from tests import tiny

TOKENS = 88
IDS = [i % 300 for i in range(TOKENS)]


@pytest.mark.parametrize("architecture", tiny.CONFIGS)
def test_memory_is_estimated_before_the_weights_are_loaded(
    tmp_path: pathlib.Path, architecture: str
) -> None:
    tiny.save_checkpoint(tmp_path, architecture)
    expected = hf_estimate.estimate(str(tmp_path), TOKENS)
    lm = load(str(tmp_path))
    parameters = list(lm.model.parameters())
    assert expected.parameters == sum(p.numel() for p in parameters)
    assert expected.weight_bytes == sum(p.nbytes for p in parameters)
    assert expected.graph_bytes == pytest.approx(lm.trace(IDS).nbytes, rel=0.03)
    again = load(str(tmp_path), gradient_checkpointing="on").trace(IDS)
    assert again.nbytes < expected.checkpointed_bytes < expected.graph_bytes
    assert expected.forward_seconds > 0
    assert expected.backward_seconds > 0
    assert expected.context_length == 97 and expected.fits and not expected.checkpoints


def test_a_narrower_type_takes_its_share_of_the_memory(
    checkpoint: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mixed_precision, "is_emulated", lambda dtype: False)
    wide = hf_estimate.estimate(str(checkpoint), TOKENS)
    narrow = hf_estimate.estimate(str(checkpoint), TOKENS, precision="bfloat16")
    assert (wide.dtype, narrow.dtype) == ("float32", "bfloat16")
    assert 2 * narrow.weight_bytes == wide.weight_bytes
    assert 0.4 * wide.graph_bytes < narrow.graph_bytes < 0.9 * wide.graph_bytes


@pytest.mark.parametrize("least", [1, 10_000])
def test_half_precision_that_is_computed_with_in_float32_is_estimated(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, least: int
) -> None:
    monkeypatch.setattr(mixed_precision, "_MIN_NUMBERS", least)
    monkeypatch.setattr(mixed_precision, "_MIN_SAVED_BYTES", 0)
    tiny.model("gemma").bfloat16().save_pretrained(tmp_path)
    tiny.byte_level_tokenizer().save_pretrained(tmp_path)
    expected = hf_estimate.estimate(str(tmp_path), TOKENS)
    lm = load(str(tmp_path))
    assert expected.dtype == "float32"
    assert expected.weight_bytes == sum(p.nbytes for p in lm.model.parameters())
    assert expected.graph_bytes == pytest.approx(lm.trace(IDS).nbytes, rel=0.03)


def test_quantized_weights_are_estimated(tmp_path: pathlib.Path) -> None:
    tiny.save_checkpoint(tmp_path)
    sizes = {
        precision: hf_estimate.estimate(str(tmp_path), TOKENS, precision=precision).weight_bytes
        for precision in ("float32", "int8", "int4")
    }
    model = load(str(tmp_path), precision="int8").model
    held = sum(parameter.nbytes for parameter in model.parameters())
    # bitsandbytes keeps a scale for each row of a weight beside it.
    assert sizes["int8"] == pytest.approx(held, rel=0.05)
    assert sizes["int4"] < sizes["int8"] < sizes["float32"]


@pytest.mark.parametrize(
    ("share", "verdict"),
    [
        (1.0, "Fits."),
        (0.5, "Fits with layers recomputed, which --gradient_checkpointing=auto does"),
        (0.0, r"Does not fit: 0.\d MB are needed, and 0.\d MB are free. Shorten the prompt"),
    ],
)
def test_the_report_states_whether_it_fits(
    monkeypatch: pytest.MonkeyPatch, checkpoint: pathlib.Path, share: float, verdict: str
) -> None:
    e = hf_estimate.estimate(str(checkpoint), TOKENS)
    # 70 % of the free memory may be taken; a share of one half is between the two ways.
    needed = share * e.graph_bytes + (1 - share) * e.checkpointed_bytes * 0.99
    free = e.weight_bytes + e.head_bytes + int(needed / 0.7) + 1
    monkeypatch.setattr(hf_estimate, "free_bytes", lambda device: free)
    text = estimate.report(Options(models=(f"tiny:{checkpoint}",)), TOKENS)
    assert text.startswith("tiny: 88 tokens on cpu in float32, ")
    assert re.search(verdict, text.splitlines()[-1])


def test_a_prompt_beyond_the_context_raises(checkpoint: pathlib.Path) -> None:
    text = estimate.report(Options(models=(f"tiny:{checkpoint}",)), 98)
    assert "Does not fit: the model's context has 97 tokens." in text


@pytest.mark.parametrize(
    ("models", "tokens", "message"),
    [
        ("a:/no/such/folder", 99, "No model at '/no/such/folder'"),
        ("a:embedded:none", 99, "expected one of small, tiny, got 'none'"),
        ("a:embedded:small", 1, "--tokens must be at least 2: a prompt and an answer; got 1"),
    ],
)
def test_what_can_not_be_measured_raises(models: str, tokens: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        estimate.report(Options(models=(models,)), tokens)


def test_an_architecture_that_refuses_raises(
    monkeypatch: pytest.MonkeyPatch, checkpoint: pathlib.Path
) -> None:
    def refuse(*args: object, **kw: object) -> None:
        raise KeyError("layers come in fours")

    monkeypatch.setattr(transformers.AutoModelForCausalLM, "from_config", refuse)
    with pytest.raises(ValueError, match="costs of a llama model cannot be estimated.*in fours"):
        hf_estimate.estimate(str(checkpoint), TOKENS)
