"""The cache of forward passes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from seqsal.attribution.caches.traces import TraceCache
from seqsal.models.objective import Objective, Term


class _Sized:
    """A trace that reports 10 bytes per token."""

    def __init__(self, ids: Sequence[int]) -> None:
        self.ids, self.nbytes = tuple(ids), 10 * len(ids)
        self.embeddings = np.zeros((len(ids), 3), np.float32)

    def to_numpy(self, array: Any) -> Any:
        return array

    logprobs = gradients = likeliest = expect = to_numpy


class _Maker:
    """Makes such traces and records their sequences."""

    def __init__(self) -> None:
        self.made: list[tuple[int, ...]] = []

    def __call__(self, ids: Sequence[int]) -> Any:
        self.made.append(tuple(ids))
        return _Sized(ids)


def _use(cache: TraceCache, *ids: int) -> None:
    with cache.acquire(ids) as entry:
        assert entry.trace.ids[: len(ids)] == ids  # type: ignore[attr-defined]


def test_a_cached_trace_is_reused() -> None:
    maker = _Maker()
    cache = TraceCache(maker, budget=100)
    _use(cache, 1, 2)
    _use(cache, 3)
    _use(cache, 1, 2)
    assert maker.made == [(1, 2), (3,)]


def test_the_least_recently_used_trace_is_evicted_first() -> None:
    maker = _Maker()
    cache = TraceCache(maker, budget=60)
    _use(cache, 1, 1)
    _use(cache, 2, 2)
    _use(cache, 1, 1)
    _use(cache, 3, 3, 3)
    _use(cache, 1, 1)
    assert maker.made == [(1, 1), (2, 2), (3, 3, 3)]
    _use(cache, 2, 2)
    assert maker.made[-1] == (2, 2)


def test_a_trace_above_the_budget_stays_until_the_next_one() -> None:
    maker = _Maker()
    cache = TraceCache(maker, budget=15)
    for _ in range(3):
        _use(cache, 1, 2)
    assert maker.made == [(1, 2)]
    _use(cache, 3)
    _use(cache, 1, 2)
    assert maker.made == [(1, 2), (3,), (1, 2)]


def test_the_number_of_sequences_is_limited_however_short_they_are() -> None:
    maker = _Maker()
    cache = TraceCache(maker, budget=10**9, max_sequences=2)
    for ids in ((1,), (2,), (1,), (3,), (1,)):
        _use(cache, *ids)
    assert maker.made == [(1,), (2,), (3,)]
    _use(cache, 2)
    assert maker.made == [(1,), (2,), (3,), (2,)]
    _use(cache, 3)
    assert maker.made[-1] == (3,)


def test_a_longer_sequence_serves_its_prefixes() -> None:
    maker = _Maker()
    cache = TraceCache(maker, budget=100)
    _use(cache, 1, 2, 3)
    _use(cache, 1, 2)
    assert maker.made == [(1, 2, 3)]
    _use(cache, 2, 3)
    _use(cache, 1, 2, 3, 4)
    assert maker.made == [(1, 2, 3), (2, 3), (1, 2, 3, 4)]


def test_cached_gradients_count_towards_the_budget() -> None:
    maker = _Maker()
    cache = TraceCache(maker, budget=400)
    with cache.acquire((1,)) as entry:
        for token in range(9):  # A quarter of the budget is enough for two of them.
            objective = Objective(frozenset({(Term(1, token), 1.0)}))
            entry.gradients.add(objective, np.zeros((1, 12), np.float32))
        assert entry.nbytes == 10 + 2 * 48
    for last in range(31):
        _use(cache, 2, 2, last)
    _use(cache, 1)
    assert maker.made[-1] == (1,)


def test_clear_releases_all_traces() -> None:
    maker = _Maker()
    cache = TraceCache(maker, budget=100)
    _use(cache, 1)
    cache.clear()
    _use(cache, 1)
    assert maker.made == [(1,), (1,)]
