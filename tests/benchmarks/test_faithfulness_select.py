"""How items are chosen: with models that answer by a rule."""

import dataclasses
import pathlib
import random
import re
from collections.abc import Callable

import pytest

from benchmarks.faithfulness import select
from benchmarks.faithfulness.items import Item
from benchmarks.faithfulness.models import Ids, Model
from benchmarks.faithfulness.tasks import TASKS
from seqsal.models.transformers import HFCausalLM
from tests import tiny

TASK = TASKS["examples"]
Rule = Callable[[dict[str, str], str], str]
"""Maps the label of each word in the text, and the word that is asked for, to an answer."""


class _Model(Model):
    """A model that answers by a rule."""

    def __init__(self, rule: Rule) -> None:
        lm = HFCausalLM(tiny.model("llama"), tiny.byte_level_tokenizer())
        super().__init__("rule", "", lm, chat=False)
        self.asked, self._rule = 0, rule

    def answers(self, prompts: object) -> list[Ids]:
        assert isinstance(prompts, list)
        self.asked += len(prompts)
        return [self._answer(self.text(ids)) for ids in prompts]

    def _answer(self, prompt: str) -> Ids:
        labels = dict(re.findall(r"Word: (\w+)\. Label: (\w+)\.", prompt))
        word = re.findall(r"Word: (\w+)\. Label:$", prompt)[0]
        answer = f" {self._rule(labels, word)}"
        return tuple(self.lm.tokenizer.encode(answer, add_special_tokens=False))


def _expected(word: str) -> str:
    """Returns the label that the first group of the task gives a word."""
    return {each.request: each.expected for each in TASK.make(random.Random("0 0"))}[word]


def _reads(labels: dict[str, str], word: str) -> str:
    return labels.get(word, "?")


def _knows(labels: dict[str, str], word: str) -> str:
    return labels.get(word) or _expected(word)


def _guesses(labels: dict[str, str], word: str) -> str:
    """Finds the label without its example, as long as there are others."""
    return labels.get(word) or (_expected(word) if labels else "?")


def _longer(labels: dict[str, str], word: str) -> str:
    return f'The label is "{_reads(labels, word)}".'


def _lists(labels: dict[str, str], word: str) -> str:
    return " ".join(labels.values()) or "?"


@pytest.mark.parametrize(
    ("rule", "right", "unknown", "items"),
    [(_reads, 4, 4, 1), (_knows, 4, 0, 0), (_guesses, 4, 4, 0), (_lists, 0, 0, 0)],
)
def test_an_item_is_right_unknown_without_the_text_and_lost_without_its_cause(
    rule: Rule,
    right: int,
    unknown: int,
    items: int,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(select, "MAX_ASKED", 1)
    found, counts = select.items(_Model(rule), TASK, 0, 5, tmp_path / "items.jsonl")
    assert counts == select.Yield(asked=4, right=right, unknown=unknown, items=items)
    for item in found:
        word = re.findall(r"Word: (\w+)\. Label:$", item.prompt)[0]
        assert item.cause is not None and word in item.parts[item.cause]
        assert item.answer_text.strip() == _expected(word)


def test_the_expected_words_alone_can_be_explained(tmp_path: pathlib.Path) -> None:
    task = dataclasses.replace(TASK, explains_words=True)
    (item,), _ = select.items(_Model(_longer), task, 0, 1, tmp_path / "items.jsonl")
    (whole,), _ = select.items(_Model(_longer), TASK, 0, 1, tmp_path / "whole.jsonl")
    decode = _Model(_longer).text
    assert item.cause is not None and item.explained is not None
    word = re.findall(r"Word: (\w+)\. Label:$", item.prompt)[0]
    chosen = decode(tuple((item.ids + item.answer)[position] for position in item.positions))
    assert chosen.strip(' ".') == _expected(word)
    assert len(whole.positions) == len(whole.answer) > len(item.positions)
    assert item.key != whole.key and Item.from_json(item.to_json()) == item


def test_what_was_examined_is_read_from_the_file(tmp_path: pathlib.Path) -> None:
    file, model = tmp_path / "items.jsonl", _Model(_reads)
    found, counts = select.items(model, TASK, 0, 3, file)
    assert len(found) == 3 and counts.asked == 12
    asked = model.asked
    assert select.items(model, TASK, 0, 3, file) == (found, counts)
    assert model.asked == asked
    (_, known), (_, more) = (
        select.items(model, TASK, 0, 4, file, known_only=only) for only in (True, False)
    )
    assert (known.items, more.items) == (3, 4)
