"""Methods that score segments of a text."""

from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32

from seqsal.attribution.method import MethodInfo, Run
from seqsal.models.arrays import NumpyArray
from seqsal.models.objective import Objective

Segments = tuple[tuple[int, int], ...]
"""Ranges [start, end) of tokens, in order and without overlap."""


@runtime_checkable
class SegmentMethod(Protocol):
    """An attribution method that scores segments, such as sentences."""

    @property
    def info(self) -> MethodInfo:
        """The description of the method; its `scores` are "segments"."""

    def attribute_segments(
        self, run: Run, objectives: Sequence[Objective], segments: Segments
    ) -> Iterator[Float32[NumpyArray, " segments"]]:
        """Yields the scores of all segments for each objective, in order.

        The segments end before the last term of each objective, and hold none of its terms.
        """


def check_segments(segments: Segments, objectives: Sequence[Objective], name: str) -> None:
    """Checks the segments that a method is to score.

    Raises:
        ValueError: there is none, they are not in order, or one holds an explained token or ends
            after all of them.
    """
    if not segments:
        raise ValueError(
            f"{name} scores segments of the text before the selection; got none. Select something"
            " that has text before it, or choose smaller segments."
        )
    bounds = [bound for segment in segments for bound in segment]
    if any(start >= end for start, end in segments) or bounds != sorted(bounds) or bounds[0] < 0:
        raise ValueError(
            f"Segments must be ranges [start, end) of tokens in order, without overlap; got"
            f" {segments}."
        )
    for objective in objectives:
        explained = sorted({term.position for term in objective.terms})
        for start, end in segments:
            if taken := [position for position in explained if start <= position < end]:
                raise ValueError(
                    f"Segments must not hold a selected token; the one from {start} to {end} holds"
                    f" token {taken[0]}."
                )
        if bounds[-1] > explained[-1]:
            raise ValueError(
                f"Segments must end before the last selected token, which is token {explained[-1]};"
                f" one ends at {bounds[-1]}."
            )


def spread(
    scores: Float32[NumpyArray, " segments"], segments: Segments, num_tokens: int
) -> Float32[NumpyArray, " tokens"]:
    """Returns one score per token, whose sums over segments are the scores of the segments.

    >>> spread(np.array([3.0, 1.0], np.float32), ((1, 4), (4, 5)), 6).tolist()
    [0.0, 1.0, 1.0, 1.0, 1.0, 0.0]
    """
    tokens = np.zeros(num_tokens, np.float32)
    for score, (start, end) in zip(scores, segments, strict=True):
        tokens[start:end] = score / (end - start)
    return tokens
