"""How far a map agrees with what removing the segments of a text does."""

import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from jaxtyping import Float

from seqsal.models.arrays import NumpyArray
from seqsal.results.scored_text import ScoredText
from seqsal.results.scores import Check, ScoredSegment
from seqsal.results.segmentation import Span

if TYPE_CHECKING:
    import pandas as pd

Removals = Sequence[tuple[Span, ...]]
Measure = Callable[[Removals], list[float]]
"""Maps removals, each some ranges of tokens, to what the selection loses without them, in nats."""

_RANDOM_DRAWS: Final = 5


def faithfulness(
    text: ScoredText,
    measure: Measure | None,
    *,
    granularity: str,
    method: str | None,
    top: int,
    seed: int,
) -> "pd.DataFrame":
    """Returns a row for each segment with its score and its effect; see `Result.faithfulness`.

    Args:
        text: the scored text.
        measure: runs the model; None to use only what the text holds.
        granularity: as in `Result.segments`.
        method: as in `Result.segments`.
        top: how many of the strongest segments are removed together.
        seed: the seed of the random segments.

    Raises:
        ValueError: no segment has a score, or effects are missing and nothing measures them.
    """
    import pandas as pd

    segments = [
        segment
        for segment in text.segments(granularity, method=method)
        if not np.isnan(segment.score) and segment.text.strip()
    ]
    if not segments:
        raise ValueError(
            "There is no segment before the selection to check. Choose smaller segments, such as"
            " granularity='words'."
        )
    singles: Removals = [(segment.tokens,) for segment in segments]
    strongest = sorted(range(len(segments)), key=lambda i: -segments[i].score)[:top]
    rest = [i for i in range(len(segments)) if i not in strongest]
    draws = [
        sorted(random.Random(seed + draw).sample(rest, min(top, len(rest))))
        for draw in range(_RANDOM_DRAWS if rest else 0)
    ]
    groups = [_together(segments, group) for group in (strongest, rest, *draws) if group]
    effects = _known_effects(text, singles)
    together: list[float] = []
    if measure is not None:
        wanted = singles if effects is None else []
        measured = measure([*wanted, *groups])
        effects = measured[: len(wanted)] if effects is None else effects
        together = measured[len(wanted) :]
    if effects is None:
        raise ValueError(
            "This result holds no removals of these segments, and its model is not loaded. Call"
            " seqsal.explain again, or choose the granularity that was checked."
        )
    table = pd.DataFrame(
        {
            "text": [segment.text for segment in segments],
            "start": [segment.chars[0] for segment in segments],
            "end": [segment.chars[1] for segment in segments],
            "score": [segment.score for segment in segments],
            "effect": effects,
        }
    )
    table["rank"] = table["score"].rank(ascending=False, method="min").astype(int)
    table["effect_rank"] = table["effect"].rank(ascending=False, method="min").astype(int)
    table.attrs |= {
        "method": text.check_method(method),
        "rank_correlation": rank_correlation(table["score"].tolist(), table["effect"].tolist()),
    }
    if together:
        table.attrs["effect_of_top"] = together.pop(0)
        table.attrs["effect_of_all_others"] = together.pop(0) if rest else float("nan")
        table.attrs["effect_of_random"] = float(np.mean(together)) if together else float("nan")
    return table


def rank_correlation(one: Sequence[float], other: Sequence[float]) -> float:
    """Returns Spearman's rank correlation; equal values share their mean rank.

    >>> rank_correlation([1.0, 2.0, 3.0], [10.0, 30.0, 20.0])
    0.5

    It is NaN for fewer than two values, or where all are equal.
    """
    ranks, other_ranks = _ranks(one), _ranks(other)
    if len(one) < 2 or np.ptp(ranks) == 0 or np.ptp(other_ranks) == 0:
        return float("nan")
    return round(float(np.corrcoef(ranks, other_ranks)[0, 1]), 12)


def _ranks(values: Sequence[float]) -> Float[NumpyArray, " n"]:
    """Returns the rank of each value, from 0; equal values have the mean of their ranks."""
    _, index, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: NumpyArray = (ends - (counts + 1) / 2)[index]
    return ranks


def _together(segments: Sequence[ScoredSegment], members: Sequence[int]) -> tuple[Span, ...]:
    return tuple(segments[i].tokens for i in sorted(members))


def _known_effects(text: ScoredText, singles: Removals) -> list[float] | None:
    """Returns the effects that a check of the page or of an earlier call has measured."""
    checks: tuple[Check, ...] = text.salience[0].checks if text.salience else ()
    for check in checks:
        known = dict(zip(check.segments, check.effects, strict=True))
        found = [known.get(span) for (span,) in singles]
        effects = [effect for effect in found if effect is not None]
        if len(effects) == len(found):
            return effects
    return None
