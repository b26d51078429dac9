"""Objectives: the weighted sums of log-probabilities that attribution explains.

The type lives next to `Trace`, which differentiates objectives, so that no adapter needs
anything of `seqsal.attribution`.
"""

import dataclasses
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32, Int64

from seqsal.models.arrays import NumpyArray


class Term(NamedTuple):
    """The log-probability of a token at a position: log p(token | ids[:position]).

    Attributes:
        position: at least 1; the first token of a sequence is predicted from nothing.
        token: a token id. It need not be the token of the sequence at that position.
    """

    position: int
    token: int


@dataclasses.dataclass(frozen=True)
class Objective:
    """A weighted sum of log-probabilities over one sequence: sum_k w_k * log p(term_k).

    A plain selection has weight 1 on the tokens of the sequence. A contrast, "why A and not B",
    has weight 1 on A and -1 on B at the same position. Objectives are equal where their terms and
    weights are, in any order.

    Attributes:
        weights: each term with its weight, which is finite and not 0.
    """

    weights: frozenset[tuple[Term, float]]

    def __post_init__(self) -> None:
        terms = {term for term, _ in self.weights}
        if len(terms) < len(self.weights):
            raise ValueError(
                "An objective has one weight for each term; got several for one of"
                f" {sorted(terms)}. Add them up."
            )
        for term, weight in self.weights:
            if not math.isfinite(weight) or weight == 0:
                raise ValueError(
                    f"A weight must be finite and not 0; got {weight:g} for {term}. Leave out the"
                    " terms that do not count."
                )
            if term.position < 1:
                raise ValueError(
                    f"A term must have a position from 1 on; got {term}. The model predicts the"
                    " first token from nothing."
                )

    @classmethod
    def of_tokens(cls, ids: Sequence[int], positions: Iterable[int]) -> "Objective":
        """Returns the log-probability of the tokens at some positions of a sequence.

        >>> sorted(Objective.of_tokens([5, 6, 7], [1, 2]).weights)
        [(Term(position=1, token=6), 1.0), (Term(position=2, token=7), 1.0)]
        """
        return cls(frozenset((Term(position, ids[position]), 1.0) for position in positions))

    def __sub__(self, other: "Objective") -> "Objective":
        """Returns the difference of two objectives, without terms that cancel.

        >>> a = Objective.of_tokens([5, 6, 7], [1, 2])
        >>> (a - Objective.of_tokens([5, 6, 8], [1, 2])).terms
        [Term(position=2, token=7), Term(position=2, token=8)]
        """
        weights = dict(self.weights)
        for term, weight in other.weights:
            weights[term] = weights.get(term, 0.0) - weight
        return Objective(frozenset((term, weight) for term, weight in weights.items() if weight))

    @property
    def terms(self) -> list[Term]:
        """The terms, in order."""
        return sorted(term for term, _ in self.weights)

    @property
    def end(self) -> int:
        """The last position of a term, or 0 without terms; tokens from there on score 0."""
        return max((term.position for term, _ in self.weights), default=0)


def weight_matrix(
    objectives: Sequence[Objective],
) -> tuple[list[Term], Float32[NumpyArray, "objectives terms"]]:
    """Returns all terms of some objectives, in order, and their weights, 0 where one lacks a term.

    >>> a, b = Term(1, 6), Term(2, 7)
    >>> both = [Objective(frozenset({(a, 1.0)})), Objective(frozenset({(a, 2.0), (b, -1.0)}))]
    >>> terms, weights = weight_matrix(both)
    >>> terms == [a, b], weights.tolist()
    (True, [[1.0, 0.0], [2.0, -1.0]])
    """
    terms = sorted({term for objective in objectives for term, _ in objective.weights})
    column = {term: i for i, term in enumerate(terms)}
    weights = np.zeros((len(objectives), len(terms)), np.float32)
    for row, objective in zip(weights, objectives, strict=True):
        for term, weight in objective.weights:
            row[column[term]] = weight
    return terms, weights


def as_arrays(
    terms: Sequence[Term],
) -> tuple[Int64[NumpyArray, " terms"], Int64[NumpyArray, " terms"]]:
    """Returns the positions and the tokens of some terms.

    >>> [array.tolist() for array in as_arrays([Term(1, 6), Term(2, 7)])]
    [[1, 2], [6, 7]]
    """
    pairs = np.array(terms, np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]
