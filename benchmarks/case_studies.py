"""The case studies of the paper on real weights: answers, maps, and what removals say.

    python -m benchmarks.case_studies > table.md

The prompts are those that Tenney et al. 2024 (arXiv 2404.07498) and LIT's tutorial of Sequence
Salience publish (Apache-2.0). SmolLM2-135M-Instruct and Gemma 3 270M answer greedily; an answer is
cut where the next example would begin. Explained is the line of the recommendation, or the
amount that was computed.
"""

import argparse
import dataclasses
import re
from collections.abc import Iterator, Sequence
from typing import Final

import seqsal
from benchmarks import real_models
from seqsal.options import OptionValues

METHODS: Final = ("linearized", "grad_l2", "grad_dot_input")
_TOP: Final = 3
_INSTRUCTION: Final = "Analyze a menu item in a restaurant."
_PRINCIPLES: Final = """\
* The analysis should be brief and to the point.
* The analysis and recommendation should both be clear about the suitability for someone with a \
specified dietary restriction."""
_EXAMPLES: Final = """\
## For example:

Taste-likes: I've a sweet-tooth
Taste-dislikes: Don't like onions or garlic
Suggestion: Onion soup
Analysis: it has cooked onions in it, which you don't like.
Recommendation: {first}

Taste-likes: I've a sweet-tooth
Taste-dislikes: Don't like onions or garlic
Suggestion: Baguette maison au levain
Analysis: Home-made leaven bread in France is usually great
Recommendation: Likely good.

Taste-likes: I've a sweet-tooth
Taste-dislikes: Don't like onions or garlic
Suggestion: Macaron in France
Analysis: Sweet with many kinds of flavours
Recommendation: You have to try it."""
_QUESTION: Final = """\
## Now analyse one more example:

Taste-likes: Cheese
Taste-dislikes: Can't eat eggs
Suggestion: Quiche Lorraine
Analysis:"""
_BOOTH: Final = """\
A carnival snack booth made $50 selling popcorn each day. It made three times as much selling \
cotton candy. For a 5-day activity, the booth has to pay $30 rent and $75 for the cost of the \
ingredients. How much did the booth earn for 5 days after paying the rent and the cost of \
ingredients?
How much did the booth make selling cotton candy each day? ** The booth made $50 x 3 = \
$<<50*3=150>>150 selling cotton candy each day.
How much did the booth make in a day? ** In a day, the booth made a total of $150 + $50 = \
$<<150+50=200>>200.
How much did the booth make in 5 days? ** In 5 days, they made a total of $200 x 5 = \
$<<200*5=1000>>1000.
How much did the booth have to pay? ** The booth has to pay a total of $30 + $75 = \
$<<30+75=105>>105.
How much did the booth earn after paying the rent and the cost of ingredients? **"""
_MISTAKE: Final = "You have to try it."
_MENDED: Final = "Avoid."


@dataclasses.dataclass(frozen=True)
class Study:
    """A published prompt and what of its answer is explained.

    Attributes:
        name: the source in LIT's data set.
        prompt: what the model reads.
        end: a pattern for the end of the answer.
        select: a pattern for what is explained; its first group if it has one.
    """

    name: str
    prompt: str
    end: str
    select: str


def _restaurant(name: str, *parts: str, first: str = _MENDED) -> Study:
    prompt = "\n\n".join(parts).replace("{first}", first)
    return Study(name, prompt, r"\n\s*\n|\nTaste-likes|\n##", r"Recommendation:[^\n]*")


def _booth(name: str, prompt: str) -> Study:
    return Study(name, prompt, r"\n", r"\$?\d[\d,.]*(?=\D*$)")


STUDIES: Final = (
    _restaurant("fewshot-mistake", _INSTRUCTION, _EXAMPLES, _QUESTION, first=_MISTAKE),
    _restaurant("fewshot-fixed", _INSTRUCTION, _EXAMPLES, _QUESTION),
    _restaurant("principles-before", _INSTRUCTION, _PRINCIPLES, _EXAMPLES, _QUESTION),
    _restaurant("principles-after", _INSTRUCTION, _EXAMPLES, _PRINCIPLES, _QUESTION),
    _booth("booth-annotated", _BOOTH),
    _booth("booth-plain", re.sub("<<.*?>>", "", _BOOTH)),
)
"""The prompts of the three case studies."""


def main() -> None:
    """Prints the tables as Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", default="smollm2,gemma3")
    for name in parser.parse_args().models.split(","):
        print(f"\n### {name}\n")
        print("| prompt | answer | log-prob of what is explained |\n| --- | --- | --- |")
        folder, results = str(real_models.folder(name)), list[tuple[Study, seqsal.Result]]()
        for study in STUDIES:
            result = explained(folder, study)
            shown = result.target.strip().replace("\n", " / ") if result else "(empty)"
            logprob = "" if result is None else f"{_logprob(result):.2f}"
            print(f"| {study.name} | {_cell(shown, 200)} | {logprob} |", flush=True)
            if result is not None:
                results.append((study, result))
        print(
            "\n| prompt | method | strongest sentences before the answer | nats lost without each |"
        )
        print("| --- | --- | --- | --- |")
        for study, result in results:
            for row in rows(result):
                print(f"| {study.name} | {' | '.join(row)} |", flush=True)


def explained(model: str, study: Study) -> seqsal.Result | None:
    """Returns the salience of what a study explains; None if the answer does not have it."""
    options: OptionValues = {"max_new_tokens": 64}
    whole = seqsal.explain(model, study.prompt, methods=METHODS[:1], **options).target
    end = re.compile(study.end).search(whole, len(whole) - len(whole.lstrip()))
    target = whole[: end.start()] if end else whole
    found = list(re.finditer(study.select, target))
    if not target.strip():
        return None
    start, stop = found[-1].span() if found else (0, len(target))
    shift = len(study.prompt)
    select = (shift + start, shift + stop)
    return seqsal.explain(model, study.prompt, target, select, methods=METHODS, **options)


def rows(result: seqsal.Result) -> Iterator[Sequence[str]]:
    """Yields method, its strongest sentences, and the nats that are lost without each."""
    table = result.faithfulness()
    effects = {
        (row.start, row.end): (row.text, row.effect) for row in table.itertuples(index=False)
    }
    ranked: dict[str, list[tuple[int, int]]] = {}
    for method in METHODS:
        segments = [
            segment
            for segment in result.segments("sentences", method=method)
            if segment.chars in effects
        ]
        ranked[method] = [
            segment.chars for segment in sorted(segments, key=lambda each: -each.score)
        ]
    ranked["removal"] = sorted(effects, key=lambda place: -effects[place][1])
    for method, places in ranked.items():
        strongest = [effects[place] for place in places[:_TOP]]
        yield (
            method,
            " · ".join(_cell(text, 60) for text, _ in strongest),
            " · ".join(f"{effect:.1f}" for _, effect in strongest),
        )


def _logprob(result: seqsal.Result) -> float:
    first = len(result.tokens) - len(result.logprobs)
    values = [result.logprobs[token - first] for span in result.selection for token in range(*span)]
    return sum(value for value in values if value is not None)


def _cell(text: str, limit: int) -> str:
    flat = " ".join(text.split()).replace("|", "\\|")
    return flat if len(flat) <= limit else f"{flat[: limit - 1]}…"


if __name__ == "__main__":
    main()
