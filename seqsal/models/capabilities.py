"""What only some adapters can do, with the plain way for all others.

`CausalLM` has what every adapter must have. The protocols here are optional: an adapter that
implements one is faster, or offers more.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32, Float64

from seqsal.models.arrays import Array, NumpyArray
from seqsal.models.causal_lm import CausalLM, LayerInterceptFn, Trace
from seqsal.models.objective import Objective, Term
from seqsal.models.progress import tasks
from seqsal.models.thinking import ThinkingMarks

Ranges = tuple[tuple[int, int], ...]
"""Ranges [start, end) of tokens, in order and without overlap."""


@runtime_checkable
class BatchTrace(Protocol):
    """One forward pass over several sequences, as `Trace` is over one."""

    def embeddings(self, sequence: int) -> Float32[Array, "tokens dim"]:
        """Returns the token embeddings, before the model scales them or adds positions."""

    def to_numpy(self, array: Array) -> NumpyArray:
        """Returns an array of the model's framework as a NumPy array."""

    def reaches(self, terms: Sequence[Term]) -> bool:
        """Returns whether the pass has what some terms need."""

    def logprobs(self, sequence: int, terms: Sequence[Term]) -> Float32[Array, " terms"]:
        """Returns the log-probability of each term on a sequence."""

    def gradients(
        self, objectives: Sequence[Objective], *, linearized: bool = False
    ) -> Iterator[Float32[Array, "tokens dim"]]:
        """Yields d objective / d embeddings for each sequence, with one objective for each."""


@runtime_checkable
class SharesPrefix(Protocol):
    """Runs the forward pass over what several sequences begin with once for all their traces."""

    def shared_prefix(self, sequences: Sequence[Sequence[int]]) -> AbstractContextManager[None]:
        """Returns the context in which traces share it; see `HFCausalLM.shared_prefix`."""

    def batch_traces(
        self, sequences: Sequence[Sequence[int]]
    ) -> Iterator[tuple[list[int], BatchTrace]]:
        """Yields passes over sequences that share it, each with the numbers of its sequences."""


def linearization_error(lm: CausalLM) -> str | None:
    """Returns why a model has no linearized gradients; None if it has them.

    An adapter that has them says so with an attribute of this name.
    """
    error: str | None = getattr(
        lm, "linearization_error", "An adapter of this kind has exact gradients only."
    )
    return error


def chat_template_use(lm: CausalLM) -> str:
    """Returns which prompts a model renders in a chat template: all, messages, or none.

    An adapter that has one says so with the attributes `has_chat_template`, and
    `applies_chat_template` for plain prompts.
    """
    if not getattr(lm, "has_chat_template", False):
        return "none"
    return "all" if getattr(lm, "applies_chat_template", False) else "messages"


def thinking_marks(lm: CausalLM) -> tuple[ThinkingMarks, ...]:
    """Returns the marks between which a model writes its thinking; none if it has none.

    An adapter that knows them says so with an attribute of this name.
    """
    marks: tuple[ThinkingMarks, ...] = getattr(lm, "thinking_marks", ())
    return marks


def has_special_marks(lm: CausalLM) -> bool:
    """Returns whether special tokens that mark thinking have a text in a model's answers.

    An adapter says so with an attribute of this name.
    """
    return bool(getattr(lm, "has_special_marks", False))


@runtime_checkable
class DecodesContinuations(Protocol):
    """An adapter that knows the text of single tokens."""

    def text_after(self, ids: Sequence[int], token: int) -> str:
        """Returns the text that a token adds to a sequence."""


@runtime_checkable
class ComputesHeadProducts(Protocol):
    """A trace that knows what the linearized gradients times the embeddings add up to."""

    def head_products(self, objectives: Sequence[Objective]) -> Float64[NumpyArray, " objectives"]:
        """Does what `head_products` does."""


def head_products(
    trace: Trace, objectives: Sequence[Objective]
) -> Float64[NumpyArray, " objectives"]:
    """Returns for each objective the sum of ds/dh * h over the last hidden states h.

    In a network without biases, the linearized gradient times the embeddings adds up to it. It is
    NaN for a trace that does not know it.
    """
    if isinstance(trace, ComputesHeadProducts):
        return trace.head_products(objectives)
    return np.full(len(objectives), np.nan)


@runtime_checkable
class ComputesRemovals(Protocol):
    """An adapter with a fast way to run variants of a sequence."""

    def logprobs_without(
        self, ids: Sequence[int], removals: Sequence[Ranges], terms: Sequence[Term]
    ) -> Iterator[Float32[NumpyArray, " terms"]]:
        """Does what `logprobs_without` does."""


@runtime_checkable
class ComputesPaths(Protocol):
    """An adapter that runs several points of a path from a baseline in one batch."""

    def path_gradients(
        self,
        ids: Sequence[int],
        points: Sequence[float],
        baseline: Float32[NumpyArray, " dim"],
        objectives: Sequence[Objective],
    ) -> Iterator[Float32[NumpyArray, "objectives tokens dim"]]:
        """Does what `path_gradients` does."""


def path_gradients(
    lm: CausalLM,
    ids: Sequence[int],
    points: Sequence[float],
    baseline: Float32[NumpyArray, " dim"],
    objectives: Sequence[Objective],
) -> Iterator[Float32[NumpyArray, "objectives tokens dim"]]:
    """Yields d objective / dx at x = baseline + point * (embeddings - baseline), for each point.

    Args:
        lm: the model.
        ids: the sequence of token ids.
        points: above 0; 1 for the embeddings.
        baseline: the embedding that each token has at point 0.
        objectives: what is differentiated; there is a term.

    Raises:
        ValueError: the sequence does not fit into the context or into memory.
        CancelledError: the current task was cancelled.
    """
    if isinstance(lm, ComputesPaths):
        yield from lm.path_gradients(ids, points, baseline, objectives)
        return
    for point in points:
        tasks.current_task().raise_if_cancelled()
        yield gradients_at_point(lm, ids, point, baseline, objectives)


def gradients_at_point(
    lm: CausalLM,
    ids: Sequence[int],
    point: float,
    baseline: Float32[NumpyArray, " dim"],
    objectives: Sequence[Objective],
) -> Float32[NumpyArray, "objectives tokens dim"]:
    """Returns d objective / dx at one point, from a `Trace`; for the arguments see above."""
    with lm.queue:
        trace = lm.trace(ids, moved_to(baseline, point))
        # The derivative by the embeddings has the factor `point` of the path to them.
        return np.asarray(trace.to_numpy(trace.gradients(objectives))) / point


def moved_to(baseline: Float32[NumpyArray, " dim"], point: float) -> LayerInterceptFn:
    """Returns a function for `CausalLM.trace` that moves embeddings toward a baseline.

    Args:
        baseline: the embedding that each token has at point 0.
        point: 1 for the embeddings.
    """

    def intercept(x: Array, layer: int) -> Array:
        if layer:
            return x
        scaled: Array = x * point
        if baseline.any():
            scaled = scaled + _like(baseline * (1 - point), x)
        return scaled

    return intercept


def _like(values: Float32[NumpyArray, " dim"], array: Array) -> Array:
    """Returns values that can be added to an array of any framework."""
    converted: Array = array.new_tensor(values) if hasattr(array, "new_tensor") else values
    return converted


def logprobs_without(
    lm: CausalLM, ids: Sequence[int], removals: Sequence[Ranges], terms: Sequence[Term]
) -> Iterator[Float32[NumpyArray, " terms"]]:
    """Yields the log-probabilities of terms on a sequence without some of its tokens.

    The tokens that stay close the gap, as if the text had been written without the others.

    Args:
        lm: the model.
        ids: the whole sequence.
        removals: the tokens to remove, each a variant of the sequence.
        terms: with positions in the whole sequence.

    Raises:
        ValueError: a removal holds the token of a term, or everything before a term, or the
            sequence does not fit.
        CancelledError: the current task was cancelled.
    """
    for ranges in removals:
        check_removal(ranges, terms)
    if isinstance(lm, ComputesRemovals):
        yield from lm.logprobs_without(ids, removals, terms)
        return
    for ranges in removals:
        kept = kept_positions(ranges, max(term.position for term in terms) + 1)
        trace = lm.trace([ids[position] for position in kept])
        moved = [Term(int(np.searchsorted(kept, t.position)), t.token) for t in terms]
        yield trace.to_numpy(trace.logprobs(moved))


def kept_positions(ranges: Ranges, end: int) -> list[int]:
    """Returns the positions before `end` that a removal leaves.

    >>> kept_positions(((1, 3), (4, 5)), 7)
    [0, 3, 5, 6]
    """
    removed = {position for start, stop in ranges for position in range(start, stop)}
    return [position for position in range(end) if position not in removed]


def check_removal(ranges: Ranges, terms: Sequence[Term]) -> None:
    """Checks that a removal leaves what the log-probability of some terms needs.

    Raises:
        ValueError: it holds the token of a term, or everything before a term.
    """
    removed = {position for start, stop in ranges for position in range(start, stop)}
    if taken := sorted(term.position for term in terms if term.position in removed):
        raise ValueError(
            "What is explained cannot be removed: the removal must not hold the selected tokens;"
            f" it holds token {taken[0]}. Select other segments."
        )
    first = min((term.position for term in terms), default=0)
    if removed.issuperset(range(first)):
        raise ValueError(
            "Something must be left before the selection, so that the model can predict it; the"
            f" removal holds all {first} tokens before it. Use smaller segments, such as words."
        )
