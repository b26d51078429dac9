"""Scores of tokens, and of the segments that they make up; as on the page."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from jaxtyping import Float, Float32

from seqsal.models.arrays import NumpyArray
from seqsal.results.segmentation import Segment, Span

Scores = Mapping[str, Float32[NumpyArray, " tokens"]]
"""By method, one score for each token of a sequence."""

AGGREGATIONS: Final = ("sum", "mean", "max")
"""How the scores of a segment's tokens become one; max is the one farthest from zero."""


@dataclasses.dataclass(frozen=True, eq=False)
class Salience:
    """The scores of one selection.

    Attributes:
        selection: the tokens that are explained: ranges (start, end) in order, with gaps between.
        scores: by method, one score for each token of the sequence.
    """

    selection: tuple[Span, ...]
    scores: Scores


@dataclasses.dataclass(frozen=True)
class ScoredSegment:
    """A run of tokens with one score.

    Attributes:
        text: what the tokens stand for.
        score: NaN for what is outside of the scale: what is explained itself, and what follows.
        region: prompt or target.
        chars: the first character of prompt + target and the one after the last.
        tokens: the first token of the sequence and the one after the last.
        selected: whether it is explained, wholly or in part.
    """

    text: str
    score: float
    region: str
    chars: Span
    tokens: Span
    selected: bool


def score_segments(
    scores: Float[NumpyArray, " tokens"],
    segments: Sequence[Segment],
    selection: Sequence[Span],
    aggregation: str = "sum",
) -> list[ScoredSegment]:
    """Returns segments with their scores; the arguments are those of `segment_scores`.

    Raises:
        ValueError: there is no such aggregation.
    """
    values = segment_scores(scores, segments, selection, aggregation)
    return [
        ScoredSegment(
            segment.text,
            value,
            segment.region,
            segment.chars,
            segment.tokens,
            selected=_overlaps(segment.tokens, selection),
        )
        for segment, value in zip(segments, values.tolist(), strict=True)
    ]


def segment_scores(
    scores: Float[NumpyArray, " tokens"],
    segments: Sequence[Segment],
    selection: Sequence[Span],
    aggregation: str = "sum",
) -> Float[NumpyArray, " segments"]:
    """Returns one score for each segment, NaN for those outside of the scale.

    Outside are special tokens, which soak up mass without being text; what is explained itself,
    wholly or in part; and what comes after it, which a causal model can not have leaned on.

    Args:
        scores: of each token.
        segments: runs of tokens.
        selection: the ranges of tokens that are explained, in order.
        aggregation: sum, mean or max.

    Raises:
        ValueError: there is no such aggregation.
    """
    check_aggregation(aggregation)
    end = selection[-1][1] if selection else 0
    values = np.full(len(segments), math.nan)
    for i, segment in enumerate(segments):
        start, stop = segment.tokens
        if not (segment.special or _overlaps(segment.tokens, selection) or stop > end):
            values[i] = _combined(np.asarray(scores[start:stop], float), aggregation)
    return values


def check_aggregation(name: str) -> str:
    """Returns the name of an aggregation.

    Raises:
        ValueError: there is no such aggregation.
    """
    if name not in AGGREGATIONS:
        raise ValueError(f"aggregation must be one of {', '.join(AGGREGATIONS)}; got {name!r}.")
    return name


def _combined(scores: Float[NumpyArray, " tokens"], aggregation: str) -> float:
    if aggregation == "max":
        return float(scores[np.abs(scores).argmax()])
    return float(scores.sum() if aggregation == "sum" else scores.mean())


def _overlaps(tokens: Span, selection: Sequence[Span]) -> bool:
    start, stop = tokens
    return any(a < stop and start < b for a, b in selection)
