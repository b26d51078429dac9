"""Chooses the items of a task: prompts that the model answers because of one part.

A candidate becomes an item where the greedy answer is right, is not given without the context (the
closed-book check), and is no longer given without the part that decides.
"""

import dataclasses
import itertools
import pathlib
from collections.abc import Iterator

from benchmarks.faithfulness import rows
from benchmarks.faithfulness.facts import holds
from benchmarks.faithfulness.items import Ids, Item, keep, segment_ranges, tokens_of
from benchmarks.faithfulness.models import Model
from benchmarks.faithfulness.tasks import Candidate, Task

MAX_ASKED = 400
"""Questions after which no more items are looked for."""


@dataclasses.dataclass
class Yield:
    """How many candidates passed which check.

    Attributes:
        asked: the questions.
        right: those with the right answer.
        unknown: those of them that were not answered without the context.
        items: those that became items; at most one of each text, whose other questions are not
            checked further.
    """

    asked: int = 0
    right: int = 0
    unknown: int = 0
    items: int = 0


def items(
    model: Model,
    task: Task,
    seed: int,
    wanted: int,
    file: pathlib.Path,
    *,
    known_only: bool = False,
) -> tuple[list[Item], Yield]:
    """Returns the items of a task, and how many candidates gave them.

    What was examined before is read from the file, and the rest is added to it.

    Args:
        model: who answers.
        task: makes the candidates.
        seed: of the candidates.
        wanted: the number of items; fewer come back if `MAX_ASKED` questions do not give them.
        file: the JSON lines of examined groups of candidates.
        known_only: whether to end where no more were examined before.
    """
    known = {row["group"]: row for row in rows.read(file)}
    found, total = list[Item](), Yield()
    for number, group in enumerate(itertools.islice(task.groups(seed), MAX_ASKED)):
        if len(found) >= wanted or total.asked >= MAX_ASKED:
            break
        row = known.get(number)
        if row is None and known_only:
            break
        if row is None:
            row = {"group": number, **_examine(model, task, str(number), group)}
            rows.append(file, row)
        total.asked += row["asked"]
        total.right += row["right"]
        total.unknown += row["unknown"]
        if row["item"] is not None:
            found.append(Item.from_json(row["item"]))
            total.items += 1
    return found, total


def _examine(model: Model, task: Task, name: str, group: list[Candidate]) -> dict[str, object]:
    """Returns the counts of a group of candidates, and the first of them that is an item."""
    prompts = [_Prompt.of(model, task, candidate) for candidate in group]
    answers = model.answers([prompt.ids for prompt in prompts])
    right = [
        (prompt, answer)
        for prompt, answer in zip(prompts, answers, strict=True)
        if prompt.candidate.is_answered_by(model.text(answer))
    ]
    given = _given(model, [(prompt, ()) for prompt, _ in right])
    unknown = [pair for pair, known in zip(right, given, strict=True) if not known]
    item = next(_items(model, name, unknown, words=task.explains_words), None)
    return {
        "asked": len(group),
        "right": len(right),
        "unknown": len(unknown),
        "item": None if item is None else item.to_json(),
    }


@dataclasses.dataclass(frozen=True)
class _Prompt:
    candidate: Candidate
    opening: str
    closing: str
    ids: Ids
    segments: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, model: Model, task: Task, candidate: Candidate) -> "_Prompt":
        layout = model.layout(task)
        closing = layout.closing.format(request=candidate.request)
        encoding = model.lm.encode(layout.opening + "".join(candidate.parts) + closing)
        segments = segment_ranges(encoding, layout.opening, candidate.parts)
        return cls(candidate, layout.opening, closing, encoding.ids, segments)


def _given(model: Model, variants: list[tuple[_Prompt, tuple[int, ...]]]) -> list[bool]:
    """Returns for prompts with the parts that stay whether the answer holds the right words."""
    if not variants:
        return []
    answers = model.answers([keep(prompt.ids, prompt.segments, kept) for prompt, kept in variants])
    return [
        holds(model.text(answer), prompt.candidate.expected)
        for answer, (prompt, _) in zip(answers, variants, strict=True)
    ]


def _items(
    model: Model, name: str, pairs: list[tuple[_Prompt, Ids]], *, words: bool
) -> Iterator[Item]:
    """Yields the items among prompts with right answers; `words` as in `Task.explains_words`."""
    for prompt, answer in pairs:
        candidate = prompt.candidate
        item = Item(
            name,
            prompt.opening,
            candidate.parts,
            prompt.closing,
            candidate.cause,
            prompt.ids,
            prompt.segments,
            answer,
            model.text(answer),
            _explained(model, answer, candidate.expected) if words else None,
        )
        # Tools that take text instead of tokens must see the same tokens.
        if not same_as_text(model, item):
            continue
        if not any(_given(model, [(prompt, item.without(candidate.cause))])):
            yield item


def _explained(model: Model, answer: Ids, words: str) -> tuple[int, ...]:
    """Returns the indices of the tokens of an answer that hold some words."""
    return tokens_of([model.text(answer[: i + 1]) for i in range(len(answer))], words)


def same_as_text(model: Model, item: Item) -> bool:
    """Returns whether prompt and answer, as text, have the tokens of the item."""
    return model.lm.encode(item.prompt, item.answer_text).ids == item.ids + item.answer
