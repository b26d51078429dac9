"""Segments of a result with their colours, for pictures and static HTML."""

import dataclasses
import math

import numpy as np

from seqsal.results.colour import colour_of, colour_steps
from seqsal.results.scored_text import ScoredText
from seqsal.results.scores import ScoredSegment


@dataclasses.dataclass(frozen=True)
class HeatmapStyle:
    """How segments are cut, scored and coloured.

    Attributes:
        granularity: as in `ScoredText.segments`.
        method: as in `ScoredText.segments`.
        aggregation: as in `ScoredText.segments`.
        match: as in `ScoredText.segments`.
        scaling: value or rank.
        intensity: as in `colour.colour_steps`.
    """

    granularity: str = "sentences"
    method: str | None = None
    aggregation: str = "sum"
    match: str = "ends"
    scaling: str = "value"
    intensity: float | int = 1


@dataclasses.dataclass(frozen=True)
class ColouredSegment:
    """A segment with its colours.

    Attributes:
        segment: the segment.
        background: its background as #rrggbb, or "" for none.
        ink: its text colour.
    """

    segment: ScoredSegment
    background: str
    ink: str


def coloured_segments(result: ScoredText, style: HeatmapStyle) -> list[ColouredSegment]:
    """Returns the segments of a result with their colours.

    Raises:
        ValueError: as in `ScoredText.segments`, or the scaling is unknown.
    """
    method = result.check_method(style.method)
    segments = result.segments(
        style.granularity, method=method, aggregation=style.aggregation, match=style.match
    )
    values = np.array([segment.score for segment in segments], float)
    steps = colour_steps(values, scaling=style.scaling, intensity=style.intensity)
    signed = result.is_signed(method)
    return [
        ColouredSegment(segment, *(colour_of(step, signed=signed) or ("", "#000000")))
        for segment, step in zip(segments, steps.tolist(), strict=True)
    ]


def score_text(segment: ScoredSegment) -> str:
    """Returns the score of a segment as text, or the reason why it has none."""
    if math.isnan(segment.score):
        return "explained" if segment.selected else "after the explained text"
    return f"{segment.score:.3g}"
