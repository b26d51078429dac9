"""The training text of the embedded models: made up by rules, from a seed, without a network."""

from __future__ import annotations

import random
from collections.abc import Iterator

from seqsal.models.embedded.corpus import arithmetic, drills, headlines, restaurant, uses
from seqsal.models.embedded.corpus.record import Piece, Record

__all__ = ["Piece", "Record", "records"]

_KINDS = {
    "restaurant": restaurant.record,
    "arithmetic": arithmetic.record,
    "headline": headlines.record,
    "uses": uses.record,
    "recall": drills.recall,
    "verdicts": drills.verdicts,
    "tastings": drills.tastings,
    "menus": drills.menus,
    "sums": drills.sums,
}
# The restaurant prompts are the hard ones, and the ones that the tutorials are about.
_SHARES = (50, 13, 3, 7, 2, 7, 14, 20, 4)


def records(seed: int | str) -> Iterator[Record]:
    """Yields records without end; the same seed gives the same ones.

    Args:
        seed: any number or name; training and evaluation take different ones.
    """
    rng = random.Random(seed)
    makers = list(_KINDS.values())
    while True:
        yield rng.choices(makers, _SHARES)[0](rng)
