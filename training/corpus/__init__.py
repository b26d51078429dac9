"""The training text of the embedded models: made up by rules, from a seed, without a network."""

from __future__ import annotations

import random
from collections.abc import Iterator

from training.corpus import arithmetic, drills, headlines, restaurant, uses
from training.corpus.record import Piece, Record

__all__ = ["Piece", "Record", "records"]

# Makers of records, and how many of 120 records are theirs. The restaurant prompts are the hard
# ones, and the ones that the tutorials are about.
_SHARES = {
    restaurant.record: 50,
    arithmetic.record: 13,
    headlines.record: 3,
    uses.record: 7,
    drills.recall: 2,
    drills.verdicts: 7,
    drills.tastings: 14,
    drills.menus: 20,
    drills.sums: 4,
}


def records(seed: int | str) -> Iterator[Record]:
    """Yields records without end; the same seed gives the same ones.

    Args:
        seed: any number or name; training and evaluation take different ones.
    """
    rng = random.Random(seed)
    makers, shares = list(_SHARES), list(_SHARES.values())
    while True:
        yield rng.choices(makers, shares)[0](rng)
