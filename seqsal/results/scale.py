"""Scores of tokens to scores of segments, and those to steps of a colour; as on the page."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from jaxtyping import Float, Int

from seqsal.arrays import NumpyArray
from seqsal.results.segmentation import Segment, Span

AGGREGATIONS: Final = ("sum", "mean", "max")
"""How the scores of a segment's tokens become one; max is the one farthest from zero."""
SCALINGS: Final = ("value", "rank")
STEPS: Final = 24
"""Steps of colour on each side of zero."""


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
        explained = any(a < stop and start < b for a, b in selection)
        if not (segment.special or explained or stop > end):
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


def heat_levels(
    values: Float[NumpyArray, " segments"], *, scaling: str = "value", intensity: float | int = 1
) -> Int[NumpyArray, " segments"]:
    """Returns a step of colour for each value, from -STEPS to STEPS; 0, and of NaN, is unpainted.

    >>> heat_levels(np.array([0, 1, -2, np.nan])).tolist()
    [0, 12, -24, 0]

    Args:
        values: scores of segments.
        scaling: value: by the share of the largest; rank: by the place in the order.
        intensity: 1 paints in proportion; above, weak scores are lifted; below, only the
            strongest stand out.

    Raises:
        ValueError: there is no such scaling.
    """
    if scaling not in SCALINGS:
        raise ValueError(f"scaling must be one of {', '.join(SCALINGS)}; got {scaling!r}.")
    sizes = np.abs(np.nan_to_num(values))
    largest = sizes.max(initial=0)
    shares = sizes / largest if largest else sizes
    if scaling == "rank" and largest:
        distinct = np.unique(shares[shares > 0])
        shares = np.where(shares > 0, (np.searchsorted(distinct, shares) + 1) / len(distinct), 0)
    levels = np.floor(STEPS * shares ** (1 / intensity) + 0.5).astype(int)
    return np.where(np.nan_to_num(values) < 0, -levels, levels)
