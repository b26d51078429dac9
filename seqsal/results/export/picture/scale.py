"""Scores of segments to steps of a colour; as on the page."""

from typing import Final

import numpy as np
from jaxtyping import Float, Int

from seqsal.models.arrays import NumpyArray

SCALINGS: Final = ("value", "rank")
STEPS: Final = 24
"""Steps of colour on each side of zero."""


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
