"""Thinking on every backend, against Transformers on the same folders."""

import json
from typing import Any

import keras_hub
import numpy as np
import pytest

from seqsal.models.causal_lm import GenerationOptions
from seqsal.models.keras.tokenizer import KerasTokenizer
from seqsal.models.progress import tasks
from seqsal.models.progress.tasks import Task
from seqsal.models.thinking_marks import find_marks
from seqsal.results.explain import explain
from tests.models.keras import thinking
from tests.models.keras.models import CHECKPOINTS, COMPILES_MORE, load


def _expected(name: str) -> dict[str, Any]:
    return dict(json.loads((CHECKPOINTS / f"thinking-{name}" / "expected.json").read_text()))


@pytest.mark.parametrize("name", thinking.NAMES)
def test_marks_blocks_and_the_text_of_answers_are_those_of_transformers(name: str) -> None:
    expected = _expected(name)
    found = thinking.findings(load(CHECKPOINTS / f"thinking-{name}"), expected["generated"])
    assert found["thinking"] and found["omitted"]
    if name == "gemma":  # keras-hub's own tokenizer knows no other special tokens.
        assert not found.pop("has_special_marks") and expected["has_special_marks"]
    assert found == {key: expected[key] for key in found}


def test_marks_of_a_tokenizer_of_keras_hub_have_a_text() -> None:
    names = ("<|im_end|>", "<|endoftext|>", *thinking.MARKS)
    tokenizer = KerasTokenizer(
        keras_hub.tokenizers.Qwen3Tokenizer(
            {"a": 0, "b": 1, "ab": 6} | {name: i for i, name in enumerate(names, 2)},
            ["a b"],
            unsplittable_tokens=list(names),
        )
    )
    assert tokenizer.added_tokens == names
    (marks,) = find_marks(None, tokenizer.added_tokens, [])
    assert (marks.open, marks.close) == thinking.MARKS
    ids, pieces = tokenizer.tokenize("a<think>b</think>")
    assert (ids, pieces) == ([0, 4, 1, 5], ["a", "<think>", "b", "</think>"])
    assert tokenizer.decode([*ids, 2]) == "a<think>b</think>"
    special = tokenizer.special_tokens
    assert special == {2: "<|im_end|>", 3: "<|endoftext|>"}
    assert tokenizer.decode([*ids, 2, 3], hidden=[3, 4]) == "ab</think><|im_end|>"


def test_without_marks_there_is_no_thinking() -> None:
    lm = load(CHECKPOINTS / "llama")
    assert lm.thinking_marks == () and not lm.has_special_marks


@pytest.mark.skipif(not COMPILES_MORE, reason="it takes long to compile; make test-all runs it")
def test_scores_that_are_passed_on_are_those_of_transformers() -> None:
    expected = _expected("special")
    lm = load(CHECKPOINTS / "thinking-special")
    result = explain(
        lm,
        messages=thinking.CHAT,
        target=thinking.TARGET,
        select=thinking.SELECTED,
        through_thinking=True,
    )
    ((start, stop),) = result.thinking
    assert set(result.scores) == set(expected["scores"])
    for method, scores in result.scores.items():
        other = np.array(expected["scores"][method])
        np.testing.assert_allclose(scores, other, atol=1e-4 * np.abs(other).max())
        assert scores.sum() == pytest.approx(
            expected["totals"][method], rel=1e-4, abs=1e-4 * np.abs(scores).sum()
        )
        assert not scores[start:stop].any() and scores[:start].any()


@pytest.mark.skipif(not COMPILES_MORE, reason="it takes long to compile; make test-all runs it")
@pytest.mark.parametrize("text", ["Who came?", "Who came? <think>"])
def test_a_stream_says_which_block_the_prompt_opened(text: str) -> None:
    lm = load(CHECKPOINTS / "thinking-special")
    events: list[dict[str, Any]] = []
    with tasks.use_task(Task(report=lambda event, details: events.append(details))):
        lm.generate([lm.encode(text)], GenerationOptions(max_new_tokens=3))
    written = [event for event in events if event["stage"] == "writing"]
    assert written
    assert all(("opened" in event) == text.endswith("<think>") for event in written)


@pytest.mark.skipif(not COMPILES_MORE, reason="it takes long to compile; make test-all runs it")
def test_a_stop_text_in_the_thinking_is_no_end() -> None:
    lm = load(CHECKPOINTS / "thinking-plain")
    for text, ends in (("Who came? <think>", False), ("Who came?", True)):
        prompt = lm.encode(text)
        ((free,),) = lm.generate([prompt], GenerationOptions(max_new_tokens=9))
        assert not set(thinking.MARKS) & set(free.encoding.pieces)
        stop = next(piece for piece in free.encoding.pieces[2:] if piece.strip())
        options = GenerationOptions(max_new_tokens=9, stop=(stop,))
        ((answer,),) = lm.generate([prompt], options)
        assert (answer.text != free.text) == ends
