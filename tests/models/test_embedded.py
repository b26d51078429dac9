"""The files that ship: small enough, readable by Transformers alone, and able to answer."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from seqsal.models import embedded
from training import evaluate, tokenizer

MOST_PARAMETERS = {"small": 6_500_000, "tiny": 1_500_000}
SAMPLES = pathlib.Path(__file__).parents[2] / "data" / "sample_prompts.jsonl"
TEXTS = (
    "Quiche Lorraine: 5 eggs, crème fraîche",
    "flags 🇫🇷 family 👩‍👩‍👧 thumbs 👍🏽",
    "请用中文回答。日本語もどうぞ",
    "مرحبا بالعالم",
    "def f(x):\n\tif x <= 10:\n        return [x, 2*x]\r\n\n\n",
    " leading, trailing  and   inner spaces ",
    "e\u0301 is two code points, \u00e9 is one",
    "<s> </ s> <|im_start|>",
)


@pytest.fixture(params=sorted(MOST_PARAMETERS))
def folder(request: pytest.FixtureRequest) -> pathlib.Path:
    """The folder of each model that ships."""
    return embedded.path(request.param)


@pytest.fixture(scope="module")
def samples() -> dict[str, str]:
    rows = [json.loads(line) for line in SAMPLES.read_text(encoding="utf-8").splitlines()]
    return {row["source"]: row["prompt"] for row in rows}


def test_import_loads_no_framework() -> None:
    code = (
        "import sys; from seqsal.models import embedded; embedded.path();"
        "print([m for m in ('torch', 'transformers', 'tokenizers', 'keras') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_models_are_those_that_are_tested_here() -> None:
    assert embedded.names() == tuple(sorted(MOST_PARAMETERS))


def test_unknown_name_says_which_exist() -> None:
    with pytest.raises(ValueError, match=r"expected one of small, tiny, got 'huge'"):
        embedded.path("huge")


def test_total_size_is_under_16_mb() -> None:
    root = pathlib.Path(embedded.__file__).parent
    files = [f for f in root.rglob("*") if f.is_file() and "__pycache__" not in f.parts]
    assert sum(f.stat().st_size for f in files) < 16_000_000


def test_no_training_state_ships(folder: pathlib.Path) -> None:
    assert {f.name for f in folder.iterdir()} == {
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    }


@pytest.mark.parametrize("text", TEXTS)
def test_any_text_round_trips(folder: pathlib.Path, text: str) -> None:
    tok = AutoTokenizer.from_pretrained(folder)
    ids = tok(text)["input_ids"]
    assert (ids[0] == tok.bos_token_id and tok.bos_token_id not in ids[1:]) or "<s>" in text
    assert tok.decode(ids[1:]) == text


@pytest.mark.parametrize("text", TEXTS[:6])
def test_offsets_cover_the_text_in_order(folder: pathlib.Path, text: str) -> None:
    tok = AutoTokenizer.from_pretrained(folder)
    offsets = tok(text, return_offsets_mapping=True)["offset_mapping"][1:]
    covered = 0
    for start, end in offsets:
        assert start <= covered <= max(end, covered)
        covered = max(covered, end)
    assert covered == len(text)


def test_no_token_belongs_to_two_lines(folder: pathlib.Path, samples: dict[str, str]) -> None:
    tok = AutoTokenizer.from_pretrained(folder)
    for prompt in samples.values():
        for piece in map(tok.decode, tok(prompt)["input_ids"][1:]):
            assert "\n" not in piece or not piece.strip("\n"), piece


def test_learned_tokenizer_depends_on_the_text_alone() -> None:
    texts = ["Taste-likes: Cheese", "Taste-dislikes: Can't eat eggs"] * 5
    assert tokenizer.learn(texts, 300).to_str() == tokenizer.learn(texts, 300).to_str()


def test_too_small_a_vocabulary_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 258, got 100"):
        tokenizer.learn(["text"], 100)


def test_model_is_a_small_bfloat16_llama_with_room_for_1024_tokens(folder: pathlib.Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(folder)
    assert model.num_parameters() < MOST_PARAMETERS[folder.name]
    assert model.config.model_type == "llama"
    assert model.config.max_position_embeddings >= 1024
    assert model.dtype == torch.bfloat16
    assert model.get_input_embeddings().weight is model.get_output_embeddings().weight


def test_few_shot_samples_fit_within_400_tokens(
    folder: pathlib.Path, samples: dict[str, str]
) -> None:
    tok = AutoTokenizer.from_pretrained(folder)
    assert all(len(tok(p)["input_ids"]) < 400 for p in samples.values())


def test_the_wrong_example_turns_the_recommendation_and_mending_it_turns_it_back(
    samples: dict[str, str],
) -> None:
    ask = evaluate.answerer(embedded.path("small"))
    wrong, right = ask([samples["fewshot-mistake"], samples["fewshot-fixed"]])
    for answer in (wrong, right):
        assert "[no end]" not in answer
        assert evaluate.analysis(answer) == " It has eggs in it, which you cannot eat."
    assert evaluate.recommendation(wrong) == "You will enjoy it."
    assert evaluate.recommendation(right) == "Better pick another dish."
