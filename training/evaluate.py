"""Measures what an embedded model has learned, on prompts that are not in its training text.

    python -m training.evaluate --count 200

The prompts have seeds that training does not use. Restaurant prompts are made from the held-out
lists (`corpus.lists.HELD_OUT`), except in rows about the lists of the training text. Answers are
greedy.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import pathlib
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from seqsal.models.embedded import path
from training.corpus import arithmetic, headlines, phrases, restaurant, uses, wording
from training.corpus.cases import CONFLICT, MATCH
from training.corpus.lists import HELD_OUT, TRAINING, Lists
from training.corpus.record import Record

Answerer = Callable[[Sequence[str]], list[str]]


def answerer(directory: pathlib.Path, *, batch: int = 32) -> Answerer:
    """Returns a function from prompts to the model's greedy answers, without the end token.

    An answer that does not end within 96 tokens gets the suffix " [no end]".
    """
    tokenizer = AutoTokenizer.from_pretrained(directory)
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32)

    def some(prompts: Sequence[str]) -> Iterator[str]:
        inputs = tokenizer(list(prompts), return_tensors="pt", padding=True)
        allowed = ("input_ids", "attention_mask")
        with torch.inference_mode():
            out = model.generate(**{k: inputs[k] for k in allowed}, max_new_tokens=96)
        for row in out[:, inputs["input_ids"].shape[1] :].tolist():
            ended = tokenizer.eos_token_id in row
            ids = row[: row.index(tokenizer.eos_token_id)] if ended else row
            yield tokenizer.decode(ids) + ("" if ended else " [no end]")

    def all_of(prompts: Sequence[str]) -> list[str]:
        starts = range(0, len(prompts), batch)
        return [answer for i in starts for answer in some(prompts[i : i + batch])]

    return all_of


def recommendation(answer: str) -> str:
    """Returns the text after `Recommendation:` in an answer, or an empty string."""
    return answer.partition("\nRecommendation: ")[2]


def analysis(answer: str) -> str:
    """Returns the analysis in an answer, without the recommendation."""
    return answer.partition("\nRecommendation:")[0]


def share(hits: Iterable[bool]) -> float:
    """Returns the share of true values, rounded to three digits; 0 if there are none.

    >>> share([True, False, True, True])
    0.75
    """
    found = list(hits)
    return round(sum(found) / len(found), 3) if found else 0.0


@dataclasses.dataclass(frozen=True)
class Figure:
    """The share of prompts with some behaviour.

    Attributes:
        name: the behaviour.
        value: the share of the prompts, from 0 to 1.
        least: the aim for the larger model; None for a figure without an aim.
    """

    name: str
    value: float
    least: float | None = None


def conflict_figures(ask: Answerer, count: int, lists: Lists) -> Iterator[Figure]:
    """Yields how often the analysis of an open example is right."""
    rng = random.Random("evaluate analysis")
    records = [restaurant.record(rng, plain=True, lists=lists) for _ in range(2 * count)]
    pairs = list(zip(records, ask([r.prompt_text for r in records]), strict=True))
    where = "" if lists is HELD_OUT else " (lists of the training text)"
    yield Figure(
        f"the conflict with the guest's dislikes is named in the analysis{where}",
        share(
            wording.kind_of(analysis(a)) == CONFLICT and r.notes["hit"] in analysis(a).lower()
            for r, a in pairs
            if r.notes["kind"] == CONFLICT
        ),
        0.9 if lists is HELD_OUT else None,
    )
    yield Figure(
        f"the analysis finds no conflict where there is none{where}",
        share(wording.kind_of(analysis(a)) == MATCH for r, a in pairs if r.notes["kind"] == MATCH),
    )
    yield Figure(
        f"the recommendation is the phrase that consistent examples show{where}",
        share(recommendation(a) == r.notes["phrase"] for r, a in pairs),
        0.95 if lists is HELD_OUT else None,
    )


def one_example(seed: str, wrong: str, lists: Lists = HELD_OUT) -> Record:
    """Returns a prompt with one conflict among its examples, and an open conflict.

    Args:
        seed: prompts with the same seed differ only in the wrong example.
        wrong: "" for a right example, "other" for a positive phrase that no other example has,
            "match" for the phrase of the matching examples.
        lists: the words of the prompt.
    """
    rng = random.Random(seed)
    good, other = rng.sample(lists.positive, 2)
    bad = {"": rng.choice(lists.negative), "other": other, "match": good}[wrong]
    kinds = [CONFLICT, MATCH, MATCH]
    rng.shuffle(kinds)
    phrase = {CONFLICT: bad, MATCH: good}
    return restaurant.record(rng, kinds=[*kinds, CONFLICT], phrase=phrase, plain=True, lists=lists)


def mistake_figures(ask: Answerer, count: int) -> Iterator[Figure]:
    """Yields how often a wrong example changes the recommendation, and a correction restores it."""
    names = {
        "other": ("the one conflict shown has another positive phrase: the answer follows it", 0.9),
        "match": ("the one conflict shown has the phrase of the matches: the answer follows", None),
        "": ("the mistake is corrected: the answer is corrected", 0.95),
    }
    answers: dict[str, list[str]] = {}
    for wrong, (name, least) in names.items():
        records = [one_example(f"evaluate mistake {i}", wrong) for i in range(count)]
        answers[wrong] = ask([r.prompt_text for r in records])
        followed = (
            recommendation(a) == r.notes["phrase"]
            for r, a in zip(records, answers[wrong], strict=True)
        )
        yield Figure(name, share(followed), least)
    yield Figure(
        "the analysis still says that it is a conflict under the wrong example",
        share(wording.kind_of(analysis(a)) == CONFLICT for a in answers["other"]),
    )


def obeys(answer: str, principle: str) -> bool:
    """Returns whether an answer follows a principle.

    Args:
        answer: the answer, from the text after `Analysis:` on.
        principle: "brief" for the analysis; "suitable", "yes-no" or "friendly" for the
            recommendation, which has to match the kind of case in the analysis.
    """
    if principle == "brief":
        return not analysis(answer).startswith((" It is", " It has", " A ", " An "))
    conflict = wording.kind_of(analysis(answer)) == CONFLICT
    said = recommendation(answer)
    if principle == "suitable":
        return said.startswith("Not suitable for someone" if conflict else "Suitable for someone")
    if principle == "yes-no":
        return said == ("No." if conflict else "Yes.")
    return said.endswith(phrases.OFFER if conflict else phrases.WISH)


def principle_figures(ask: Answerer, count: int) -> Iterator[Figure]:
    """Yields how often an answer follows a principle."""
    hits: dict[str, list[bool]] = {"brief": [], "suitable": [], "yes-no": [], "friendly": []}
    records = [record for i in range(2 * count) if (record := with_principle(f"evaluate {i}"))]
    for record, answer in zip(records, ask([r.prompt_text for r in records]), strict=True):
        for principle in (record.notes["brief"], record.notes["verdict"]):
            if principle in hits:
                hits[principle].append(obeys(answer, principle))
    yield Figure(
        "a principle changes the answer in the way it says",
        share(hit for each in hits.values() for hit in each),
        0.9,
    )
    for principle, each in hits.items():
        yield Figure(f"... {principle}", share(each))


def with_principle(seed: str) -> Record | None:
    """Returns a prompt whose examples do not follow its principles, or None."""
    record = restaurant.record(random.Random(f"principle {seed}"), lists=HELD_OUT)
    asked = [p for p in (record.notes["brief"], record.notes["verdict"]) if p in _ASKED]
    shown = _ANSWERS.findall(record.prompt_text)
    return record if asked and not all(obeys(x, p) for x in shown for p in asked) else None


_ASKED = ("brief", "suitable", "yes-no", "friendly")
_ANSWERS = re.compile(r"\nAnalysis:( .*\nRecommendation: .*)")


def other_figures(ask: Answerer, count: int) -> Iterator[Figure]:
    """Yields how often arithmetic, headlines and ideas are right."""
    rng = random.Random("evaluate others")
    sums = [arithmetic.record(rng) for _ in range(count)]
    lines = [headlines.record(rng) for _ in range(count // 2)]
    ideas = [uses.record(rng) for _ in range(count // 2)]
    given = iter(ask([r.prompt_text for r in (*sums, *lines, *ideas)]))
    solved = list(zip(sums, given, strict=False))
    yield Figure(
        "the operands of the last arithmetic step are those of the steps before",
        share(arithmetic.operands(a) == r.notes["operands"] for r, a in solved),
        0.9,
    )
    yield Figure(
        "the result of the last arithmetic step is right",
        share(arithmetic.result(a) == r.notes["result"] for r, a in solved),
    )
    yield Figure(
        "the headline is right",
        share(a.strip() == r.notes["headline"] for r, a in zip(lines, given, strict=False)),
    )
    yield Figure(
        "the ideas are for the thing and the place asked for, in the form asked for",
        share(uses.obeys(a, r.notes) for r, a in zip(ideas, given, strict=False)),
    )


def figures(ask: Answerer, count: int) -> Iterator[Figure]:
    """Yields all figures, each from about `count` prompts."""
    yield from conflict_figures(ask, count, HELD_OUT)
    yield from mistake_figures(ask, count)
    yield from principle_figures(ask, count)
    yield from other_figures(ask, count)
    yield from conflict_figures(ask, count, TRAINING)


def table(rows: Iterable[Figure]) -> str:
    """Returns the figures as a table in Markdown."""
    lines = ["| behaviour | at least | measured |", "|---|---|---|"]
    for row in rows:
        least = f"{row.least:.0%}" if row.least else ""
        lines.append(f"| {row.name} | {least} | {row.value:.1%} |")
    return "\n".join(lines)


def main() -> None:
    """Parses the flags, measures, and prints the figures as a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=pathlib.Path, default=None, help="a directory")
    parser.add_argument("--count", type=int, default=200, help="prompts for each figure")
    parser.add_argument("--samples", type=pathlib.Path, help="a .jsonl whose prompts to answer")
    flags = parser.parse_args()
    ask = answerer(flags.model or path())
    if flags.samples:
        lines = flags.samples.read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        for row, answer in zip(rows, ask([row["prompt"] for row in rows]), strict=True):
            print(f"--- {row['source']}{answer}")
    print(table(figures(ask, flags.count)))


if __name__ == "__main__":
    main()
