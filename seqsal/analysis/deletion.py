"""Answers to prompts without some labelled parts."""

import dataclasses
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from seqsal.analysis.attribute import prompt_text
from seqsal.analysis.labels.rule import LabelRule, Labels
from seqsal.analysis.record_bar import record_bar
from seqsal.analysis.records import InputRecord
from seqsal.analysis.selection_rules import SelectionRule
from seqsal.attribution.explainer import Explainer
from seqsal.models.causal_lm import Encoding
from seqsal.results.segmentation import segment_tokens

if TYPE_CHECKING:
    import pandas as pd


@dataclasses.dataclass(frozen=True)
class Answered:
    """The answers to a prompt with and without some parts.

    Attributes:
        record: the number of the record.
        before: the answer to the whole prompt.
        after: the answer without the parts; None if the prompt has none of them.
        error: why there is no answer; empty if there is one.
    """

    record: int
    before: str
    after: str | None
    error: str = ""

    @property
    def changed(self) -> bool | None:
        """Whether the answers differ, apart from white space around them."""
        return None if self.after is None else self.after.strip() != self.before.strip()

    def selection_changed(self, select: SelectionRule) -> bool | None:
        """Whether the selected parts differ likewise; an answer may have none."""
        if self.after is None:
            return None
        parts = [_selected(select, answer) for answer in (self.before, self.after)]
        return parts[0] != parts[1]


def verify(
    explainer: Explainer,
    records: "pd.DataFrame",
    rule: LabelRule,
    labels: Collection[str],
    *,
    select: SelectionRule,
    batch_size: int,
    progress: bool | None,
) -> "pd.DataFrame":
    """Returns the answers to prompts without the parts that have one of some labels.

    Their tokens are removed and the gap is closed, as when an effect is measured. An answer that
    the model did not write is replaced by its answer to the whole prompt.

    Args:
        explainer: the model.
        records: the table of records.
        rule: finds the labels.
        labels: the labels of the parts to remove.
        select: the part of an answer that was explained.
        batch_size: how many answers are generated at a time.
        progress: as in `seqsal.analyze`.

    Raises:
        ValueError: no label is given, or none of them is in a prompt.
    """
    import pandas as pd

    if not labels or isinstance(labels, str):
        raise ValueError(f"labels must be a list of at least one label; got {labels!r}.")
    rows = [
        {**row, "columns": json.loads(row["columns"])} for row in records.to_dict(orient="records")
    ]
    rows.sort(key=lambda row: (row["tokens"], row["record"]))
    answered: list[Answered] = []
    with record_bar(len(rows), progress, "Answering") as bar:
        for start in range(0, len(rows), batch_size):
            batch = rows[start : start + batch_size]
            answered += _batch(explainer, batch, rule, labels)
            bar.update(len(batch))
    if all(each.after is None and not each.error for each in answered):
        raise ValueError(
            f"None of the labels {', '.join(labels)} is in a prompt. Choose some of"
            " Analysis.labels(), as they are written there."
        )
    answered.sort(key=lambda each: each.record)
    table = pd.DataFrame(
        {
            "record": [each.record for each in answered],
            "changed": pd.Series([each.changed for each in answered], dtype=object),
            "selection_changed": pd.Series(
                [each.selection_changed(select) for each in answered], dtype=object
            ),
            "before": [each.before for each in answered],
            "after": pd.Series([each.after for each in answered], dtype=object),
            "error": [each.error for each in answered],
        }
    )
    table.insert(1, "line", records.sort_values("record")["line"].to_numpy())
    return table


def _selected(select: SelectionRule, answer: str) -> str | None:
    try:
        start, end = select.characters(answer)
    except ValueError:
        return None
    return answer[start:end].strip()


def _batch(
    explainer: Explainer,
    batch: Collection[Mapping[str, Any]],
    rule: LabelRule,
    labels: Collection[str],
) -> Iterator[Answered]:
    having = []
    for row in batch:
        encoding = explainer.sequence(row["prompt"])
        ranges = _ranges(encoding, _labels(encoding, rule, row), labels)
        if ranges:
            having.append((row, encoding, ranges))
        else:
            yield Answered(row["record"], row["answer"], None)
    if not having:
        return
    try:
        yield from _answered(explainer, having)
    except Exception:
        # One of them fails: which one is known when each is answered alone.
        for each in having:
            try:
                yield from _answered(explainer, [each])
            except Exception as error:
                yield Answered(each[0]["record"], each[0]["answer"], None, str(error))


def _answered(
    explainer: Explainer,
    having: Sequence[tuple[Mapping[str, Any], Encoding, tuple[tuple[int, int], ...]]],
) -> list[Answered]:
    """Returns the answers to prompts with and without some tokens."""
    written = [row["prompt"] for row, *_ in having if not row["generated"]]
    own = dict(zip(written, explainer.answers_to(written), strict=True))
    answers = explainer.answers_without([each[1] for each in having], [each[2] for each in having])
    return [
        Answered(
            row["record"],
            own[row["prompt"]][0].text if row["prompt"] in own else row["answer"],
            answer.text,
        )
        for (row, *_), answer in zip(having, answers, strict=True)
    ]


def _labels(encoding: Encoding, rule: LabelRule, row: Mapping[str, Any]) -> Labels:
    record = InputRecord(
        row["dataset"], row["record"], row["line"], prompt=row["prompt"], columns=row["columns"]
    )
    return rule.find(prompt_text(encoding, record))


def _ranges(
    encoding: Encoding, found: Labels, labels: Collection[str]
) -> tuple[tuple[int, int], ...]:
    """Returns the tokens of the labelled parts of a prompt."""
    segments = segment_tokens(
        encoding.pieces,
        encoding.special,
        len(encoding.text),
        "messages",
        messages=encoding.messages,
        cuts=found.borders,
    )
    ranges = []
    for segment in segments:
        text = segment.text
        place = segment.chars[0] + len(text) - len(text.lstrip())
        span = None if segment.special or not text.strip() else found.at(place)
        if span is not None and span.label in labels:
            ranges.append(segment.tokens)
    return tuple(ranges)
