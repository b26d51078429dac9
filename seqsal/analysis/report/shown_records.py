"""Which records of a run are in its report, where it does not have room for all."""

from collections.abc import Mapping, Sequence
from typing import Literal

Choice = Literal["all", "spread", "different"]
"""All records, an even spread over the data, or those that differ most from another run."""


def shown_records(
    numbers: Sequence[int], most: int, distances: Mapping[int, float]
) -> tuple[list[int], Choice]:
    """Returns the numbers of the records of a report in ascending order, and how they were chosen.

    Args:
        numbers: those of all records, ascending.
        most: how many are in the report.
        distances: how much records differ from those of another run; those without one are taken
            last. Empty if there is no other run.

    >>> shown_records([0, 1, 2, 4, 5], 2, {})
    ([1, 4], 'spread')
    >>> shown_records([0, 1, 2, 4, 5], 2, {0: 0.1, 4: -0.3, 5: 0.2})
    ([4, 5], 'different')
    """
    if len(numbers) <= most:
        return list(numbers), "all"
    if not distances:
        return _spread(numbers, most), "spread"
    known = [number for number in numbers if number in distances]
    first = sorted(known, key=lambda number: -abs(distances[number]))[:most]
    rest = [number for number in numbers if number not in distances]
    return sorted([*first, *_spread(rest, most - len(first))]), "different"


def _spread(numbers: Sequence[int], most: int) -> list[int]:
    """Returns the middle of each of `most` equal parts."""
    return [numbers[(2 * part + 1) * len(numbers) // (2 * most)] for part in range(most)]
