from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from seqsal.models.trace_cache import TraceCache


class _Maker:
    """Makes traces that claim 10 bytes for each token, and notes what it made."""

    def __init__(self) -> None:
        self.made: list[tuple[int, ...]] = []

    def __call__(self, ids: Sequence[int]) -> Any:
        self.made.append(tuple(ids))
        return SimpleNamespace(nbytes=10 * len(ids), ids=tuple(ids))


def _use(cache: TraceCache, *ids: int) -> None:
    with cache.borrow(ids) as trace:
        assert trace.ids == ids  # type: ignore[attr-defined]


def test_a_kept_trace_is_used_again() -> None:
    maker = _Maker()
    cache = TraceCache(maker, budget=100)
    _use(cache, 1, 2)
    _use(cache, 3)
    _use(cache, 1, 2)
    assert maker.made == [(1, 2), (3,)]


def test_the_least_recently_used_goes_first() -> None:
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


def test_a_trace_above_the_budget_is_kept_until_the_next() -> None:
    maker = _Maker()
    cache = TraceCache(maker, budget=15)
    for _ in range(3):
        _use(cache, 1, 2)
    assert maker.made == [(1, 2)]
    _use(cache, 3)
    _use(cache, 1, 2)
    assert maker.made == [(1, 2), (3,), (1, 2)]
