"""Which rows of hidden states the head of a model runs on at once."""

from collections.abc import Container, Iterable, Sequence
from typing import Final, TypeVar

_ROWS: Final = 32
"""With so many, reading the weights of a large vocabulary takes as long as computing with them."""


Row = TypeVar("Row")


def rows_to_run(needed: Sequence[Row], expected: Iterable[Row], known: Container[Row]) -> list[Row]:
    """Returns the rows that are needed and not known, and with them some that are expected.

    >>> rows_to_run([3, 4], [4, 5, 6], known={3})
    [4, 5, 6]
    >>> rows_to_run([3], [4, 5], known={3})
    []

    Args:
        needed: the rows that are needed now, by any name.
        expected: those that will be needed, the next first.
        known: those that have been run.
    """
    new = [row for row in needed if row not in known]
    if not new:
        return []
    others = dict.fromkeys(row for row in expected if row not in known and row not in new)
    return new + list(others)[: max(0, _ROWS - len(new))]
