"""Segments of a result with the colours that they are drawn in."""

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np

from seqsal.results.export.picture import scale
from seqsal.results.export.picture.colour import shade
from seqsal.results.export.picture.look import Look
from seqsal.results.scores import ScoredSegment

if TYPE_CHECKING:
    from seqsal.results.result import Result

_SIGNED = "grad_dot_input"
LABELS = {"grad_l2": "Grad L2", _SIGNED: "Grad · Input"}


@dataclasses.dataclass(frozen=True)
class Painted:
    """A segment as it is drawn.

    Attributes:
        segment: the segment.
        background: its colour as #rrggbb, or empty for none.
        ink: the colour of its text.
    """

    segment: ScoredSegment
    background: str
    ink: str


def painted(result: "Result", look: Look) -> list[Painted]:
    """Returns the segments of a result with their colours.

    Raises:
        ValueError: as `Result.segments`, or there is no such scaling.
    """
    method = result.check_method(look.method)
    segments = result.segments(
        look.granularity, method=method, aggregation=look.aggregation, match=look.match
    )
    values = np.array([segment.score for segment in segments], float)
    levels = scale.heat_levels(values, scaling=look.scaling, intensity=look.intensity)
    signed = is_signed(result, method)
    return [
        Painted(segment, *(shade(level, signed=signed) or ("", "#000000")))
        for segment, level in zip(segments, levels.tolist(), strict=True)
    ]


def is_signed(result: "Result", method: str) -> bool:
    """Returns whether scores of a method say for and against: by its name, or any below zero."""
    if method in LABELS:
        return method == _SIGNED
    return bool((result.scores[method] < 0).any())


def described(segment: ScoredSegment) -> str:
    """Returns a segment's score in words, or that it has none."""
    if math.isnan(segment.score):
        return "explained" if segment.selected else "after what is explained"
    return f"{segment.score:.3g}"
