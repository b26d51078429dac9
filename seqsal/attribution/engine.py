"""The engine: scores of objectives on a sequence, with as few passes as possible."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np
from jaxtyping import Float32

from seqsal.attribution import registry
from seqsal.attribution.method import GradientMethod, Method, Scores
from seqsal.attribution.result_cache import NO_CACHE, ResultCache, ScoreKey
from seqsal.attribution.run import SequenceRun
from seqsal.attribution.trace_cache import TraceCache
from seqsal.models.arrays import Array, NumpyArray
from seqsal.models.causal_lm import CausalLM, Trace
from seqsal.models.limits import DoesNotFitError
from seqsal.models.objective import Objective, Term

_SHORT_REST: Final = 0.125
"""Where less than this share of a sequence follows the objective, all of it is run: the next
selection is likely to be there, and would need a forward pass of its own."""


class Engine:
    """Scores tokens with a language model; each sequence takes one forward pass."""

    def __init__(
        self, lm: CausalLM, *, trace_memory: float | int = 0.25, cache: ResultCache = NO_CACHE
    ) -> None:
        """Starts without forward passes.

        Args:
            lm: the model.
            trace_memory: share of the memory that is free now, for the graphs of forward passes
                and the gradients computed on them.
            cache: caches scores beyond the process.
        """
        self._lm, self._cache = lm, cache
        self._traces = TraceCache(
            lm.trace,
            int(lm.free_bytes * trace_memory),
            lm.queue,
            serves_prefixes=not lm.depends_on_length,
        )

    def scores(
        self,
        ids: tuple[int, ...],
        objectives: Sequence[Objective],
        methods: Iterable[str] | None = None,
    ) -> list[Scores]:
        """Returns the scores of each objective on one sequence, by method.

        Objectives share backward passes where the device gains from it; one that is the sum of
        objectives computed before needs none. Only tokens up to the last term are run, or all of
        them where few are left.

        Args:
            ids: the sequence.
            objectives: what is explained; the scores of one without terms are all 0.
            methods: the names of the methods to compute, as in `registry.find_methods`.

        Returns:
            For each objective the scores [tokens] in float32, by the names of the methods.

        Raises:
            ValueError: there is no such method, the sequence does not fit, or the scores are not
                finite.
        """
        return list(self.stream_scores(ids, objectives, methods))

    def stream_scores(
        self,
        ids: tuple[int, ...],
        objectives: Sequence[Objective],
        methods: Iterable[str] | None = None,
    ) -> Iterator[Scores]:
        """Yields what `scores` returns as it is computed, and reports progress to the task.

        Raises:
            ValueError: as in `scores`.
            CancelledError: the task was cancelled.
        """
        chosen, done = registry.find_methods(methods), 0
        with contextlib.suppress(DoesNotFitError):
            for scores in self._in_order(ids, objectives, chosen):
                yield scores
                done += 1
            return
        self._traces.clear()  # The graphs of other sequences make room.
        yield from self._in_order(ids, objectives[done:], chosen)

    def logprobs(self, ids: tuple[int, ...], positions: list[int]) -> Float32[NumpyArray, " n"]:
        """Returns the log-probability of the tokens at some positions given those before them.

        Raises:
            ValueError: the sequence does not fit, a position is not one that is predicted, or the
                numbers are not finite.
        """
        if not all(0 < position < len(ids) for position in positions):
            raise ValueError(
                "A log-probability is of a token that follows another: expected positions from 1"
                f" to {len(ids) - 1}, got {positions}."
            )
        if not positions:
            return np.zeros(0, np.float32)
        found = self._cache.logprobs(ids, positions)
        if found is None:
            with contextlib.suppress(DoesNotFitError):
                found = self._logprobs(ids, positions)
        if found is None:
            self._traces.clear()
            found = self._logprobs(ids, positions)
        return found

    def forget(self, ids: tuple[int, ...]) -> None:
        """Releases the forward pass of a sequence, once nothing runs on it."""
        self._traces.drop(ids)

    def make_room(self) -> None:
        """Releases all forward passes."""
        self._traces.clear()

    def _logprobs(self, ids: tuple[int, ...], positions: list[int]) -> Float32[NumpyArray, " n"]:
        terms = [Term(position, ids[position]) for position in positions]
        computed = SequenceRun(self._lm, self._traces, ids).logprobs(terms)
        _check_finite("A log-probability", computed)
        self._cache.add_logprobs(ids, positions, computed)
        return computed

    def _in_order(
        self, ids: tuple[int, ...], objectives: Sequence[Objective], methods: list[Method]
    ) -> Iterator[Scores]:
        """Yields the scores of each objective: cached ones, and those that have to be computed."""
        distinct = [objective for objective in dict.fromkeys(objectives) if objective.weights]
        keys = [(objective, method.info) for objective in distinct for method in methods]
        known = dict(self._cache.scores(ids, keys))
        new = [objective for objective, info in keys if (objective, info) not in known]
        end = len(ids) if self._lm.depends_on_length else _tokens_to_run(new, len(ids))
        run = SequenceRun(self._lm, self._traces, ids[:end])
        streams = [
            _Stream(
                run, group, [o for o in distinct if any((o, m.info) not in known for m in group)]
            )
            for group in _groups(methods)
        ]
        nothing = np.zeros(len(ids), np.float32)
        for objective in objectives:
            for stream in streams if objective.weights else ():
                while any((objective, info) not in known for info in stream.infos):
                    computed = {key: _resized(row, len(ids)) for key, row in next(stream).items()}
                    self._cache.add_scores(ids, computed)
                    known.update(computed)
            yield {m.info.name: known.get((objective, m.info), nothing) for m in methods}


class _Stream:
    """The scores of objectives by a group of methods, in the order they are computed."""

    def __init__(
        self, run: SequenceRun, methods: list[Method], objectives: list[Objective]
    ) -> None:
        self.infos = [method.info for method in methods]
        gradient_methods = [method for method in methods if isinstance(method, GradientMethod)]
        if gradient_methods:
            self._rows = _gradient_scores(run, gradient_methods, objectives)
        else:
            self._rows = _method_scores(run, methods[0], objectives)

    def __next__(self) -> dict[ScoreKey, NumpyArray]:
        return next(self._rows)


def _groups(methods: list[Method]) -> list[list[Method]]:
    """Returns the methods that share gradients together, and each other one alone."""
    shared: list[Method] = [method for method in methods if isinstance(method, GradientMethod)]
    alone = [[method] for method in methods if not isinstance(method, GradientMethod)]
    return [shared, *alone] if shared else alone


def _gradient_scores(
    run: SequenceRun, methods: list[GradientMethod], objectives: list[Objective]
) -> Iterator[dict[ScoreKey, NumpyArray]]:
    """Yields the scores of each objective by several methods from one gradient."""

    def score(trace: Trace, gradients: Array) -> list[Scores]:
        rows = {m.info.name: trace.to_numpy(m.score(gradients, trace.embeddings)) for m in methods}
        return [{name: values[i] for name, values in rows.items()} for i in range(len(gradients))]

    for objective, row in run.stream_gradients(objectives, score):
        for method in methods:
            _check_finite(method.info.name, row[method.info.name])
        yield {(objective, method.info): row[method.info.name] for method in methods}


def _method_scores(
    run: SequenceRun, method: Method, objectives: list[Objective]
) -> Iterator[dict[ScoreKey, NumpyArray]]:
    """Yields the scores of each objective by a method that runs the model itself."""
    for objective, scores in zip(objectives, method.attribute(run, objectives), strict=True):
        row = np.asarray(scores, np.float32)
        if row.shape != (len(run.ids),):
            raise ValueError(
                f"{method.info.name} must give one score for each token: expected"
                f" {len(run.ids)}, got an array of shape {row.shape}."
            )
        _check_finite(method.info.name, row)
        yield {(objective, method.info): row}


def _tokens_to_run(objectives: Iterable[Objective], tokens: int) -> int:
    """Returns how many tokens, from the first on, have to be run for some objectives."""
    end = max((objective.end + 1 for objective in objectives), default=0)
    return tokens if tokens - end < tokens * _SHORT_REST else end


def _check_finite(name: str, values: Float32[NumpyArray, " n"]) -> None:
    if not np.isfinite(values).all():
        raise ValueError(
            f"{name} must be finite for every token; {np.sum(~np.isfinite(values))} of"
            f" {len(values)} are not. The weights hold NaN, or the precision is too narrow:"
            " load the model with precision float32 or bfloat16."
        )


def _resized(
    scores: Float32[NumpyArray, " run"], num_tokens: int
) -> Float32[NumpyArray, " tokens"]:
    """Returns the scores of a sequence of which fewer or more tokens were run."""
    resized = np.zeros(num_tokens, np.float32)
    resized[: len(scores)] = scores[:num_tokens]
    return resized
