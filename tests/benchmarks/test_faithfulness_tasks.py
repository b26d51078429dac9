"""The tasks of the faithfulness benchmark: what is asked, and where its answer is."""

import dataclasses
import itertools
import random

import pytest

from benchmarks.faithfulness import facts
from benchmarks.faithfulness.items import Item, keep, segment_ranges
from benchmarks.faithfulness.tasks import TASKS
from seqsal.models.causal_lm import Encoding


@pytest.mark.parametrize("name", TASKS)
def test_only_the_cause_holds_the_expected_answer(name: str) -> None:
    for group in itertools.islice(TASKS[name].groups(0), 20):
        for candidate in group:
            holding = [
                i for i, part in enumerate(candidate.parts) if facts.holds(part, candidate.expected)
            ]
            assert holding == [candidate.cause]
            assert not facts.holds(candidate.request, candidate.expected)


@pytest.mark.parametrize("name", TASKS)
def test_the_layouts_do_not_hold_the_expected_answer(name: str) -> None:
    task = TASKS[name]
    for group in itertools.islice(task.groups(0), 20):
        for candidate in group:
            for layout in (task.chat, task.plain):
                around = layout.around("", candidate.request)
                assert not facts.holds(around, candidate.expected)


@pytest.mark.parametrize("name", TASKS)
def test_a_seed_gives_the_same_candidates(name: str) -> None:
    def first(seed: int) -> object:
        return list(itertools.islice(TASKS[name].groups(seed), 3))

    assert first(5) == first(5) != first(6)


def test_an_answer_with_the_words_of_another_part_is_wrong() -> None:
    for name in TASKS:
        candidate = TASKS[name].make(random.Random(0))[0]
        assert candidate.is_answered_by(f"It is {candidate.expected.upper()}.")
        assert not candidate.is_answered_by("I do not know.")
        for other in candidate.others:
            assert not candidate.is_answered_by(f"{other}: {candidate.expected}."), name
    examples = TASKS["examples"].make(random.Random(0))[0]
    assert len(examples.others) == len(examples.parts) - 1


@pytest.mark.parametrize("name", TASKS)
def test_the_cause_itself_is_a_right_answer(name: str) -> None:
    for group in itertools.islice(TASKS[name].groups(0), 20):
        for candidate in group:
            assert candidate.is_answered_by(candidate.parts[candidate.cause])
            assert candidate.is_answered_by(f"{candidate.request} {candidate.expected}")


def test_causes_are_spread_over_all_places() -> None:
    groups = itertools.islice(TASKS["facts-12"].groups(0), 200)
    causes = [group[0].cause for group in groups]
    assert set(causes) == set(range(12))
    assert 4.5 < sum(causes) / len(causes) < 6.5


@pytest.mark.parametrize("count", [12, 48, 200])
def test_facts_differ(count: int) -> None:
    drawn = facts.draw(count, random.Random(0))
    assert len({fact.sentence for fact in drawn}) == count


def test_too_many_facts_are_refused() -> None:
    with pytest.raises(ValueError, match="are too many"):
        facts.draw(10_000, random.Random(0))


def _encoding(pieces: list[str], special: list[bool] | None = None) -> Encoding:
    marks = special or [False] * len(pieces)
    return Encoding(tuple(range(len(pieces))), tuple(pieces), tuple(marks))


def test_tokens_belong_to_the_part_of_their_first_visible_character() -> None:
    pieces = ["<s>", "Read", ":", " One", ".", " Two", "\n", "three", ".", "\n\n", "Why", "?"]
    encoding = _encoding(pieces, [True] + [False] * 11)
    found = segment_ranges(encoding, "Read:", [" One.", " Two\n", "three."])
    assert found == ((3, 5), (5, 7), (7, 9))


def test_a_part_without_a_token_is_refused() -> None:
    with pytest.raises(ValueError, match="'b' has none"):
        segment_ranges(_encoding(["ab", "c"]), "", ["a", "b", "c"])


def test_removal_closes_the_gap_and_keeps_what_is_around() -> None:
    ids = (90, 10, 11, 20, 30, 31, 91)
    segments = ((1, 3), (3, 4), (4, 6))
    assert keep(ids, segments, (0, 2)) == (90, 10, 11, 30, 31, 91)
    assert keep(ids, segments, ()) == (90, 91)


def test_items_survive_json() -> None:
    item = Item("0", "o", ("a", "b"), "c", 1, (1, 2, 3), ((1, 2), (2, 3)), (7,), "x")
    assert Item.from_json(item.to_json()) == item
    assert item.prompt == "oabc"
    other = dataclasses.replace(item, answer=(8,))
    assert other.key != item.key == Item.from_json(item.to_json()).key
    assert item.without(0) == (1,)
