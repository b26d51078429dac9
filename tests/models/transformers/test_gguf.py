"""GGUF files of several architectures, against what Transformers itself makes of them."""

import pathlib
import re
from typing import Any

import gguf
import numpy as np
import pytest
import torch
import transformers

import seqsal
from seqsal.models import estimate, frameworks, gguf_header
from seqsal.models.causal_lm import CausalLM, GenerationOptions
from seqsal.models.checkpoints import locate
from seqsal.models.progress import tasks
from seqsal.models.transformers import HFCausalLM
from seqsal.models.transformers import gguf as converter
from seqsal.options import Options
from tests import gguf_files, tiny

PROMPT = "The fox likes cheese, not 12 eggs."


@pytest.fixture
def options(tmp_path: pathlib.Path) -> Options:
    return Options(cache_dir=str(tmp_path / "cache"), max_new_tokens=7)


@pytest.mark.parametrize("name", gguf_files.ARCHITECTURES)
def test_an_architecture_answers_as_transformers_does_on_the_file(
    tmp_path: pathlib.Path, options: Options, name: str
) -> None:
    path = gguf_files.write(tmp_path / "m.gguf", name)
    lm = frameworks.load(str(path), options)
    assert isinstance(lm, HFCausalLM)
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path, gguf_file="m.gguf")
    reference = transformers.AutoModelForCausalLM.from_pretrained(
        tmp_path,
        gguf_file="m.gguf",
        dtype=torch.float16,
        quantization_config=transformers.GgufConfig(dequantize=True),
    ).float()
    encoding = lm.encode(PROMPT)
    assert list(encoding.ids) == tokenizer(PROMPT)["input_ids"]
    assert lm.model.config.model_type == reference.config.model_type
    ids = torch.tensor([encoding.ids])
    with torch.no_grad():
        expected = reference.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=7, do_sample=False
        )
    ((answer,),) = lm.generate([encoding], GenerationOptions(max_new_tokens=7))
    assert (
        list(answer.encoding.ids) == expected[0, len(encoding) :].tolist()[: len(answer.encoding)]
    )
    assert len(answer.encoding) > 0
    # The logits, too: random weights may repeat a token whatever they are.
    with torch.no_grad():
        logits = reference(ids).logits[0, -1].log_softmax(-1)
    (_, likeliest), *_ = lm.trace([*encoding.ids, 0]).likeliest(len(encoding), 1)
    assert likeliest == pytest.approx(float(logits.max()), abs=1e-4)


def test_scores_are_those_of_the_converted_folder(tmp_path: pathlib.Path, options: Options) -> None:
    path = gguf_files.write(tmp_path / "m.gguf")
    own = seqsal.explain(str(path), PROMPT, cache_dir=options.cache_dir, max_new_tokens=7)
    folder = locate(str(path), options)
    same = seqsal.explain(folder, PROMPT, max_new_tokens=7)
    for method, scores in own.scores.items():
        np.testing.assert_array_equal(scores, same.scores[method])


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> CausalLM:
    folder = tmp_path_factory.mktemp("gguf")
    path = gguf_files.write(folder / "m.gguf")
    return frameworks.load(str(path), Options(cache_dir=str(folder / "cache")))


@pytest.mark.parametrize("text", tiny.EXACT_TEXTS)
def test_texts_are_exact(loaded: CausalLM, text: str) -> None:
    assert loaded.encode(tiny.EXACT_TEXTS[text]).text == tiny.EXACT_TEXTS[text]


def test_the_second_load_does_not_read_the_file(
    tmp_path: pathlib.Path, options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = gguf_files.write(tmp_path / "m.gguf")
    first = locate(str(path), options)
    monkeypatch.setattr(converter, "convert", lambda *_: pytest.fail("converted again"))
    assert locate(str(path), options) == first
    assert locate(str(tmp_path), options) == first


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (gguf.GGMLQuantizationType.Q8_0, torch.float16),
        (gguf.GGMLQuantizationType.F16, torch.float16),
        (gguf.GGMLQuantizationType.BF16, torch.bfloat16),
        (gguf.GGMLQuantizationType.F32, torch.float32),
    ],
)
def test_weights_are_stored_in_the_type_that_holds_them(
    tmp_path: pathlib.Path, options: Options, kind: gguf.GGMLQuantizationType, expected: torch.dtype
) -> None:
    path = gguf_files.write(tmp_path / "m.gguf", kind=kind)
    folder = locate(str(path), options)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype="auto")
    assert {parameter.dtype for parameter in model.parameters()} == {expected}


def test_the_chat_template_and_the_end_of_a_turn_are_kept(
    tmp_path: pathlib.Path, options: Options
) -> None:
    path = gguf_files.write(tmp_path / "m.gguf", metadata={"tokenizer.ggml.eot_token_id": 9})
    folder = locate(str(path), options)
    assert transformers.AutoTokenizer.from_pretrained(folder).chat_template == gguf_files.TEMPLATE
    assert transformers.GenerationConfig.from_pretrained(folder).eos_token_id == [1, 9]


def test_the_conversion_reports_its_progress_and_draws_no_bar(
    tmp_path: pathlib.Path, options: Options, capsys: pytest.CaptureFixture[str]
) -> None:
    path = gguf_files.write(tmp_path / "m.gguf")
    events: list[dict[str, object]] = []
    with tasks.use_task(tasks.Task(report=lambda _, details: events.append(details))):
        locate(str(path), options)
    numbers = [
        each["number"] for each in events if each.get("stage") == "converting" and "of" in each
    ]
    tensors = len(gguf_header.read_header(path).tensors)
    assert numbers == list(range(1, tensors + 1))
    assert "it/s" not in capsys.readouterr().err


def test_a_cancelled_conversion_leaves_nothing(tmp_path: pathlib.Path, options: Options) -> None:
    path = gguf_files.write(tmp_path / "m.gguf")

    def report(_: str, details: dict[str, Any]) -> None:
        if details.get("number") == 3:
            task.cancel()

    task = tasks.Task(report=report)
    with tasks.use_task(task), pytest.raises(tasks.CancelledError):
        locate(str(path), options)
    assert not list(pathlib.Path(options.cache_dir).rglob("*.safetensors"))


def test_an_unknown_architecture_names_those_that_are_read(
    tmp_path: pathlib.Path, options: Options
) -> None:
    path = gguf_files.write(tmp_path / "m.gguf", architecture="rwkv6")
    with pytest.raises(
        ValueError, match=r"'rwkv6', which .* does not read .* It reads bloom, .*llama"
    ):
        frameworks.load(str(path), options)


def test_an_estimate_reads_only_the_header(tmp_path: pathlib.Path, options: Options) -> None:
    path = gguf_files.write(tmp_path / "m.gguf")
    expected = frameworks.estimate(locate(str(path), options), options, 50)
    got = frameworks.estimate(str(path), Options(cache_dir=str(tmp_path / "other")), 50)
    assert not (tmp_path / "other").exists()
    assert (got.parameters, got.weight_bytes) == (expected.parameters, expected.weight_bytes)
    assert got.graph_bytes == pytest.approx(expected.graph_bytes, rel=0.02)


def test_the_command_estimates_a_file(tmp_path: pathlib.Path, options: Options) -> None:
    path = gguf_files.write(tmp_path / "m.Q8.gguf")
    report = estimate.report(Options(models=(str(path),), cache_dir=options.cache_dir), 50)
    assert re.match(r"m\.Q8: 50 tokens on cpu", report)


def test_converted_models_compute_in_bfloat16_on_an_accelerator(
    tmp_path: pathlib.Path, options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seqsal.models.transformers import loading

    folder = locate(str(gguf_files.write(tmp_path / "m.gguf")), options)
    monkeypatch.setattr(loading, "_device", torch.device)
    choices = {
        place: loading._load_choices(folder, "auto", place, "auto") for place in ("cpu", "cuda")
    }
    assert (choices["cpu"]["dtype"], choices["cuda"]["dtype"]) == ("auto", "bfloat16")
