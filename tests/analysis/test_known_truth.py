"""Records whose deciding part is known from how they are generated, on the model that ships."""

import dataclasses
import pathlib
import random
from collections.abc import Mapping
from typing import Any

import pytest

import seqsal
from seqsal.analysis.labels.lines import line_labels
from seqsal.analysis.labels.rule import LabelledSpan, Labels, PromptText
from training import evaluate

COUNT = 16
DECIDES = "decides"


def _record(number: int) -> dict[str, Any]:
    """Returns a prompt of which one example is a conflict, as the open one is."""
    record = evaluate.one_example(f"analysis {number}", "")
    line = f"Recommendation: {record.notes['phrase']}"
    return {"prompt": record.prompt_text, "target": record.answer_text, DECIDES: line}


@dataclasses.dataclass(frozen=True)
class ByExample:
    """Labels the line that decides, and all other lines by the text before their colon."""

    @property
    def settings(self) -> Mapping[str, str]:
        return {"kind": "example"}

    def find(self, prompt: PromptText) -> Labels:
        spans = []
        for span in line_labels(prompt.text):
            text = prompt.text[span.start : span.end].strip()
            decides = text == prompt.columns[DECIDES]
            spans.append(dataclasses.replace(span, label=DECIDES) if decides else span)
        return Labels(tuple(spans))


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


def _analyze(out: pathlib.Path, **settings: Any) -> seqsal.Analysis:
    data = {"guests": [_record(i) for i in range(COUNT)]}
    return seqsal.analyze(
        "embedded:small", data, out, methods=["linearized"], progress=False, **settings
    )


def test_the_example_that_decides_is_first_with_an_interval_that_excludes_the_second(
    folder: pathlib.Path,
) -> None:
    analysis = _analyze(
        folder / "deciding", labels=ByExample(), select="Recommendation: (.*)", removals="labels"
    )
    table = analysis.labels().set_index("label")
    assert table.index[0] == DECIDES
    assert table["share_low"].iloc[0] > table["share_high"].iloc[1]
    assert table["excess_low"].iloc[0] > 0.1
    by_effect = table.sort_values("effect", ascending=False)
    assert by_effect.index[0] == DECIDES
    assert by_effect["effect_low"].iloc[0] > by_effect["effect_high"].iloc[1]
    assert DECIDES not in analysis.unused_labels()["label"].tolist()


def test_a_label_that_is_noise_has_an_interval_that_holds_the_even_share(
    folder: pathlib.Path,
) -> None:
    row = _analyze(folder / "noise", labels=Noise()).labels().set_index("label").loc["noise"]
    assert row["excess_low"] <= 0 <= row["excess_high"]
    assert row["share_low"] <= row["even_share"] <= row["share_high"]
