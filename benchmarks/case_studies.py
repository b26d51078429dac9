"""The case studies of the paper on real weights: answers, maps, and what removals say.

    python -m benchmarks.case_studies > table.md

The prompts (`seqsal/datasets/published_prompts.jsonl`) are those that Tenney et al. 2024
(arXiv 2404.07498) and LIT's tutorial of Sequence Salience publish (Apache-2.0).
SmolLM2-135M-Instruct and Gemma 3 270M answer greedily; an answer is cut where the next example
would begin. Explained is the line of the recommendation, or the amount that was computed.
"""

import argparse
import dataclasses
import pathlib
import re
from collections.abc import Iterator, Sequence
from typing import Final

import seqsal
from benchmarks import real_models
from seqsal import datasets
from seqsal.datasets import files
from seqsal.options import OptionValues

METHODS: Final = ("linearized", "grad_l2", "grad_dot_input")
_TOP: Final = 3


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


_RESTAURANT: Final = (r"\n\s*\n|\nTaste-likes|\n##", r"Recommendation:[^\n]*")
_BOOTH: Final = (r"\n", r"\$?\d[\d,.]*(?=\D*$)")
_FILE: Final = pathlib.Path(datasets.__file__).with_name("published_prompts.jsonl")

STUDIES: Final = tuple(
    Study(
        record["source"],
        record["prompt"],
        *(_BOOTH if record["source"].startswith("booth") else _RESTAURANT),
    )
    for record in files.read(_FILE)
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
