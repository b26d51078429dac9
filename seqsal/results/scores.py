"""Scores of tokens and of the segments that they form."""

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
"""How the scores of a segment's tokens are combined; max is the score farthest from zero."""


@dataclasses.dataclass(frozen=True)
class Removal:
    """Parts of a text that were removed together, and the effect on a selection.

    Attributes:
        removed: ranges (start, end) of tokens.
        effect: log p(selection) - log p(selection without them), in nats.
    """

    removed: tuple[Span, ...]
    effect: float


@dataclasses.dataclass(frozen=True)
class Check:
    """What removing the segments of a text, one at a time, does to a selection.

    Attributes:
        segments: ranges (start, end) of tokens, ascending.
        effects: for each segment log p(selection) - log p(selection without it), in nats; None for
            segments that were not removed.
        together: removals of several segments at once.
    """

    segments: tuple[Span, ...]
    effects: tuple[float | None, ...]
    together: tuple[Removal, ...] = ()


@dataclasses.dataclass(frozen=True)
class Contrast:
    """What a selection is explained against.

    Attributes:
        text: the text that could have stood in place of the selection.
        logprobs: the log-probability of the selection and that of `text`.
        token: the id of the token in place of one selected token, as far as it is known; several
            tokens may have the same text.
        shared: how many tokens both texts begin with; None if it is unknown.
    """

    text: str
    logprobs: tuple[float, float]
    token: int | None = None
    shared: int | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class Salience:
    """The scores of one selection.

    Attributes:
        selection: the explained tokens: ranges (start, end), ascending, with gaps between them.
        scores: by method, one score for each token of the sequence.
        segments: by method, the ranges of tokens that were scored, for methods that score segments.
        checks: what was checked by removing segments.
        contrast: the other text, if the scores are of a contrast.
        through_thinking: whether what fell on the thinking before the selection is passed on.
        totals: by method, what the scores of all tokens should add up to, in nats, as far as it is
            known. It has no entry for methods without a total, and is empty for contrasts.
    """

    selection: tuple[Span, ...]
    scores: Scores
    segments: Mapping[str, tuple[Span, ...]] = dataclasses.field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    contrast: Contrast | None = None
    through_thinking: bool = False
    totals: Mapping[str, float] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class ScoredSegment:
    """A run of tokens with one score.

    Attributes:
        text: the text of the tokens.
        score: NaN for the explained text and for everything after it.
        region: prompt or target.
        chars: the range (start, end) of characters of prompt + target.
        tokens: the range (start, end) of tokens of the sequence.
        selected: whether any of its tokens is explained.
        role: the role of its message: system, user, assistant, tool or document; empty outside of
            messages.
        thinking: whether it is thinking of the answer.
    """

    text: str
    score: float
    region: str
    chars: Span
    tokens: Span
    selected: bool
    role: str = ""
    thinking: bool = False


def score_segments(
    scores: Float[NumpyArray, " tokens"],
    segments: Sequence[Segment],
    selection: Sequence[Span],
    aggregation: str = "sum",
) -> list[ScoredSegment]:
    """Returns segments with their scores; the arguments are those of `segment_scores`.

    Raises:
        ValueError: the aggregation is unknown.
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
            role=segment.role,
            thinking=segment.thinking,
        )
        for segment, value in zip(segments, values.tolist(), strict=True)
    ]


def segment_scores(
    scores: Float[NumpyArray, " tokens"],
    segments: Sequence[Segment],
    selection: Sequence[Span],
    aggregation: str = "sum",
) -> Float[NumpyArray, " segments"]:
    """Returns one score for each segment, NaN for segments without a score.

    These segments have no score: special tokens, which attract large scores but are not text;
    segments with an explained token; and segments after the explained text, which a causal model
    cannot depend on.

    Args:
        scores: the scores of the tokens.
        segments: runs of tokens.
        selection: the ranges of explained tokens, ascending.
        aggregation: sum, mean or max.

    Raises:
        ValueError: the aggregation is unknown.
    """
    check_aggregation(aggregation)
    end = selection[-1][1] if selection else 0
    values = np.full(len(segments), math.nan)
    for i, segment in enumerate(segments):
        start, stop = segment.tokens
        if not (segment.special or _overlaps(segment.tokens, selection) or stop > end):
            values[i] = _aggregate(np.asarray(scores[start:stop], float), aggregation)
    return values


def check_aggregation(name: str) -> str:
    """Returns the name of an aggregation.

    Raises:
        ValueError: the aggregation is unknown.
    """
    if name not in AGGREGATIONS:
        raise ValueError(f"aggregation must be one of {', '.join(AGGREGATIONS)}; got {name!r}.")
    return name


def _aggregate(scores: Float[NumpyArray, " tokens"], aggregation: str) -> float:
    if aggregation == "max":
        return float(scores[np.abs(scores).argmax()])
    return float(scores.sum() if aggregation == "sum" else scores.mean())


def _overlaps(tokens: Span, selection: Sequence[Span]) -> bool:
    start, stop = tokens
    return any(a < stop and start < b for a, b in selection)
