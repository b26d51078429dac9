"""Objectives as arrays of one weight for each token, and the formulas of the methods."""

from collections.abc import Iterable, Sequence

import numpy as np

from seqsal.attribution.methods.grad_dot_input import grad_dot_input
from seqsal.attribution.methods.grad_l2 import grad_l2
from seqsal.models.arrays import NumpyArray
from seqsal.models.objective import Objective, Term

METHODS = {"grad_l2": grad_l2, "grad_dot_input": grad_dot_input}


def objectives(ids: Sequence[int], weights: NumpyArray) -> list[Objective]:
    """Returns an objective for each row of weights [objectives, tokens]."""
    return [
        Objective(
            frozenset((Term(int(t), ids[t]), float(row[t])) for t in np.flatnonzero(row).tolist())
        )
        for row in np.asarray(weights)
    ]


def terms(ids: Sequence[int], positions: Iterable[int]) -> list[Term]:
    """Returns the log-probability of the token at each position."""
    return [Term(int(position), ids[int(position)]) for position in positions]
