"""What a selection loses when parts of the text are removed."""

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float32

from seqsal.attribution.method import MethodInfo, Run
from seqsal.models.arrays import NumpyArray
from seqsal.models.capabilities import Ranges, logprobs_without
from seqsal.models.objective import Objective, weight_matrix

_INFO = MethodInfo(name="removal", label="Removal", help="What removing tokens does.", signed=True)


def stored_as(ranges: Ranges) -> MethodInfo:
    """Returns the key under which a cache holds the effect of a removal, an array of one number."""
    return dataclasses.replace(_INFO, options=options_of(ranges))


def options_of(ranges: Sequence[tuple[int, int]]) -> str:
    """Returns ranges as the options of a method.

    >>> options_of([(0, 3), (5, 6)])
    '0-3,5-6'
    """
    return ",".join(f"{start}-{end}" for start, end in ranges)


def objectives_without(
    run: Run, objectives: Sequence[Objective], removals: Sequence[Ranges]
) -> Iterator[Float32[NumpyArray, " objectives"]]:
    """Yields the values of objectives on a sequence without some of its tokens, in nats.

    Args:
        run: the whole sequence.
        objectives: what is evaluated; each has terms.
        removals: the tokens to remove, each a variant of the sequence.

    Raises:
        ValueError: a removal holds an explained token, or everything before it.
        CancelledError: the task was cancelled.
    """
    terms, weights = weight_matrix(objectives)
    for logprobs in logprobs_without(run.lm, run.ids, removals, terms):
        yield (weights @ logprobs).astype(np.float32)


def effects(run: Run, objective: Objective, removals: Sequence[Ranges]) -> Iterator[float]:
    """Yields the objective on the whole sequence minus that without some tokens, in nats.

    An effect of 2 says that the selection is exp(2) = 7.4 times less likely without them.

    Raises:
        ValueError: a removal holds an explained token, or everything before it.
        CancelledError: the task was cancelled.
    """
    if not removals:
        return
    terms, weights = weight_matrix([objective])
    whole = float(weights[0] @ run.logprobs(terms))
    for (value,) in objectives_without(run, [objective], removals):
        yield whole - float(value)
