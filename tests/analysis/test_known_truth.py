"""Records whose deciding part is known from how they are generated, on the model that ships."""

import dataclasses
import pathlib
import random
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

from benchmarks import known_truth
from benchmarks.known_truth import DECIDES
from seqsal.analysis.aggregates import UNLABELLED
from seqsal.analysis.labels.lines import line_labels
from seqsal.analysis.labels.rule import LabelledSpan, Labels, PromptText

if TYPE_CHECKING:
    import pandas as pd

COUNT = 16
EXAMPLES, OPERANDS, PRINCIPLE = known_truth.TASKS.values()


@dataclasses.dataclass(frozen=True)
class Noise:
    """Labels a line that is drawn, so that it depends on nothing in the prompt."""

    @property
    def settings(self) -> Mapping[str, str]:
        return {"kind": "noise"}

    def find(self, prompt: PromptText) -> Labels:
        drawn = random.Random(prompt.text).choice([*line_labels(prompt.text)])
        return Labels((LabelledSpan(drawn.start, drawn.end, "noise"),))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return tmp_path_factory.mktemp("known")


def _assert_first(table: "pd.DataFrame", value: str) -> None:
    """Checks that what decides has the largest value, and an interval above that of the second."""
    ordered = table[table["label"] != UNLABELLED].sort_values(value, ascending=False)
    assert ordered["label"].iloc[0] == DECIDES
    assert ordered[f"{value}_low"].iloc[0] > ordered[f"{value}_high"].iloc[1]


def test_the_example_that_decides_is_first_with_an_interval_that_excludes_the_second(
    folder: pathlib.Path,
) -> None:
    analysis = known_truth.analyze(
        folder / "example", EXAMPLES, COUNT, methods=("linearized",), removals="labels"
    )
    table = analysis.labels()
    _assert_first(table, "share")
    _assert_first(table, "effect")
    assert table["excess_low"].iloc[0] > 0.1
    assert DECIDES not in analysis.unused_labels()["label"].tolist()


def test_the_principle_that_decides_is_first_with_an_interval_that_excludes_the_second(
    folder: pathlib.Path,
) -> None:
    """By removals. Of the maps `linearized` names it first, too, but not with such an interval.

    The second is the heading before the open example, whose removal costs nearly as much.
    `grad_l2` names the recommendations of the examples first (docs/analysis.md has the figures).
    """
    analysis = known_truth.analyze(
        folder / "principle",
        PRINCIPLE,
        24,
        methods=("ablation", "linearized"),
        granularity="labels",
    )
    _assert_first(analysis.where(method="ablation").labels(), "share")
    mapped = analysis.where(method="linearized").labels()
    assert mapped["label"].iloc[0] == DECIDES
    assert mapped["excess_low"].iloc[0] > 0.1


def test_the_operands_of_the_last_step_are_first_with_an_interval_that_excludes_the_second(
    folder: pathlib.Path,
) -> None:
    """Among the numbers. The text around them has no label: it has the form of the calculation."""
    analysis = known_truth.analyze(
        folder / "operands",
        OPERANDS,
        COUNT,
        methods=("linearized",),
        granularity="labels",
        removals="labels",
    )
    table = analysis.labels()
    _assert_first(table, "share")
    _assert_first(table, "effect")
    assert table["excess_low"].iloc[0] > 0.1
    rest = table.set_index("label")["excess_high"]
    assert rest["other number"] < 0
    assert rest[UNLABELLED] < 0
    assert analysis.unused_labels()["label"].tolist() == ["other number"]


def test_a_label_that_is_noise_has_an_interval_that_holds_the_even_share(
    folder: pathlib.Path,
) -> None:
    drawn = dataclasses.replace(EXAMPLES, labels=Noise(), select="answer")
    analysis = known_truth.analyze(folder / "noise", drawn, COUNT, methods=("linearized",))
    row = analysis.labels().set_index("label").loc["noise"]
    assert row["excess_low"] <= 0 <= row["excess_high"]
    assert row["share_low"] <= row["even_share"] <= row["share_high"]
