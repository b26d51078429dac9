"""Records whose deciding part is known, and the share that `seqsal.analyze` finds for it.

    python -m benchmarks.known_truth --count 100

The records are made by the generators of the embedded models' training text. The table has the mean
share of the part that decides, with its interval, and that of the label with the largest share
among the others.
"""

import argparse
import dataclasses
import itertools
import pathlib
import random
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import seqsal
from benchmarks import measure
from seqsal.analysis.aggregates import UNLABELLED
from seqsal.analysis.labels.lines import line_labels
from seqsal.analysis.labels.rule import LabelledSpan, LabelRule, Labels, PromptText
from training import evaluate
from training.corpus import arithmetic, phrases

DECIDES: Final = "decides"
"""The label of what decides, and the column that says what it is."""
DEMANDED: Final = [
    *("Not suitable", "Suitable", "Yes.", "No."),
    phrases.WISH[1:],
    phrases.OFFER[1:],
]
"""The words that principles demand; no example has them."""


def examples() -> Iterator[dict[str, Any]]:
    """Yields prompts of which one example is a conflict, as the open one is."""
    for number in itertools.count():
        record = evaluate.one_example(f"analysis {number}", "")
        line = f"Recommendation: {record.notes['phrase']}"
        yield {"prompt": record.prompt_text, "target": record.answer_text, DECIDES: line}


def principles() -> Iterator[dict[str, Any]]:
    """Yields prompts with a principle for the recommendation that no example follows."""
    for number in itertools.count():
        record = evaluate.with_principle(f"analysis {number}")
        bullets = phrases.VERDICTS.get(record.notes["verdict"] if record else "", ())
        if record is not None and bullets:
            line = next(f"* {x}" for x in bullets if f"* {x}\n" in record.prompt_text)
            yield {"prompt": record.prompt_text, "target": record.answer_text, DECIDES: line}


def sums() -> Iterator[dict[str, Any]]:
    """Yields word problems whose last calculation is open, with its two operands."""
    rng = random.Random("analysis")
    while True:
        record = arithmetic.record(rng)
        one, _, two = record.notes["operands"].split()
        yield {"prompt": record.prompt_text, "target": record.answer_text, DECIDES: [one, two]}


@dataclasses.dataclass(frozen=True)
class ByLine:
    """Labels the line that decides, other principles, and all other lines by their colon."""

    @property
    def settings(self) -> Mapping[str, str]:
        """What identifies the rule."""
        return {"kind": "line"}

    def find(self, prompt: PromptText) -> Labels:
        """Returns the labelled lines of a prompt."""
        by_colon = {span.start: span.label for span in line_labels(prompt.text)}
        spans = []
        for line in re.finditer(r".+", prompt.text):
            label = by_colon.get(line.start())
            if line[0] == prompt.columns[DECIDES]:
                label = DECIDES
            elif line[0].startswith("* "):
                label = "other principle"
            if label is not None:
                spans.append(LabelledSpan(*line.span(), label))
        return Labels(tuple(spans))


@dataclasses.dataclass(frozen=True)
class ByNumber:
    """Labels the operands of the last step wherever they are, and all other numbers."""

    @property
    def settings(self) -> Mapping[str, str]:
        """What identifies the rule."""
        return {"kind": "number"}

    def find(self, prompt: PromptText) -> Labels:
        """Returns the labelled numbers of a prompt."""
        spans = []
        operands: Any = prompt.columns[DECIDES]
        for number in re.finditer(r"\d+", prompt.text):
            label = DECIDES if number[0] in operands else "other number"
            spans.append(LabelledSpan(*number.span(), label))
        return Labels(tuple(spans))


@dataclasses.dataclass(frozen=True)
class Task:
    """Records of one kind, and how they are analyzed.

    Attributes:
        records: makes them, without an end.
        labels: finds what decides in a prompt.
        select: the expression of what is explained.
        methods: whose shares are in the table.
    """

    records: Callable[[], Iterator[dict[str, Any]]]
    labels: LabelRule
    select: str
    methods: tuple[str, ...]


_MAPS: Final = ("linearized", "grad_dot_input", "grad_l2")
TASKS: Final = {
    "the one example of the same kind": Task(
        examples, ByLine(), "Recommendation: (.*)", ("ablation", *_MAPS)
    ),
    "the operands of the last step, among the numbers": Task(
        sums, ByNumber(), r"(\d+ [x+-] \$?\d+) =", _MAPS
    ),
    "the principle that no example follows": Task(
        principles, ByLine(), f"({'|'.join(map(re.escape, DEMANDED))})", ("ablation", *_MAPS)
    ),
}


def analyze(
    out: pathlib.Path,
    task: Task,
    count: int,
    *,
    methods: tuple[str, ...] | None = None,
    **settings: Any,
) -> seqsal.Analysis:
    """Runs an analysis of the first records of a task on embedded:small.

    Args:
        out: the folder of the run.
        task: what is analyzed.
        count: of records.
        methods: by default those of the task.
        settings: further arguments of `seqsal.analyze`.
    """
    return seqsal.analyze(
        "embedded:small",
        {"known": [*itertools.islice(task.records(), count)]},
        out,
        methods=methods or task.methods,
        labels=task.labels,
        select=task.select,
        progress=False,
        **settings,
    )


def main() -> None:
    """Prints a table and writes it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100, help="records of each kind")
    count = parser.parse_args().count
    rows = []
    for name, task in TASKS.items():
        with tempfile.TemporaryDirectory() as folder:
            analysis = analyze(pathlib.Path(folder) / "run", task, count, granularity="labels")
            for method in task.methods:
                table = analysis.where(method=method).labels().set_index("label")
                others = table.drop(index=[DECIDES, UNLABELLED], errors="ignore")
                second = others["share"].idxmax()
                rows.append(
                    {
                        "what decides": name,
                        "method": method,
                        "share": _interval(table.loc[DECIDES]),
                        "largest other": f"{_interval(others.loc[second])}, {second}",
                    }
                )
    measure.write("known_truth", rows)
    heads = ["what decides", "method", "its share", "largest other share"]
    print(measure.table(heads, [[*row.values()] for row in rows]))


def _interval(row: Any) -> str:
    low, high = 100 * row["share_low"], 100 * row["share_high"]
    return f"{100 * row['share']:.1f} % ({low:.1f} to {high:.1f})"


if __name__ == "__main__":
    main()
