"""Measures how often a salience map shows the line of the prompt that decided the answer.

    python -m training.deciding --count 100

The prompts are generated so that this line is known. If one of the examples is a conflict, only
its recommendation shows the answer to a conflict. If there is a principle, only its bullet
determines the wording of the recommendation. Prompts whose answer does not follow the line are
skipped, because something else decided them.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterable, Iterator
from typing import Final

from seqsal import explain
from seqsal.attribution.explainers import get_explainer
from training import evaluate
from training.corpus import phrases
from training.corpus.record import Record

TOP: Final = 3
METHODS: Final = ("linearized", "grad_l2", "grad_dot_input", "ablation")


@dataclasses.dataclass(frozen=True)
class DecidedAnswer:
    """An answer and the line that decided it.

    Attributes:
        prompt: the text that the model read.
        answer: the text that it generated.
        line: the line of the prompt that decided a part of the answer.
        part: that part of the answer.
    """

    prompt: str
    answer: str
    line: str
    part: str


@dataclasses.dataclass(frozen=True)
class Rank:
    """The rank of the deciding line among the sentences before the explained part.

    Attributes:
        place: 1 for the strongest sentence.
        sentences: the number of sentences before the explained part, in prompt and answer.
    """

    place: int
    sentences: int


def by_example(model: str, count: int) -> Iterator[DecidedAnswer]:
    """Yields answers that follow the only example of a conflict, right or wrong."""
    for i in range(count):
        record = evaluate.one_example(f"deciding {i}", ("", "other")[i % 2])
        answer = _answer(model, record)
        if evaluate.recommendation(answer) == record.notes["phrase"]:
            line = f"Recommendation: {record.notes['phrase']}"
            yield DecidedAnswer(record.prompt_text, answer, line, line)


def by_principle(model: str, count: int) -> Iterator[DecidedAnswer]:
    """Yields answers with a recommendation in the wording of a principle, unlike all examples.

    Only the words that the principle demands are explained; the rest is copied from elsewhere.
    """
    for i in range(2 * count):
        record = evaluate.with_principle(f"deciding {i}")
        bullets = phrases.VERDICTS.get(record.notes["verdict"] if record else "", ())
        if record is None or not bullets:
            continue
        answer = _answer(model, record)
        if evaluate.obeys(answer, record.notes["verdict"]):
            line = next(x for x in bullets if f"* {x}\n" in record.prompt_text)
            said = next(x for x in _DEMANDED if x in evaluate.recommendation(answer))
            yield DecidedAnswer(record.prompt_text, answer, line, said)


_DEMANDED = ("Not suitable", "Suitable", phrases.WISH[1:], phrases.OFFER[1:], "Yes.", "No.")


def _answer(model: str, record: Record) -> str:
    return get_explainer(model).answers(record.prompt_text)[0].text


def rank(model: str, decided: DecidedAnswer, method: str) -> Rank:
    """Returns the rank of the deciding line when the part that it decided is explained.

    Sentences are ordered by the absolute value of their score.
    """
    start = len(decided.prompt) + decided.answer.rindex(decided.part)
    chosen = (start, start + len(decided.part))
    result = explain(
        model, decided.prompt, decided.answer, chosen, methods=(method,), progress=False
    )
    before = [s for s in result.segments(method=method) if not s.selected]
    order = sorted(before, key=lambda segment: -abs(segment.score))
    place = next(i for i, segment in enumerate(order, 1) if decided.line in segment.text)
    return Rank(place, len(before))


def row(name: str, ranks: Iterable[Rank]) -> str:
    """Returns one row of the table: hits among the top sentences, and the expectation by chance."""
    ranks = list(ranks)
    hits = evaluate.share(rank.place <= TOP for rank in ranks)
    first = evaluate.share(rank.place == 1 for rank in ranks)
    chance = sum(TOP / rank.sentences for rank in ranks) / max(1, len(ranks))
    return f"| {name} | {hits:.0%} | {first:.0%} | {chance:.0%} | {len(ranks)} |"


def main() -> None:
    """Parses the flags, measures, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="embedded:small", help="a path, as in seqsal.explain")
    parser.add_argument("--count", type=int, default=100, help="prompts of each kind")
    flags = parser.parse_args()
    print(f"| decided by, method | in the top {TOP} | the first | chance, top {TOP} | prompts |")
    print("|---|---|---|---|---|")
    for name, kind in (("an example", by_example), ("a principle", by_principle)):
        answers = list(kind(flags.model, flags.count))
        for method in METHODS:
            print(
                row(
                    f"{name}, `{method}`",
                    (rank(flags.model, decided, method) for decided in answers),
                )
            )


if __name__ == "__main__":
    main()
