"""For which positions the head of a model is run at once."""

from collections.abc import Container, Iterable, Sequence
from typing import Final

_ROWS: Final = 32
"""With so many, reading the weights of a large vocabulary takes as long as computing with them."""


def rows_to_run(needed: Sequence[int], expected: Iterable[int], known: Container[int]) -> list[int]:
    """Returns the positions that are needed and not known, and with them some that are expected.

    >>> rows_to_run([3, 4], [4, 5, 6], known={3})
    [4, 5, 6]
    >>> rows_to_run([3], [4, 5], known={3})
    []

    Args:
        needed: the positions whose rows are needed now.
        expected: those whose rows will be, the next first.
        known: those whose rows have been run.
    """
    new = [position for position in needed if position not in known]
    if not new:
        return []
    others = dict.fromkeys(p for p in expected if p not in known and p not in new)
    return new + list(others)[: max(0, _ROWS - len(new))]
