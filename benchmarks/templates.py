"""Compares two templates over the same questions on a real model: the instruction first, or last.

    python -m benchmarks.templates --count 200 --out DIR

Each record is a text of invented facts, one of which answers the question. `{cause}` is that fact,
so the label with the largest effect is known. DIR gets the records, the two runs (a command that
was stopped continues) and the report of the second against the first.
"""

import argparse
import json
import pathlib
import random
from typing import Any, Final

import seqsal
from benchmarks.faithfulness import facts

_INSTRUCTION: Final = "Answer in one word."
_TEXT: Final = "Text: {before} {cause} {after}\n\nQuestion: {question}"
TEMPLATES: Final = {"first": f"{_INSTRUCTION}\n\n{_TEXT}", "last": f"{_TEXT}\n\n{_INSTRUCTION}"}

_COLUMNS: Final = [
    *("method", "label", "share", "share_low", "share_high", "even_share", "top3"),
    *("effect", "effect_low", "effect_high"),
]
_DIFFERENCE: Final = [
    *("label", "difference", "difference_low", "difference_high"),
    *("effect_difference", "effect_difference_low", "effect_difference_high"),
]


def records(template: str, count: int, sentences: int) -> list[dict[str, str]]:
    """Returns records of a template; those of another template have the same facts and numbers.

    Args:
        template: the text with {placeholders}.
        count: the number of records.
        sentences: the number of facts in each text; the cause is neither the first nor the last.
    """
    made: list[dict[str, str]] = []
    rng = random.Random(0)
    while len(made) < count:
        drawn = facts.draw(sentences, rng)
        inner = [fact for fact in drawn[1:-1] if facts.can_be_asked(fact, drawn)]
        if not inner:
            continue
        cause = rng.choice(inner)
        place = drawn.index(cause)
        fields = {
            "before": " ".join(fact.sentence for fact in drawn[:place]),
            "cause": cause.sentence,
            "after": " ".join(fact.sentence for fact in drawn[place + 1 :]),
            "question": cause.question,
        }
        prompt = f"user:\n{template.format(**fields)}"
        made.append({"prompt": prompt, "expected": cause.what, **fields})
    return made


def run(name: str, options: argparse.Namespace) -> seqsal.Analysis:
    """Analyzes the records of a template."""
    folder: pathlib.Path = options.out
    folder.mkdir(parents=True, exist_ok=True)
    template, data = folder / f"{name}.txt", folder / f"{name}.jsonl"
    template.write_text(TEMPLATES[name])
    lines = records(TEMPLATES[name], options.count, options.sentences)
    data.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return seqsal.analyze(
        options.model,
        f"questions:{data}",
        folder / name,
        labels=f"template:{template}",
        methods=["linearized", "grad_l2"],
        removals="labels",
        max_new_tokens=16,
    )


def right(analysis: seqsal.Analysis) -> float:
    """Returns the share of records whose answer has the expected text."""
    answers = analysis.table("records", ["answer", "columns"])
    found = [
        json.loads(columns)["expected"].lower() in answer.lower()
        for columns, answer in zip(answers["columns"], answers["answer"], strict=True)
    ]
    return sum(found) / len(found)


def main() -> None:
    """Prints the tables of both templates and their difference; writes the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--sentences", type=int, default=10)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    runs: dict[str, Any] = {name: run(name, options) for name in TEMPLATES}
    for name, analysis in runs.items():
        print(f"\ninstruction {name}: {right(analysis):.1%} of the answers have the expected text")
        print(analysis.labels()[_COLUMNS].to_string(index=False))
    for method in ("linearized", "grad_l2"):
        sides = [analysis.where(method=method) for analysis in runs.values()]
        print(f"\nlast against first, {method}")
        print(sides[1].difference(sides[0])[_DIFFERENCE].to_string(index=False))
    runs["last"].to_html(options.out / "report.html", versus=runs["first"])


if __name__ == "__main__":
    main()
