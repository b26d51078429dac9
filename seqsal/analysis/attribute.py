"""The rows of one record."""

import dataclasses
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from seqsal.analysis.labels.lines import line_labels
from seqsal.analysis.labels.rule import LabelledSpan, Labels, PromptText
from seqsal.analysis.records import InputRecord
from seqsal.analysis.settings import LABELS, Settings
from seqsal.analysis.tables import Rows
from seqsal.analysis.token_maps import token_row
from seqsal.attribution.explainer import Explainer
from seqsal.attribution.selection import TokenSelection
from seqsal.models.causal_lm import Encoding
from seqsal.results.scores import segment_scores
from seqsal.results.segmentation import Segment, segment_tokens

ANSWER_LABEL = "answer"
"""The label of what the answer has before the selection."""


class StageError(Exception):
    """A step failed on one record.

    Attributes:
        stage: the name of the step.
        error: what was raised.
    """

    def __init__(self, stage: str, error: Exception) -> None:
        super().__init__(str(error))
        self.stage, self.error = stage, error


def prompt_text(encoding: Encoding, record: InputRecord) -> PromptText:
    """Returns the prompt of a record as the model reads it, for the rules of labels.

    Args:
        encoding: the tokens of the prompt, without an answer.
        record: the record.
    """
    edges = np.cumsum(
        [0, *(0 if s else len(p) for p, s in zip(encoding.pieces, encoding.special, strict=True))]
    )
    parts = tuple(
        (span.role, int(edges[span.start]), int(edges[span.stop])) for span in encoding.messages
    )
    return PromptText(encoding.text, parts, record.columns)


@dataclasses.dataclass(frozen=True)
class Selected:
    """A record with its answer, and the part of it that is explained.

    Attributes:
        record: the record.
        labels: the labels of its prompt.
        answer: the text after the prompt.
        generated: whether the model wrote it.
        characters: the selected characters of the answer.
        encoding: the tokens of prompt and answer.
        before: the number of characters before the answer.
        selection: the selected tokens.
        segments: the segments before the selection.
    """

    record: InputRecord
    labels: Labels
    answer: str
    generated: bool
    characters: tuple[int, int]
    encoding: Encoding
    before: int
    selection: TokenSelection
    segments: Sequence[Segment]


def select(
    explainer: Explainer,
    record: InputRecord,
    labels: Labels,
    settings: Settings,
    *,
    answer: str,
    generated: bool,
) -> Selected:
    """Returns what is explained of a record.

    Args:
        explainer: the model.
        record: the record.
        labels: the labels of its prompt.
        settings: the selection and the segments.
        answer: the text after the prompt.
        generated: whether the model wrote it.

    Raises:
        StageError: the selection does not fit the answer, or the text does not fit the model.
    """
    try:
        start, end = settings.select.characters(answer)
        encoding = explainer.sequence(record.prompt, answer)
        before = len(encoding.text_before(answer))
        selection = TokenSelection.of_characters(encoding, before + start, before + end)
        segments = _segments(encoding, before, selection, labels, answer, settings)
        selection.objective(encoding.ids)  # Raises an error if no token of it is predicted.
    except Exception as error:
        raise StageError("select", error) from error
    return Selected(
        record, labels, answer, generated, (start, end), encoding, before, selection, segments
    )


def attribute(explainer: Explainer, selected: Selected, settings: Settings, *, model: str) -> Rows:
    """Returns the rows of one record, whose scores are those of `seqsal.explain`.

    Args:
        explainer: the model.
        selected: the record, and what is explained of it.
        settings: the methods and removals.
        model: the name of the model.

    Raises:
        StageError: a step failed.
    """
    record, labels, answer = selected.record, selected.labels, selected.answer
    encoding, before, selection = selected.encoding, selected.before, selected.selection
    segments, (start, end) = selected.segments, selected.characters
    stage = "attribute"
    try:
        methods = explainer.find_methods(settings.methods)
        spans = tuple(segment.tokens for segment in segments)
        (scores,) = explainer.scores(encoding, [selection], methods, segments=spans)
        logprobs = explainer.logprobs(encoding, before)
        found = [_label(segment, labels, before, answer, encoding) for segment in segments]
        stage = "removal"
        effects = _effects(explainer, encoding, selection, segments, found, settings.removals)
    except Exception as error:
        raise StageError(stage, error) from error
    finally:
        explainer.forget(encoding)
    key = {"model": model, "dataset": record.dataset, "record": record.number}
    row = {
        **key,
        "line": record.line,
        "source": record.source,
        "prompt": record.prompt,
        "target": record.target,
        "answer": answer,
        "generated": selected.generated,
        "selected": answer[start:end],
        "selected_start": before + start,
        "selected_end": before + end,
        "logprob": _sum(logprobs, selection.positions),
        "tokens": len(encoding),
        "segments": len(segments),
        "unlabelled": sum(each is None for each in found),
        "ambiguous": labels.ambiguous,
        "columns": json.dumps(dict(record.columns), default=str, ensure_ascii=False),
    }
    rows = Rows(records=[row])
    if settings.tokens:
        rows.tokens = [{**key, **token_row(encoding, selection, spans, logprobs, scores)}]
    for method in methods:
        values = segment_scores(scores[method.info.name], segments, selection.ranges)
        described = _segment_rows(segments, found, values.tolist(), logprobs, effects)
        rows.segments += [{**key, "method": method.info.name, **each} for each in described]
    return rows


def shares(scores: Sequence[float]) -> list[float]:
    """Returns the share of each score in the sum of all absolute values; 0 if all are 0.

    >>> shares([3.0, -1.0])
    [0.75, 0.25]
    """
    total = math.fsum(map(abs, scores))
    return [abs(score) / total if total else 0.0 for score in scores]


def ranks(scores: Sequence[float]) -> list[int]:
    """Returns the rank of each score by its absolute value, from 1; equal ones share the first.

    >>> ranks([0.5, -2.0, 0.5])
    [2, 1, 2]
    """
    sizes = sorted((abs(score) for score in scores), reverse=True)
    first = {size: rank for rank, size in reversed([*enumerate(sizes, start=1)])}
    return [first[abs(score)] for score in scores]


def _segments(
    encoding: Encoding,
    before: int,
    selection: TokenSelection,
    labels: Labels,
    answer: str,
    settings: Settings,
) -> list[Segment]:
    """Returns the segments with text that end before the selection."""
    in_answer = [before + edge for each in line_labels(answer) for edge in (each.start, each.end)]
    by_labels = settings.granularity == LABELS
    segments = segment_tokens(
        encoding.pieces,
        encoding.special,
        before,
        "messages" if by_labels else settings.granularity,
        messages=encoding.messages,
        thinking=encoding.thinking,
        cuts=[*labels.borders, *(in_answer if by_labels else ())],
    )
    end = selection.positions[0]
    return [
        segment
        for segment in segments
        if not segment.special and segment.text.strip() and segment.tokens[1] <= end
    ]


def _label(
    segment: Segment, labels: Labels, before: int, answer: str, encoding: Encoding
) -> LabelledSpan | None:
    """Returns the label of the first visible character of a segment."""
    text = segment.text
    place = segment.chars[0] + len(text) - len(text.lstrip())
    if place < before:
        return labels.at(place)
    lines = Labels(tuple(line_labels(answer))).at(place - before)
    label = ANSWER_LABEL if lines is None else f"{ANSWER_LABEL}: {lines.label}"
    return LabelledSpan(*segment.chars, label)


def _effects(
    explainer: Explainer,
    encoding: Encoding,
    selection: TokenSelection,
    segments: Sequence[Segment],
    labels: Sequence[LabelledSpan | None],
    removals: str,
) -> list[dict[str, float | None]]:
    """Returns for each segment the effect of removing it, and that of removing its whole label."""
    members: dict[str, list[tuple[int, int]]] = {}
    for segment, label in zip(segments, labels, strict=True):
        if label is not None:
            members.setdefault(label.label, []).append(segment.tokens)
    wanted: dict[tuple[tuple[int, int], ...], float] = {}
    if removals != "none":
        wanted |= dict.fromkeys(map(tuple, members.values()), math.nan)
    if removals == "segments":
        wanted |= dict.fromkeys(((segment.tokens,) for segment in segments), math.nan)
    measured = explainer.removal_effects(encoding, selection, wanted)
    known = dict(zip(wanted, measured, strict=True))
    return [
        {
            "effect": known.get((segment.tokens,)),
            "label_effect": known.get(tuple(members[label.label])) if label else None,
        }
        for segment, label in zip(segments, labels, strict=True)
    ]


def _segment_rows(
    segments: Sequence[Segment],
    labels: Sequence[LabelledSpan | None],
    scores: Sequence[float],
    logprobs: Sequence[float | None],
    effects: Sequence[Mapping[str, float | None]],
) -> Iterator[dict[str, Any]]:
    lengths = [stop - start for start, stop in (segment.tokens for segment in segments)]
    for number, (segment, label, score, share, rank, effect) in enumerate(
        zip(segments, labels, scores, shares(scores), ranks(scores), effects, strict=True)
    ):
        positions = range(*segment.tokens)
        yield {
            "segment": number,
            "text": segment.text,
            "start": segment.chars[0],
            "end": segment.chars[1],
            "region": segment.region,
            "role": segment.role,
            "label": None if label is None else label.label,
            "kind": "" if label is None else label.kind,
            "tokens": lengths[number],
            "score": score,
            "share": share,
            "even_share": lengths[number] / sum(lengths),
            "rank": rank,
            "logprob": _sum(logprobs, positions) if segment.region == "target" else None,
            **effect,
        }


def _sum(logprobs: Sequence[float | None], positions: Sequence[int]) -> float:
    return math.fsum(value for i in positions if (value := logprobs[i]) is not None)
