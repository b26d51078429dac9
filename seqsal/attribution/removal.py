"""What a selection loses when parts of the text are removed."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from jaxtyping import Float32, Float64

from seqsal.attribution.caches.results import ResultCache
from seqsal.attribution.method import MethodInfo, Run
from seqsal.attribution.selection import TokenSelection
from seqsal.models.arrays import NumpyArray
from seqsal.models.capabilities import Ranges, logprobs_without
from seqsal.models.causal_lm import Encoding
from seqsal.models.limits import DoesNotFitError
from seqsal.models.objective import Objective, weight_matrix

_INFO = MethodInfo(name="removal", label="Removal", help="What removing tokens does.", signed=True)


def removable(encoding: Encoding, ranges: Ranges) -> Ranges:
    """Returns ranges of tokens without the special ones, which always stay.

    Raises:
        ValueError: the ranges are not in the text, or hold only special tokens.
    """
    selection = TokenSelection.from_ranges(ranges)
    if ranges and not selection.positions:
        raise ValueError(f"A removal must hold at least one token; got {ranges}.")
    if selection.positions and not 0 <= selection.positions[0] <= selection.positions[-1] < len(
        encoding
    ):
        raise ValueError(
            f"A removal must hold tokens of the text, which has {len(encoding)}; got {ranges}."
        )
    plain = selection.without_special(encoding)
    if selection.positions and not plain.positions:
        raise ValueError(
            "Special tokens are not removed, and this removal holds nothing else. Choose a segment"
            " with text."
        )
    return plain.ranges


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
) -> Iterator[Float64[NumpyArray, " objectives"]]:
    """Yields the values of objectives on a sequence without some of its tokens, in nats.

    They are summed in float64: an effect is the small difference of two sums over many tokens.

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
        yield _sums(weights, logprobs)


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
    (whole,) = _sums(weights, run.logprobs(terms))
    for (value,) in objectives_without(run, [objective], removals):
        yield float(whole - value)


def _sums(
    weights: Float32[NumpyArray, "objectives terms"], logprobs: Float32[NumpyArray, " terms"]
) -> Float64[NumpyArray, " objectives"]:
    values: NumpyArray = weights.astype(np.float64) @ logprobs
    return values


def cached_effects(
    run: Run,
    ids: tuple[int, ...],
    objective: Objective,
    removals: Sequence[Ranges],
    cache: ResultCache,
    free_memory: Callable[[], None],
) -> Iterator[float]:
    """Yields what `effects` does; effects are cached, and a pass that does not fit is retried.

    Args:
        run: the sequence up to the last term.
        ids: the whole sequence, under which effects are cached.
        objective: what is explained.
        removals: the tokens to remove, in the order of the results.
        cache: caches the effects.
        free_memory: called before the retry.

    Raises:
        ValueError: as in `effects`, or a pass does not fit after the retry either.
        CancelledError: the task was cancelled.
    """
    keys = {ranges: (objective, stored_as(ranges)) for ranges in removals}
    known = dict(cache.scores(ids, keys.values()))
    new = [ranges for ranges in keys if keys[ranges] not in known]
    computed = effects(run, objective, tuple(new))
    for ranges in removals:
        while keys[ranges] not in known:
            try:
                effect = next(computed)
            except DoesNotFitError:
                free_memory()
                computed = effects(run, objective, tuple(new))
                effect = next(computed)
            row = np.array([effect], np.float32)
            cache.add_scores(ids, {keys[new[0]]: row})
            known[keys[new.pop(0)]] = row
        yield float(known[keys[ranges]][0])
