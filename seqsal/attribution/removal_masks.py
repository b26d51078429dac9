"""Which segments stay in each of many removals: drawn alone, or as a balanced set."""

import itertools
from typing import Final

import numpy as np
from jaxtyping import Bool

from seqsal.models.arrays import NumpyArray

MOST_MASKS: Final = 64
"""Masks of many segments, by default."""
_DEFAULTS: Final = ((16, 32), (32, 48))
"""The most segments, and how many balanced masks they get by default."""


def default_count(num_segments: int) -> int:
    """Returns how many balanced masks a linear model of some segments is fitted to, by default."""
    return next((count for most, count in _DEFAULTS if num_segments <= most), MOST_MASKS)


def random_masks(
    num_segments: int, num_masks: int, seed: int, *, may_be_empty: bool = True
) -> Bool[NumpyArray, "masks segments"]:
    """Returns for each mask which segments stay, each with probability 1/2.

    Args:
        num_segments: the number of segments; at least 2 unless a mask may be empty.
        num_masks: the number of masks.
        seed: the seed.
        may_be_empty: whether all segments may go. If not, such a mask is drawn again.
    """
    rng = np.random.default_rng(seed)
    masks: NumpyArray = rng.random((num_masks, num_segments)) < 0.5
    while not may_be_empty and not masks.any(1).all():
        empty = ~masks.any(1)
        masks[empty] = rng.random((int(empty.sum()), num_segments)) < 0.5
    return masks


def balanced_masks(
    num_segments: int, num_masks: int, seed: int, *, may_be_empty: bool = True
) -> Bool[NumpyArray, "masks segments"]:
    """Returns for each mask which segments stay: any three in each combination equally often.

    If the segments have no more masks than that, all of them come back. Otherwise the masks are
    random fractional factorial designs of two levels and resolution IV (Box and Hunter 1961,
    Technometrics 3, 311-351). A linear model that is fitted to one does not take an interaction of
    two segments for the effect of a third. Masks of a design also begin alike: in n segments there
    are at most 4n beginnings. A design of n segments takes 2n masks, or the next power of two. If
    three quarters of that are left over, they are three quarters of a design (John 1962, Biometrics
    18, 172-184), in which each segment still stays in half of the masks, and effects are estimated
    without those interactions, but some pairs of segments stay together more or less often. The
    masks that are left over after that are drawn alone.

    Args:
        num_segments: the number of segments; at least 1.
        num_masks: the largest number of masks; at least 2.
        seed: the seed.
        may_be_empty: whether all segments may go. If not, such a mask is left out.
    """
    if num_segments < num_masks.bit_length():
        masks = np.array(list(itertools.product([False, True], repeat=num_segments)))
    else:
        rng, size = np.random.default_rng(seed), 2 << (num_segments - 1).bit_length()
        count, rest = divmod(num_masks, size)
        parts = [_design(num_segments, size, rng) for _ in range(count)]
        eighth = size // 8
        if eighth and rest >= 6 * eighth:
            # The same part of both halves, each of which is the opposite of the other.
            chosen = np.r_[: 3 * eighth, 4 * eighth : 7 * eighth]
            parts.append(_design(num_segments, size, rng)[chosen])
            rest -= len(chosen)
        parts.append(rng.random((rest, num_segments)) < 0.5)
        masks = np.concatenate(parts)
    return masks if may_be_empty else masks[masks.any(1)]


def _design(
    num_segments: int, num_masks: int, rng: np.random.Generator
) -> Bool[NumpyArray, "masks segments"]:
    """Returns a random design of resolution IV.

    Whether a segment stays is the parity of some bits of the number of the mask: the highest one,
    and those of a number that no other segment has. The sum of two or three such parities is never
    constant. The first segments have small numbers, so what they do follows from few bits.

    Args:
        num_segments: at most half of the masks.
        num_masks: a power of two.
        rng: draws which segment has which number, and which of its two halves it stays in.
    """
    half = num_masks // 2
    numbers = [0]
    while len(numbers) < half:
        # The lower half first: with three quarters of the masks, three quarters of the numbers do.
        known, middle = len(numbers), len(numbers) + len(numbers) // 2
        numbers += rng.permutation(np.arange(known, middle)).tolist()
        numbers += rng.permutation(np.arange(middle, 2 * known)).tolist()
    taken = half + np.array(numbers[:num_segments])
    places = np.arange(num_masks.bit_length() - 1)
    bits_of_masks, bits_of_segments = (
        each[:, None] >> places & 1 for each in (np.arange(num_masks), taken)
    )
    odd = bits_of_masks @ bits_of_segments.T % 2 == 1
    masks: NumpyArray = odd ^ (rng.random(num_segments) < 0.5)
    return masks
