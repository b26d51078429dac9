"""Measures of how faithful the scores of some segments are. Arrays in, numbers out.

A segment's score is positive where it supports the answer. The sets of segments that a measure
keeps come from `variants`; their log-probabilities are measured by the caller.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import scipy.stats

from seqsal.models.arrays import NumpyArray

Kept = tuple[int, ...]
"""The indices of the segments that stay, ascending."""

SHARES: Final = (0.1, 0.2, 0.5)
"""The shares of segments that comprehensiveness takes out and sufficiency keeps."""
_RESAMPLES: Final = 2000


def cause_rank(scores: NumpyArray, cause: int) -> float:
    """Returns the rank of the segment that decides, 1 for the strongest; ties share their mean.

    >>> cause_rank(np.array([0.1, 0.9, 0.5]), 2), cause_rank(np.zeros(3), 0)
    (2.0, 2.0)
    """
    return float(scipy.stats.rankdata(-np.asarray(scores))[cause])


def mass_ratio(scores: NumpyArray, cause: int) -> float:
    """Returns the cause's share of all positive scores, as a multiple of an even share.

    >>> mass_ratio(np.array([3.0, 1.0, -5.0, 0.0]), 0)
    3.0
    """
    positive = np.maximum(scores, 0)
    total = float(positive.sum())
    return float(positive[cause]) * len(positive) / total if total else 0.0


def strongest(scores: NumpyArray, count: int) -> list[int]:
    """Returns the indices of the strongest segments, the first of equal ones first.

    >>> strongest(np.array([0.1, 0.9, 0.9]), 2)
    [1, 2]
    """
    return [int(i) for i in np.argsort(-np.asarray(scores), kind="stable")[:count]]


def masks(segments: int, count: int, seed: int | Sequence[int]) -> NumpyArray:
    """Returns random masks [count, segments]: each segment stays with a probability of a half."""
    return np.random.default_rng(seed).random((count, segments)) < 0.5


def kept_by(mask: NumpyArray) -> Kept:
    """Returns the segments where a mask is true.

    >>> kept_by(np.array([True, False, True]))
    (0, 2)
    """
    return tuple(int(i) for i in np.flatnonzero(mask))


def logits(logprobs: NumpyArray) -> NumpyArray:
    """Returns log(p / (1 - p)) of log-probabilities, in which effects are nearly additive.

    >>> logits(np.log([0.5, 0.9])).round(3).tolist()
    [0.0, 2.197]
    """
    below_one = np.minimum(np.asarray(logprobs, np.float64), -1e-7)
    values: NumpyArray = below_one - np.log(-np.expm1(below_one))
    return values


def lds(scores: NumpyArray, drawn: NumpyArray, logprobs: NumpyArray) -> float:
    """Returns the linear datamodeling score (Cohen-Wang et al. 2024, arXiv 2409.00729).

    It is the Spearman correlation, over random masks, between the sum of the scores of the
    segments that stay and the logit of the answer's probability. 0 where either is constant.

    >>> drawn = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], bool)
    >>> round(lds(np.array([2.0, 1.0]), drawn, np.log([0.1, 0.2, 0.3, 0.4])), 6)
    1.0

    Args:
        scores: of the segments.
        drawn: the masks [masks, segments].
        logprobs: the log-probability of the answer under each.
    """
    predicted, observed = drawn @ np.asarray(scores, np.float64), logits(logprobs)
    return rank_correlation(predicted, observed)


def rank_correlation(first: NumpyArray, second: NumpyArray) -> float:
    """Returns the Spearman correlation, or 0 where either is constant."""
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(scipy.stats.spearmanr(first, second).statistic)


def removal_variants(scores: NumpyArray) -> dict[str, Kept]:
    """Returns what stays without the strongest 1 and 3, and what the strongest 3 alone are.

    >>> removal_variants(np.array([0.0, 3.0, 1.0, 2.0]))
    {'drop_1': (0, 2, 3), 'drop_3': (0,), 'hold_3': (1, 2, 3)}
    """
    return {
        "drop_1": _without(scores, 1),
        "drop_3": _without(scores, 3),
        "hold_3": tuple(sorted(strongest(scores, 3))),
    }


def share_variants(scores: NumpyArray) -> dict[str, Kept]:
    """Returns what stays without, and what stays of, the strongest segments of each share.

    >>> list(share_variants(np.array([0.0, 3.0, 1.0, 2.0])).items())[:2]
    [('without_0.1', (0, 2, 3)), ('only_0.1', (1,))]
    """
    found = {}
    for share in SHARES:
        count = max(1, round(share * len(scores)))
        found[f"without_{share}"] = _without(scores, count)
        found[f"only_{share}"] = tuple(sorted(strongest(scores, count)))
    return found


def _without(scores: NumpyArray, count: int) -> Kept:
    gone = set(strongest(scores, count))
    return tuple(i for i in range(len(scores)) if i not in gone)


def removal_measures(logprob: float, kept: Mapping[str, float]) -> dict[str, float]:
    """Returns the measures of `removal_variants` in nats (SelfCite, arXiv 2502.09604).

    Args:
        logprob: of the answer after the whole prompt.
        kept: of the answer with what each variant keeps.

    Returns:
        drop_1 and drop_3: what the answer loses without the strongest, higher is better. hold_3:
        what it loses if only the strongest 3 stay, near 0 is better.
    """
    return {name: logprob - value for name, value in kept.items()}


def share_measures(logprob: float, kept: Mapping[str, float], tokens: int) -> dict[str, float]:
    """Returns comprehensiveness and sufficiency (DeYoung et al. 2020, arXiv 1911.03429).

    Each is the mean over `SHARES` of p(answer | all) - p(answer | what stays), where p is the
    geometric mean over the tokens of the answer. A faithful map has a high comprehensiveness and a
    low sufficiency.

    Args:
        logprob: of the answer after the whole prompt.
        kept: of the answer with what each of `share_variants` keeps.
        tokens: of the answer.
    """

    def probability(value: float) -> float:
        return float(np.exp(value / tokens))

    gap = {name: probability(logprob) - probability(value) for name, value in kept.items()}
    return {
        "comprehensiveness": float(np.mean([gap[f"without_{share}"] for share in SHARES])),
        "sufficiency": float(np.mean([gap[f"only_{share}"] for share in SHARES])),
    }


def interval(values: Sequence[float], seed: int = 0) -> tuple[float, float]:
    """Returns the 95 % bootstrap confidence interval of a mean (percentiles of resamples)."""
    sample = np.asarray(values, np.float64)
    if len(sample) < 2 or np.ptp(sample) == 0:
        return float(sample.mean()), float(sample.mean())
    found = scipy.stats.bootstrap(
        (sample,),
        np.mean,
        n_resamples=_RESAMPLES,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return float(found.low), float(found.high)
