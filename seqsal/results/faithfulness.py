"""How far a map agrees with what removing the segments of a text does."""

import dataclasses
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
_RANDOM_DRAWS: Final = 5


@dataclasses.dataclass(frozen=True)
class Measure:
    """Measures removals with a model.

    Attributes:
        effects: maps removals, each some ranges of tokens, to what the selection loses without
            them, in nats.
        end: segments that end after this token cannot be removed: in a contrast those where the
            two texts begin to differ.
    """

    effects: Callable[[Removals], list[float]]
    end: int


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
        top: how many of the strongest segments are removed together, at most half of them.
        seed: the seed of the random segments.

    Raises:
        ValueError: `top` is not positive, no segment has a score, or no effect is known and
            nothing measures them.
    """
    import pandas as pd

    if top < 1:
        raise ValueError(f"`top` must be a positive number of segments; got {top}.")
    segments = [
        segment
        for segment in text.segments(granularity, method=method)
        if not np.isnan(segment.score)
        and segment.text.strip()
        and (measure is None or segment.tokens[1] <= measure.end)
    ]
    if not segments:
        raise ValueError(
            "There is no segment before the selection to check. Choose smaller segments, such as"
            " granularity='words'."
        )
    singles: Removals = [(segment.tokens,) for segment in segments]
    groups = _groups(segments, top, seed)
    effects = _known_effects(text, singles)
    together: list[float] = []
    if measure is not None:
        missing = [i for i, effect in enumerate(effects) if np.isnan(effect)]
        measured = measure.effects([*(singles[i] for i in missing), *groups])
        for i, effect in zip(missing, measured, strict=False):
            effects[i] = effect
        together = measured[len(missing) :]
    if np.isnan(effects).all():
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
    effect_rank = table["effect"].rank(ascending=False, method="min")
    known = table[table["effect"].notna()]
    table["effect_rank"] = effect_rank.astype(int) if len(known) == len(table) else effect_rank
    table.attrs |= {
        "method": text.check_method(method),
        "rank_correlation": rank_correlation(known["score"].tolist(), known["effect"].tolist()),
    }
    if together:
        of_top, of_all_others, *of_random = together
        table.attrs |= {
            "effect_of_top": of_top,
            "effect_of_all_others": of_all_others,
            "effect_of_random": float(np.mean(of_random)),
        }
    return table


def _groups(segments: Sequence[ScoredSegment], top: int, seed: int) -> Removals:
    """Returns what is removed together: the strongest segments, all others, and random others.

    None for a single segment: to remove half of the segments at most leaves the model something
    to continue.
    """
    count = min(top, len(segments) // 2)
    if not count:
        return []
    order = sorted(range(len(segments)), key=lambda i: -segments[i].score)
    strongest, rest = order[:count], order[count:]
    draws = [
        random.Random(seed + draw).sample(sorted(rest), count) for draw in range(_RANDOM_DRAWS)
    ]
    return [tuple(segments[i].tokens for i in sorted(group)) for group in (strongest, rest, *draws)]


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


def _known_effects(text: ScoredText, singles: Removals) -> list[float]:
    """Returns the effects that a check of the page has measured; NaN for the others."""
    checks: tuple[Check, ...] = text.salience[0].checks if text.salience else ()
    known = {
        segment: float(effect)
        for check in checks
        for segment, effect in zip(check.segments, check.effects, strict=True)
        if effect is not None
    }
    return [known.get(span, float("nan")) for (span,) in singles]
