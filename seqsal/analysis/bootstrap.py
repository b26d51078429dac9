"""Bootstrap intervals over records (Efron and Tibshirani 1993, chapter 13)."""

import dataclasses
from collections.abc import Callable
from typing import Final

import numpy as np
from jaxtyping import Float

from seqsal.models.arrays import NumpyArray

Statistic = Callable[..., NumpyArray]
"""Reduces arrays along `axis`, as `numpy.mean` does."""

_MAX_DRAWS: Final = 4_000_000
"""Numbers that are drawn at a time, which bounds the memory."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Bootstrap:
    """How intervals are estimated: by the percentiles of a statistic over resampled records.

    Attributes:
        confidence: the probability that an interval should cover.
        resamples: how many samples are drawn.
        seed: equal seeds give equal intervals.

    Raises:
        ValueError: a value is out of range.
    """

    confidence: float = 0.95
    resamples: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.confidence < 1:
            raise ValueError(f"confidence must be between 0 and 1; got {self.confidence!r}.")
        if isinstance(self.resamples, bool) or self.resamples < 1:
            raise ValueError(f"resamples must be at least 1; got {self.resamples!r}.")

    def interval(
        self, values: Float[NumpyArray, " records"], statistic: Statistic = np.mean
    ) -> tuple[float, float]:
        """Returns the interval of a statistic; NaN for fewer than two records.

        >>> Bootstrap().interval(np.full(5, 0.25))
        (0.25, 0.25)
        """
        return self._interval((values,), statistic)

    def interval_of_difference(
        self, one: Float[NumpyArray, " records"], other: Float[NumpyArray, " others"]
    ) -> tuple[float, float]:
        """Returns the interval of mean(one) - mean(other) over independent records."""

        def statistic(one: NumpyArray, other: NumpyArray, axis: int) -> NumpyArray:
            difference: NumpyArray = np.mean(one, axis=axis) - np.mean(other, axis=axis)
            return difference

        return self._interval((one, other), statistic)

    def _interval(
        self, samples: tuple[NumpyArray, ...], statistic: Statistic
    ) -> tuple[float, float]:
        import scipy.stats  # Importing it is slow.

        if min(map(len, samples)) < 2:
            return float("nan"), float("nan")
        found = scipy.stats.bootstrap(
            samples,
            statistic,
            n_resamples=self.resamples,
            batch=max(1, _MAX_DRAWS // max(map(len, samples))),
            vectorized=True,
            confidence_level=self.confidence,
            method="percentile",
            rng=np.random.default_rng(self.seed),
        ).confidence_interval
        return float(found.low), float(found.high)
