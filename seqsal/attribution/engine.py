"""The engine: scores of objectives on a sequence, with as few passes as possible."""

import contextlib
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from jaxtyping import Float32

from seqsal.attribution import registry, removal, score_streams
from seqsal.attribution.cached_scores import CachedScores
from seqsal.attribution.caches.recent import RecentResults
from seqsal.attribution.caches.results import NO_CACHE, ResultCache
from seqsal.attribution.caches.traces import MAX_SEQUENCES, TraceCache
from seqsal.attribution.contrast import Contrast, check_shared
from seqsal.attribution.contrast_scores import stream_contrasts
from seqsal.attribution.method import Scores
from seqsal.attribution.registry import AnyMethod
from seqsal.attribution.segment_method import Segments
from seqsal.attribution.sequence_run import ModelRuns
from seqsal.attribution.through import Through
from seqsal.attribution.through_scores import stream_through
from seqsal.attribution.together import Text, compute_together
from seqsal.attribution.totals import cached_totals
from seqsal.models.arrays import NumpyArray
from seqsal.models.capabilities import Ranges
from seqsal.models.causal_lm import CausalLM
from seqsal.models.limits import DoesNotFitError
from seqsal.models.objective import Objective, Term, weight_matrix


class Engine:
    """Scores tokens with a language model; each sequence takes one forward pass."""

    def __init__(
        self,
        lm: CausalLM,
        *,
        trace_memory: float | int = 0.25,
        cache: ResultCache = NO_CACHE,
        max_sequences: int = MAX_SEQUENCES,
        free_memory: Callable[[], None] = lambda: None,
    ) -> None:
        """Starts without forward passes.

        Args:
            lm: the model.
            trace_memory: share of the memory that is free now, for the graphs of forward passes
                and the gradients computed on them.
            cache: caches scores beyond the process.
            max_sequences: the maximum number of sequences whose forward passes are kept.
            free_memory: releases other data; called before a pass that did not fit into memory is
                retried.
        """
        self._lm, self._cache, self._free_memory = lm, cache, free_memory
        self._trace_memory, self._recent = trace_memory, RecentResults(cache)
        self._traces = TraceCache(
            lm.trace,
            int(lm.free_bytes * trace_memory),
            lm.queue,
            max_sequences,
            serves_prefixes=not lm.depends_on_length,
        )
        self._runs = ModelRuns(lm, self._traces)
        self._cached = CachedScores(self._runs, cache)

    def for_many_texts(self) -> "Engine":
        """Returns an engine with the same results whose forward passes are its own.

        It keeps the last one only. Those of this engine stay, unless memory runs out. Scores of
        texts are cached in memory, too, for all engines that this one returns.
        """
        return Engine(
            self._lm,
            trace_memory=self._trace_memory,
            cache=self._recent,
            max_sequences=1,
            free_memory=self.clear_traces,
        )

    def scores(
        self,
        ids: tuple[int, ...],
        objectives: Sequence[Objective],
        methods: Iterable[str | AnyMethod] | None = None,
        *,
        segments: Segments = (),
        versus: Contrast | None = None,
        through: Sequence[Through] = (),
    ) -> list[Scores]:
        """Returns the scores of each objective on one sequence, by method.

        Objectives share backward passes where the device gains from it; one that is the sum of
        objectives computed before needs none. Only tokens up to the last term are run, or all of
        them where few are left.

        Args:
            ids: the sequence.
            objectives: what is explained; the scores of one without terms are all 0.
            methods: the methods to compute, as in `registry.find_methods`.
            segments: what methods for segments score.
            versus: an objective to subtract, on this sequence or on one with the same prefix. Only
                tokens of that prefix have scores.
            through: for each objective the thinking whose scores are passed on; empty for none.

        Returns:
            For each objective the scores [tokens] in float32, by the names of the methods. The
            score of a segment is spread evenly over its tokens.

        Raises:
            ValueError: there is no such method, the sequence does not fit, the segments are wrong,
                a method for segments would pass scores on, or the scores are not finite.
        """
        return list(
            self.stream_scores(
                ids, objectives, methods, segments=segments, versus=versus, through=through
            )
        )

    def stream_scores(
        self,
        ids: tuple[int, ...],
        objectives: Sequence[Objective],
        methods: Iterable[str | AnyMethod] | None = None,
        *,
        segments: Segments = (),
        versus: Contrast | None = None,
        through: Sequence[Through] = (),
    ) -> Iterator[Scores]:
        """Yields what `scores` returns as it is computed, and reports progress to the task.

        Raises:
            ValueError: as in `scores`.
            CancelledError: the task was cancelled.
        """
        chosen, done = registry.find_methods(methods, self._lm), 0
        if versus is not None and versus.ids == ids:
            objectives, versus = [each - versus.objective for each in objectives], None

        def compute() -> Iterator[Scores]:
            if through:
                return self._through(ids, objectives[done:], chosen, versus, through[done:])
            return self._plain(ids, objectives[done:], chosen, segments, versus)

        with contextlib.suppress(DoesNotFitError):
            for scores in compute():
                yield scores
                done += 1
            return
        self._make_room()  # The graphs of other sequences.
        yield from compute()

    def compute_together(
        self, texts: Sequence[Text], methods: Iterable[str | AnyMethod] | None = None
    ) -> None:
        """Caches the scores and log-probabilities of several texts, as far as they run together.

        Only methods that use gradients, and texts that begin with what the model's traces share,
        do so (see `SharesPrefix`). What is not computed here is when it is asked for.

        Raises:
            ValueError: there is no such method.
            CancelledError: the task was cancelled.
        """
        compute_together(self._lm, self._cache, texts, registry.find_methods(methods, self._lm))

    def removal_effects(
        self,
        ids: tuple[int, ...],
        objective: Objective,
        removals: Sequence[Ranges],
        versus: Contrast | None = None,
    ) -> Iterator[float]:
        """Yields what the objective loses without some tokens of the sequence, in nats.

        Args:
            ids: the sequence.
            objective: what is explained.
            removals: the tokens to remove, in the order of the results.
            versus: an objective to subtract, as in `scores`.

        Raises:
            ValueError: a removal holds an explained token or everything before it, or the sequence
                does not fit.
            CancelledError: the task was cancelled.
        """
        if versus is None:
            yield from self._removal_effects(ids, objective, removals)
            return
        shared = versus.shared_with(ids)
        for ranges in removals:
            check_shared(ranges, shared)
        yield from map(
            operator.sub,
            self._removal_effects(ids, objective, removals),
            self._removal_effects(versus.ids, versus.objective, removals),
        )

    def _removal_effects(
        self, ids: tuple[int, ...], objective: Objective, removals: Sequence[Ranges]
    ) -> Iterator[float]:
        run = self._runs.whole(ids[: objective.end + 1])
        return removal.cached_effects(run, ids, objective, removals, self._cache, self._make_room)

    def totals(
        self,
        ids: tuple[int, ...],
        objective: Objective,
        methods: Iterable[str | AnyMethod] | None = None,
    ) -> dict[str, float]:
        """Returns what the scores of all tokens should add up to, by method, in nats.

        Methods without a total are left out.

        Args:
            ids: the sequence.
            objective: what is explained.
            methods: the methods, as in `registry.find_methods`.

        Raises:
            ValueError: there is no such method, or the sequence does not fit.
        """
        chosen = registry.find_methods(methods, self._lm)
        run = self._runs.first(ids, objective.end + 1)
        with contextlib.suppress(DoesNotFitError):
            return cached_totals(run, ids, objective, chosen, self._cache)
        self._make_room()
        return cached_totals(run, ids, objective, chosen, self._cache)

    def value(self, ids: tuple[int, ...], objective: Objective) -> float:
        """Returns the value of an objective on a sequence, in nats.

        Raises:
            ValueError: the sequence does not fit.
        """
        terms, weights = weight_matrix([objective])
        return float(weights[0] @ self._runs.first(ids, objective.end + 1).logprobs(terms))

    def likeliest(
        self, ids: tuple[int, ...], position: int, count: int
    ) -> list[tuple[Term, float]]:
        """Returns the likeliest terms at a position, the likeliest first, with their logprobs.

        Raises:
            ValueError: the position is not one that is predicted, or the sequence does not fit.
        """
        _check_positions(ids, [position])
        with self._traces.acquire(self._runs.first(ids, position + 1).ids) as cached:
            return cached.trace.likeliest(position, count)

    def logprobs(self, ids: tuple[int, ...], positions: list[int]) -> Float32[NumpyArray, " n"]:
        """Returns the log-probability of the tokens at some positions given those before them.

        Raises:
            ValueError: the sequence does not fit, a position is not one that is predicted, or the
                numbers are not finite.
        """
        _check_positions(ids, positions)
        if not positions:
            return np.zeros(0, np.float32)
        found = self._cache.logprobs(ids, positions)
        if found is None:
            with contextlib.suppress(DoesNotFitError):
                found = self._logprobs(ids, positions)
        if found is None:
            self._make_room()
            found = self._logprobs(ids, positions)
        return found

    def forget(self, ids: tuple[int, ...]) -> None:
        """Releases the forward pass of a sequence, once nothing runs on it."""
        self._traces.drop(ids)

    def clear_traces(self) -> None:
        """Releases all forward passes."""
        self._traces.clear()

    def _make_room(self) -> None:
        self._traces.clear()
        self._free_memory()

    def _logprobs(self, ids: tuple[int, ...], positions: list[int]) -> Float32[NumpyArray, " n"]:
        terms = [Term(position, ids[position]) for position in positions]
        computed = self._runs.whole(ids).logprobs(terms)
        score_streams.check_finite("A log-probability", computed)
        self._cache.add_logprobs(ids, positions, computed)
        return computed

    def _plain(
        self,
        ids: tuple[int, ...],
        objectives: Sequence[Objective],
        methods: list[AnyMethod],
        segments: Segments,
        versus: Contrast | None,
    ) -> Iterator[Scores]:
        """Yields the scores of each objective, of which nothing is passed on."""
        if versus is None:
            return self._cached.stream(ids, objectives, methods, segments)
        return stream_contrasts(
            self._runs, self._cached, ids, objectives, methods, segments, versus
        )

    def _through(
        self,
        ids: tuple[int, ...],
        objectives: Sequence[Objective],
        methods: list[AnyMethod],
        versus: Contrast | None,
        through: Sequence[Through],
    ) -> Iterator[Scores]:
        """Returns the scores of each objective, with those of the thinking passed on.

        They are cached, but for those of contrasts; those of the second passes are not.
        """
        second_passes = CachedScores(self._runs, NO_CACHE)

        def first(missing: Sequence[Objective]) -> Iterator[Scores]:
            return self._plain(ids, missing, methods, (), versus)

        def second(objective: Objective, method: AnyMethod) -> Scores:
            return next(second_passes.stream(ids, [objective], [method]))

        cache = self._cache if versus is None else NO_CACHE
        return stream_through(ids, objectives, methods, through, (first, second), cache)


def _check_positions(ids: Sequence[int], positions: Sequence[int]) -> None:
    if not all(0 < position < len(ids) for position in positions):
        raise ValueError(
            "A log-probability is of a token that follows another: expected positions from 1 to"
            f" {len(ids) - 1}, got {list(positions)}."
        )
