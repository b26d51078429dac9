"""Scores of selections on a sequence: what has to be run for them, and what is kept."""

import contextlib
import time
from collections.abc import Iterator
from typing import Final

import numpy as np
from jaxtyping import Float32

from seqsal.attribution import salience
from seqsal.attribution.gradient_cache import Selection
from seqsal.attribution.result_cache import FORGETTING, Keeping
from seqsal.attribution.trace_cache import TraceCache
from seqsal.models.arrays import Array, NumpyArray
from seqsal.models.causal_lm import CausalLM, Trace
from seqsal.models.limits import DoesNotFitError
from seqsal.models.objective import Objective, Term
from seqsal.models.progress import tasks

_SHARE_FOR_GRADIENTS: Final = 0.25
_MOST_TARGETS_AT_ONCE: Final = 16
_TURN: Final = 1.0
"""Seconds after which somebody else is served."""
_SHORT_REST: Final = 0.125
"""Where less than this share of a sequence follows the selection, all of it is run: the next
selection is likely to stand there, and would need a forward pass of its own."""

Scores = dict[str, NumpyArray]
"""The scores of each token, by method."""


class Engine:
    """Scores tokens by a language model, with one forward pass for each sequence."""

    def __init__(
        self, lm: CausalLM, *, trace_memory: float | int = 0.25, keeping: Keeping = FORGETTING
    ) -> None:
        """Starts with no forward pass kept.

        Args:
            lm: the model.
            trace_memory: share of the memory that is free now, for the graphs of forward passes
                and the gradients computed on them.
            keeping: scores that outlive the process.
        """
        self._lm, self._keeping = lm, keeping
        self._traces = TraceCache(
            lm.trace,
            int(lm.free_bytes * trace_memory),
            lm.queue,
            serves_beginnings=not lm.depends_on_length,
        )

    def scores(
        self, ids: tuple[int, ...], weights: Float32[NumpyArray, "targets tokens"]
    ) -> list[Scores]:
        """Returns the scores of each selection on one sequence, from one forward pass.

        Selections share backward passes where the device gains from it; one that is the union of
        others computed before needs none. Only tokens up to the last selected one are run, or all
        of them where few are left.

        Args:
            ids: the sequence.
            weights: for each selection 1 at the tokens to explain and 0 elsewhere; the first
                token of a sequence can not be explained.

        Raises:
            ValueError: the sequence does not fit, or the scores are not finite.
        """
        return list(self.each_scores(ids, weights))

    def each_scores(
        self, ids: tuple[int, ...], weights: Float32[NumpyArray, "targets tokens"]
    ) -> Iterator[Scores]:
        """Yields what `scores` returns, as it comes, and tells the current task how far it is.

        Raises:
            ValueError: as in `scores`.
            CancelledError: nobody waits for the task any more.
        """
        done = 0
        with contextlib.suppress(DoesNotFitError):
            for scores in self._in_order(ids, weights):
                yield scores
                done += 1
            return
        self._traces.clear()  # Other sequences are kept; without them there is more room.
        yield from self._in_order(ids, weights[done:])

    def forget(self, ids: tuple[int, ...]) -> None:
        """Lets go of the forward pass of a sequence, once nothing runs: nobody explains it now."""
        self._traces.drop(ids)

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
        known = self._keeping.logprobs(ids, positions)
        if known is None:
            with contextlib.suppress(DoesNotFitError):
                known = self._logprobs(ids, positions)
        if known is None:
            self._traces.clear()
            known = self._logprobs(ids, positions)
        return known

    def make_room(self) -> None:
        """Lets go of every forward pass that is kept."""
        self._traces.clear()

    def _logprobs(self, ids: tuple[int, ...], positions: list[int]) -> Float32[NumpyArray, " n"]:
        with self._traces.borrow(ids) as kept:
            computed = kept.trace.to_numpy(
                kept.trace.logprobs([Term(position, ids[position]) for position in positions])
            )
        _check_finite("A log-probability", computed)
        self._keeping.add_logprobs(ids, positions, computed)
        return computed

    def _in_order(
        self, ids: tuple[int, ...], weights: Float32[NumpyArray, "targets tokens"]
    ) -> Iterator[Scores]:
        selections = [frozenset(np.flatnonzero(row).tolist()) for row in weights]
        wanted = [selection for selection in dict.fromkeys(selections) if selection]
        scores = {frozenset[int](): _zeros(len(ids)), **self._keeping.scores(ids, wanted)}
        new = [selection for selection in wanted if selection not in scores]
        end = len(ids) if self._lm.depends_on_length else _tokens_to_run(_masks(new, len(ids)))
        coming = self._computed(ids[:end], new)
        for selection in selections:
            while selection not in scores:
                found, row = next(coming)
                scores[found] = {name: _fitted(row[name], len(ids)) for name in row}
                self._keeping.add_scores(ids, {found: scores[found]})
            yield scores[selection]

    def _computed(
        self, ids: tuple[int, ...], selections: list[Selection]
    ) -> Iterator[tuple[Selection, Scores]]:
        """Yields the scores of each selection over the tokens that are run.

        After about a second others have their turn: a click does not wait for all that is
        asked ahead.
        """
        task = tasks.current()
        task.tell("progress", stage="forward")
        known, new = [], list[Selection]()
        with self._traces.borrow(ids) as kept:
            for selection in selections:
                gradient = kept.known.find(selection)
                if gradient is None:
                    new.append(selection)
                else:
                    known.append((selection, _salience(kept.trace, gradient[None])[0]))
        yield from known
        at_once = 1
        while new:
            task.check()
            number = len(selections) - len(new) + 1
            task.tell("progress", stage="selection", number=number, of=len(selections))
            chunk, new = new[:at_once], new[at_once:]
            with self._traces.borrow(ids) as kept:
                start = time.perf_counter()
                kept.trace.expect([Term(p, ids[p]) for each in new for p in sorted(each)])
                gradients = kept.trace.gradients([Objective.of_tokens(ids, each) for each in chunk])
                for i, selection in enumerate(chunk):
                    kept.known.add(selection, gradients[i])
                rows = _salience(kept.trace, gradients)
                seconds = (time.perf_counter() - start) / len(chunk)
                at_once = min(
                    _targets_at_once(kept.trace, self._lm.free_bytes),
                    max(1, int(_TURN / max(seconds, 1e-6))),
                )
            yield from zip(chunk, rows, strict=True)


def _tokens_to_run(weights: Float32[NumpyArray, "targets tokens"]) -> int:
    """Returns how many tokens, from the first on, have to be run for some selections."""
    tokens = weights.shape[1]
    end = int(np.flatnonzero(weights.any(axis=0)).max(initial=-1)) + 1
    return tokens if tokens - end < tokens * _SHORT_REST else end


def _targets_at_once(trace: Trace, free_bytes: int) -> int:
    """Returns how many selections one backward pass can take.

    A target's gradients need, layer after layer, about the memory of that layer's part of the
    graph; the whole graph for each target is a bound that leaves room.
    """
    fitting = int(free_bytes * _SHARE_FOR_GRADIENTS / max(trace.nbytes, 1))
    return max(1, min(_MOST_TARGETS_AT_ONCE, fitting))


def _masks(selections: list[Selection], num_tokens: int) -> Float32[NumpyArray, "targets tokens"]:
    masks = np.zeros((len(selections), num_tokens), np.float32)
    for mask, selection in zip(masks, selections, strict=True):
        mask[list(selection)] = 1
    return masks


def _salience(trace: Trace, gradients: Float32[Array, "targets tokens dim"]) -> list[Scores]:
    scores = {
        name: trace.to_numpy(method(gradients, trace.embeddings))
        for name, method in salience.METHODS.items()
    }
    return [
        _finite({name: rows[i] for name, rows in scores.items()}) for i in range(len(gradients))
    ]


def _finite(scores: Scores) -> Scores:
    for name, values in scores.items():
        _check_finite(name, values)
    return scores


def _check_finite(name: str, values: Float32[NumpyArray, " n"]) -> None:
    if not np.isfinite(values).all():
        raise ValueError(
            f"{name} must be finite for every token; {np.sum(~np.isfinite(values))} of"
            f" {len(values)} are not. The weights hold NaN, or the precision is too narrow:"
            " load the model with precision float32 or bfloat16."
        )


def _zeros(num_tokens: int) -> Scores:
    return {method: np.zeros(num_tokens, np.float32) for method in salience.METHODS}


def _fitted(scores: Float32[NumpyArray, " run"], num_tokens: int) -> Float32[NumpyArray, " tokens"]:
    """Returns the scores of a sequence, of which fewer tokens were run, or more."""
    fitted = np.zeros(num_tokens, np.float32)
    fitted[: len(scores)] = scores[:num_tokens]
    return fitted
