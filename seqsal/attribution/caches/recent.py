"""The results of the last texts in memory, in front of what is cached beyond the process."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from seqsal.attribution.caches.results import ResultCache, ScoreKey
from seqsal.attribution.caches.sequences import SequenceCache
from seqsal.models.arrays import NumpyArray
from seqsal.models.causal_lm import Generation

_MAX_TOKENS: Final = 1 << 18
"""Tokens of all cached sequences: about 10 MB for their ids, and 1 MB for each method."""

_Positions = tuple[int, ...]


class _Recent:
    """What is known of one sequence."""

    def __init__(self) -> None:
        self.scores: dict[ScoreKey, NumpyArray] = {}
        self.logprobs: dict[_Positions, NumpyArray] = {}


class RecentResults:
    """A `ResultCache` that has the scores of the last sequences in memory.

    Answers are cached by `TextEncoder`.
    """

    def __init__(self, cache: ResultCache, max_tokens: int = _MAX_TOKENS) -> None:
        """Starts with what the other cache has.

        Args:
            cache: caches results beyond the process.
            max_tokens: tokens of the sequences whose scores are in memory; each sequence counts as
                100 more.
        """
        self._cache, self._lock = cache, threading.Lock()
        self._sequences = SequenceCache[tuple[int, ...], _Recent](max_tokens)

    def answers(self, prompts: Iterable[str], stop: tuple[str, ...]) -> dict[str, list[Generation]]:
        """Returns the cached answers with some stop texts, by prompt."""
        return self._cache.answers(prompts, stop)

    def add_answers(self, added: Mapping[str, Sequence[Generation]], stop: tuple[str, ...]) -> None:
        """Caches answers with some stop texts, by prompt."""
        self._cache.add_answers(added, stop)

    def scores(self, ids: Sequence[int], keys: Iterable[ScoreKey]) -> dict[ScoreKey, NumpyArray]:
        """Returns the cached scores [tokens] of objectives on a sequence, by method."""
        wanted = list(keys)
        with self._lock:
            recent = (self._sequences.get(tuple(ids)) or _NOTHING).scores
            found = {key: recent[key] for key in wanted if key in recent}
        if missing := [key for key in wanted if key not in found]:
            found |= self._cache.scores(ids, missing)
        return found

    def add_scores(self, ids: Sequence[int], added: Mapping[ScoreKey, NumpyArray]) -> None:
        """Caches scores of objectives on a sequence."""
        with self._lock:
            self._recent(ids).scores.update(added)
        self._cache.add_scores(ids, added)

    def logprobs(self, ids: Sequence[int], positions: Sequence[int]) -> NumpyArray | None:
        """Returns the cached log-probabilities of tokens of a sequence, or None."""
        with self._lock:
            found = (self._sequences.get(tuple(ids)) or _NOTHING).logprobs.get(tuple(positions))
        return self._cache.logprobs(ids, positions) if found is None else found

    def add_logprobs(self, ids: Sequence[int], positions: Sequence[int], added: NumpyArray) -> None:
        """Caches the log-probabilities of tokens of a sequence."""
        with self._lock:
            self._recent(ids).logprobs[tuple(positions)] = added
        self._cache.add_logprobs(ids, positions, added)

    def _recent(self, ids: Sequence[int]) -> _Recent:
        """Returns what is known of a sequence, and forgets the oldest ones beyond the limit."""
        key = tuple(ids)
        recent = self._sequences.get(key)
        if recent is None:
            recent = _Recent()
            self._sequences.add(key, recent, len(key))
        return recent


_NOTHING: Final = _Recent()
