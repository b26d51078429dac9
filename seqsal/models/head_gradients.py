"""Gradients of log-probabilities at the last hidden states, in batches of rows and cached.

A log-probability depends on one row of the last hidden states. So one backward pass through the
head gives the gradients of many terms, and an objective is a weighted sum of them.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import Any, Final, Generic, TypeVar

from jaxtyping import Int64

from seqsal.models.arrays import NumpyArray
from seqsal.models.objective import Term, as_arrays

_MIN_ROWS: Final = 32
"""With so many rows, reading the weights of a large vocabulary takes as long as the products."""
MAX_ROWS: Final = 128
"""Rows of logits computed at a time: with a vocabulary of 256k, 128 MB in float32."""

T = TypeVar("T")
Row = TypeVar("Row", bound=Any)
Positions = Int64[NumpyArray, " terms"]
Tokens = Int64[NumpyArray, " terms"]


class HeadGradients(Generic[Row]):
    """A cache of d logprob / d hidden[position - 1] for the terms of one sequence."""

    def __init__(self) -> None:
        self._rows: dict[Term, Row] = {}
        self._expected: Sequence[Term] = ()

    @property
    def nbytes(self) -> int:
        """Bytes of the cached rows."""
        return sum(row.nbytes for row in self._rows.values())

    def expect(self, terms: Sequence[Term]) -> None:
        """Announces the terms of later objectives, the next first."""
        self._expected = terms

    def of(
        self,
        terms: Sequence[Term],
        compute: Callable[[Positions, Tokens], Iterable[Row]],
        *,
        first: int = 0,
    ) -> list[Row]:
        """Returns the gradient of each term, [hidden].

        Args:
            terms: the terms.
            compute: returns a row for each position and token; its batches have 128 terms or less.
            first: the first row of hidden states that `compute` has; expected terms of earlier
                rows wait.
        """
        expected = (term for term in self._expected if term.position > first)
        new = with_expected(terms, expected, self._rows)
        rows = [row for batch in batches(new) for row in compute(*batch)]
        self._rows.update(zip(new, rows, strict=True))
        return [self._rows[term] for term in terms]


def batches(terms: Sequence[Term]) -> Iterator[tuple[Positions, Tokens]]:
    """Yields the positions and tokens of terms, as many at a time as the head takes."""
    for start in range(0, len(terms), MAX_ROWS):
        yield as_arrays(terms[start : start + MAX_ROWS])


def with_expected(needed: Sequence[T], expected: Iterable[T], known: Container[T]) -> list[T]:
    """Returns the needed items that are not known, filled up with expected ones.

    >>> with_expected([3, 4], [4, 5, 6], known={3})
    [4, 5, 6]
    >>> with_expected([3], [4, 5], known={3})
    []

    Args:
        needed: what is needed now.
        expected: what will be needed, the next first.
        known: what has been computed.
    """
    new = [item for item in needed if item not in known]
    if not new:
        return []
    others = dict.fromkeys(item for item in expected if item not in known and item not in new)
    return new + list(others)[: max(0, _MIN_ROWS - len(new))]
