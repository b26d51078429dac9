"""Passes over one sequence: gradients in batches, with turns for other requests."""

import dataclasses
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

from jaxtyping import Float32, Float64

from seqsal.attribution.caches.traces import TraceCache
from seqsal.models.arrays import Array, NumpyArray
from seqsal.models.capabilities import head_products
from seqsal.models.causal_lm import CausalLM, Trace
from seqsal.models.objective import Objective, Term
from seqsal.models.progress import tasks

_SHARE_FOR_GRADIENTS: Final = 0.25
_MAX_BATCH: Final = 16
_TURN: Final = 1.0
"""Seconds after which another request gets its turn."""

T = TypeVar("T")


class SequenceRun:
    """One sequence on one model; implements `seqsal.attribution.method.Run`."""

    def __init__(self, lm: CausalLM, traces: TraceCache, ids: tuple[int, ...]) -> None:
        """Runs nothing yet.

        Args:
            lm: the model.
            traces: caches its forward passes.
            ids: the sequence.
        """
        self.lm, self.ids, self._traces = lm, ids, traces

    def gradients(
        self, objectives: Sequence[Objective], *, linearized: bool = False
    ) -> Iterator[Float32[Array, "tokens dim"]]:
        """Yields d objective / d embeddings for each objective, in order.

        Args:
            objectives: what is differentiated.
            linearized: whether the derivative is that of the linearized network.

        Raises:
            CancelledError: the task was cancelled.
        """
        found: dict[Objective, Array] = {}
        stream = self.stream_gradients(
            list(dict.fromkeys(objectives)), lambda _, rows: list(rows), linearized=linearized
        )
        for objective in objectives:
            while objective not in found:
                key, gradient = next(stream)
                found[key] = gradient[: len(self.ids)]
            yield found[objective]

    def embeddings(self) -> Float32[Array, "tokens dim"]:
        """Returns the token embeddings, before the model scales them or adds positions."""
        with self._traces.acquire(self.ids) as cached:
            return cached.trace.embeddings[: len(self.ids)]

    def logprobs(self, terms: Sequence[Term]) -> Float32[NumpyArray, " terms"]:
        """Returns the log-probability of each term."""
        with self._traces.acquire(self.ids) as cached:
            return cached.trace.to_numpy(cached.trace.logprobs(terms))

    def head_products(self, objectives: Sequence[Objective]) -> Float64[NumpyArray, " objectives"]:
        """Returns for each objective what `seqsal.models.capabilities.head_products` says."""
        with self._traces.acquire(self.ids) as cached:
            return head_products(cached.trace, objectives)

    def to_numpy(self, array: Array) -> NumpyArray:
        """Returns an array of the model's framework as a NumPy array."""
        with self._traces.acquire(self.ids) as cached:
            return cached.trace.to_numpy(array)

    def stream_gradients(
        self,
        objectives: Sequence[Objective],
        use: Callable[[Trace, Array], list[T]],
        *,
        linearized: bool = False,
    ) -> Iterator[tuple[Objective, T]]:
        """Yields each objective with use(trace, gradients)[i], where i is its row in a batch.

        Objectives whose gradient is cached come first. After about a second other requests get
        their turn, so that a click does not wait for all that is computed ahead.

        Args:
            objectives: each once, and none without terms.
            use: called while the model is held; gradients are [batch, tokens, dim], over a longer
                sequence where that one is cached.
            linearized: whether the derivative is that of the linearized network.

        Raises:
            CancelledError: the task was cancelled.
        """
        task = tasks.current_task()
        task.report("progress", stage="forward")
        cached, new = self._cached(objectives, use, linearized)
        yield from cached
        batch = 1
        while new:
            task.raise_if_cancelled()
            number = len(objectives) - len(new) + 1
            task.report("progress", stage="selection", number=number, of=len(objectives))
            chunk, new = new[:batch], new[batch:]
            rows, batch = self._compute(chunk, [*chunk, *new], use, linearized)
            yield from zip(chunk, rows, strict=True)

    def _cached(
        self,
        objectives: Sequence[Objective],
        use: Callable[[Trace, Array], list[T]],
        linearized: bool,
    ) -> tuple[list[tuple[Objective, T]], list[Objective]]:
        """Returns the results of objectives whose gradients are cached, and the other ones."""
        found, new = list[tuple[Objective, T]](), list[Objective]()
        with self._traces.acquire(self.ids) as cached:
            for objective in objectives:
                gradient = cached.gradients.find(objective, linearized=linearized)
                if gradient is None:
                    new.append(objective)
                else:
                    found.append((objective, use(cached.trace, gradient[None])[0]))
        return found, new

    def _compute(
        self,
        chunk: list[Objective],
        expected: Sequence[Objective],
        use: Callable[[Trace, Array], list[T]],
        linearized: bool,
    ) -> tuple[list[T], int]:
        """Returns the results of a batch of objectives, and how many the next batch may have."""
        with self._traces.acquire(self.ids) as cached:
            start = time.perf_counter()
            cached.trace.expect([term for objective in expected for term in objective.terms])
            gradients = cached.trace.gradients(chunk, linearized=linearized)
            for objective, gradient in zip(chunk, gradients, strict=True):
                cached.gradients.add(objective, gradient, linearized=linearized)
            rows = use(cached.trace, gradients)
            seconds = (time.perf_counter() - start) / len(chunk)
            by_time = max(1, int(_TURN / max(seconds, 1e-6)))
            return rows, min(_batch_size(cached.trace, self.lm.free_bytes), by_time)


@dataclasses.dataclass(frozen=True)
class ModelRuns:
    """Makes the runs of a model's sequences, which share a cache of forward passes.

    Attributes:
        lm: the model.
        traces: caches the forward passes.
    """

    lm: CausalLM
    traces: TraceCache

    def whole(self, ids: tuple[int, ...]) -> SequenceRun:
        """Returns the run of a sequence."""
        return SequenceRun(self.lm, self.traces, ids)

    def first(self, ids: tuple[int, ...], count: int) -> SequenceRun:
        """Returns the run of the first tokens, or of all where results depend on their number."""
        return self.whole(ids if self.lm.depends_on_length else ids[:count])


def _batch_size(trace: Trace, free_bytes: int) -> int:
    """Returns how many objectives one backward pass can take.

    An objective's gradients need, layer after layer, about the memory of that layer's part of the
    graph; the whole graph for each objective is a bound that leaves room.
    """
    fitting = int(free_bytes * _SHARE_FOR_GRADIENTS / max(trace.nbytes, 1))
    return max(1, min(_MAX_BATCH, fitting))
