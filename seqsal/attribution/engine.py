"""The engine: scores of objectives on a sequence, with as few passes as possible."""

import contextlib
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import numpy as np
from jaxtyping import Float32

from seqsal.attribution import registry, removal, score_streams
from seqsal.attribution.contrast import Contrast
from seqsal.attribution.method import GradientMethod, Scores
from seqsal.attribution.recent_results import RecentResults
from seqsal.attribution.registry import AnyMethod
from seqsal.attribution.result_cache import NO_CACHE, ResultCache
from seqsal.attribution.run import SequenceRun
from seqsal.attribution.segment_method import Segments
from seqsal.attribution.through import Through
from seqsal.attribution.through_scores import stream_through
from seqsal.attribution.together import Text, compute_together
from seqsal.attribution.trace_cache import MAX_SEQUENCES, TraceCache
from seqsal.models.arrays import NumpyArray
from seqsal.models.capabilities import Ranges
from seqsal.models.causal_lm import CausalLM
from seqsal.models.limits import DoesNotFitError
from seqsal.models.objective import Objective, Term, weight_matrix

_MAX_UNUSED_SHARE: Final = 0.125
"""Where less than this share of a sequence follows the objective, all of it is run: the next
selection is likely to be there, and would need a forward pass of its own."""


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
            _check_shared(ranges, shared)
        yield from map(
            operator.sub,
            self._removal_effects(ids, objective, removals),
            self._removal_effects(versus.ids, versus.objective, removals),
        )

    def _removal_effects(
        self, ids: tuple[int, ...], objective: Objective, removals: Sequence[Ranges]
    ) -> Iterator[float]:
        keys = {ranges: (objective, removal.stored_as(ranges)) for ranges in removals}
        known = dict(self._cache.scores(ids, keys.values()))
        new = [ranges for ranges in keys if keys[ranges] not in known]
        run = SequenceRun(self._lm, self._traces, ids[: objective.end + 1])
        computed = removal.effects(run, objective, tuple(new))
        for ranges in removals:
            while keys[ranges] not in known:
                try:
                    effect = next(computed)
                except DoesNotFitError:
                    self._make_room()
                    computed = removal.effects(run, objective, tuple(new))
                    effect = next(computed)
                row = np.array([effect], np.float32)
                self._cache.add_scores(ids, {keys[new[0]]: row})
                known[keys[new.pop(0)]] = row
            yield float(known[keys[ranges]][0])

    def value(self, ids: tuple[int, ...], objective: Objective) -> float:
        """Returns the value of an objective on a sequence, in nats.

        Raises:
            ValueError: the sequence does not fit.
        """
        terms, weights = weight_matrix([objective])
        return float(weights[0] @ self._run(ids, objective.end).logprobs(terms))

    def likeliest(
        self, ids: tuple[int, ...], position: int, count: int
    ) -> list[tuple[Term, float]]:
        """Returns the likeliest terms at a position, the likeliest first, with their logprobs.

        Raises:
            ValueError: the position is not one that is predicted, or the sequence does not fit.
        """
        _check_positions(ids, [position])
        with self._traces.acquire(self._run(ids, position).ids) as cached:
            return cached.trace.likeliest(position, count)

    def _run(self, ids: tuple[int, ...], last: int) -> SequenceRun:
        """Returns passes over a sequence up to a position, or over all of it if that matters."""
        end = len(ids) if self._lm.depends_on_length else last + 1
        return SequenceRun(self._lm, self._traces, ids[:end])

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
        computed = SequenceRun(self._lm, self._traces, ids).logprobs(terms)
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
            return self._in_order(ids, objectives, methods, segments)
        return self._contrasts(ids, objectives, methods, segments, versus)

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

        def first(missing: Sequence[Objective]) -> Iterator[Scores]:
            return self._plain(ids, missing, methods, (), versus)

        def second(objective: Objective, method: AnyMethod) -> Scores:
            return next(self._in_order(ids, [objective], [method], (), NO_CACHE))

        cache = self._cache if versus is None else NO_CACHE
        return stream_through(ids, objectives, methods, through, (first, second), cache)

    def _in_order(
        self,
        ids: tuple[int, ...],
        objectives: Sequence[Objective],
        methods: list[AnyMethod],
        segments: Segments,
        cache: ResultCache | None = None,
    ) -> Iterator[Scores]:
        """Yields the scores of each objective: cached ones, and those that have to be computed."""
        cache = self._cache if cache is None else cache
        distinct = [objective for objective in dict.fromkeys(objectives) if objective.weights]
        infos = {
            method.info.name: score_streams.stored_info(method, segments) for method in methods
        }
        keys = [(objective, info) for objective in distinct for info in infos.values()]
        known = dict(cache.scores(ids, keys))
        new = [objective for objective, info in keys if (objective, info) not in known]
        end = len(ids) if self._lm.depends_on_length else _tokens_to_run(new, len(ids))
        run = SequenceRun(self._lm, self._traces, ids[:end])

        def is_new(objective: Objective, group: list[AnyMethod]) -> bool:
            return any((objective, infos[method.info.name]) not in known for method in group)

        streams = []
        for group in score_streams.groups(methods):
            wanted = [objective for objective in distinct if is_new(objective, group)]
            streams.append((group, score_streams.stream_group(run, group, wanted, segments)))
        nothing = np.zeros(len(ids), np.float32)
        for objective in objectives:
            for group, stream in streams if objective.weights else ():
                while is_new(objective, group):
                    computed = {
                        (done, infos[name]): _resized(row, len(ids))
                        for done, scores in (next(stream),)
                        for name, row in scores.items()
                    }
                    cache.add_scores(ids, computed)
                    known.update(computed)
            yield {name: known.get((objective, info), nothing) for name, info in infos.items()}

    def _contrasts(
        self,
        ids: tuple[int, ...],
        objectives: Sequence[Objective],
        methods: list[AnyMethod],
        segments: Segments,
        versus: Contrast,
    ) -> Iterator[Scores]:
        """Yields the scores of each objective minus those of an objective on another sequence."""
        shared = versus.shared_with(ids)
        _check_shared(segments, shared)
        other = SequenceRun(self._lm, self._traces, versus.ids)
        others = [method for method in methods if not isinstance(method, GradientMethod)]
        if unsigned := [m.info.name for m in others if not m.info.signed]:
            raise ValueError(
                f"A contrast is the difference of two scores, which needs a sign; {unsigned[0]} has"
                " none."
            )
        minus = next(self._in_order(versus.ids, [versus.objective], others, segments), {})
        for objective in objectives:
            run = self._run(ids, objective.end)
            end = min(shared, min((term.position for term in objective.terms), default=0))
            scores = next(self._in_order(ids, [objective], others, segments), {})
            found = {
                name: _resized(row[:end] - minus[name][:end], len(ids))
                for name, row in scores.items()
            }
            for linearized in {m.linearized for m in methods if isinstance(m, GradientMethod)}:
                sides = [
                    next(each_run.gradients([each], linearized=linearized))[:end]
                    for each_run, each in ((run, objective), (other, versus.objective))
                ]
                embeddings = run.embeddings()[:end]
                for method in methods:
                    if isinstance(method, GradientMethod) and method.linearized == linearized:
                        row = method.score((sides[0] - sides[1])[None], embeddings)
                        found[method.info.name] = _resized(run.to_numpy(row)[0], len(ids))
            yield {method.info.name: found[method.info.name] for method in methods}


def _tokens_to_run(objectives: Iterable[Objective], tokens: int) -> int:
    """Returns how many tokens, from the first on, have to be run for some objectives."""
    end = max((objective.end + 1 for objective in objectives), default=0)
    return tokens if tokens - end < tokens * _MAX_UNUSED_SHARE else end


def _check_positions(ids: Sequence[int], positions: Sequence[int]) -> None:
    if not all(0 < position < len(ids) for position in positions):
        raise ValueError(
            "A log-probability is of a token that follows another: expected positions from 1 to"
            f" {len(ids) - 1}, got {list(positions)}."
        )


def _check_shared(ranges: Ranges, shared: int) -> None:
    if ranges and ranges[-1][1] > shared:
        raise ValueError(
            f"In a contrast, segments must be in the part that both texts begin with, the first"
            f" {shared} tokens; one ends at {ranges[-1][1]}."
        )


def _resized(
    scores: Float32[NumpyArray, " run"], num_tokens: int
) -> Float32[NumpyArray, " tokens"]:
    """Returns the scores of a sequence of which fewer or more tokens were run."""
    resized = np.zeros(num_tokens, np.float32)
    resized[: len(scores)] = scores[:num_tokens]
    return resized
