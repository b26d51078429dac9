"""The size limit evicts the least recently used entries, and never a user's prompt."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from seqsal.store import prompts, schema
from seqsal.store.database import Database
from seqsal.store.store import Store
from tests.store.samples import add_scores, answer, of_model, prompt, scores, stored_scores

Open = Callable[..., Store]

_TOKENS = 5_000
"""Tokens of a result, which is then about 37 kB."""


def _add(store: Store, number: int) -> None:
    add_scores(of_model(store), (0, number), {frozenset({1}): scores(number, tokens=_TOKENS)})


def _stored(store: Store, numbers: range) -> list[int]:
    return [number for number in numbers if stored_scores(of_model(store), (0, number), [{1}])]


def _total_bytes(url: sa.URL) -> int:
    database = Database(url)
    with database.reading() as connection:
        sizes = [
            connection.execute(sa.select(sa.func.sum(table.c.bytes))).scalar_one() or 0
            for table in (schema.results, schema.answers)
        ]
    database.close()
    return int(sum(sizes))


def test_the_newest_results_within_the_limit_remain(url: sa.URL, open_store: Open) -> None:
    store = open_store(1)
    for number in range(60):
        _add(store, number)
        assert _total_bytes(url) <= 1e6
    assert store.fault == ""
    stored = _stored(store, range(60))
    assert 10 < len(stored) < 40
    assert stored == list(range(60 - len(stored), 60))


def test_logprobs_count_towards_the_limit(url: sa.URL, open_store: Open) -> None:
    store = open_store(1)
    for number in range(60):
        of_model(store).add_logprobs((number,), [0], scores(number, 2 * _TOKENS)["grad_l2"])
        assert _total_bytes(url) <= 1e6
        assert of_model(store).logprobs((0,), [0]) is not None, f"lost after {number}"
    stored = [n for n in range(60) if of_model(store).logprobs((n,), [0]) is not None]
    assert 10 < len(stored) < 40
    assert stored == [0, *range(61 - len(stored), 60)]


def test_a_recently_read_result_is_not_evicted(open_store: Open) -> None:
    store = open_store(1)
    for number in range(60):
        _add(store, number)
        assert stored_scores(of_model(store), (0, 0), [{1}]), f"lost after {number}"
    assert 1 not in _stored(store, range(60))


def test_usage_survives_a_restart(open_store: Open) -> None:
    first = open_store(1)
    for number in range(20):
        _add(first, number)
    assert stored_scores(of_model(first), (0, 0), [{1}])
    first.close()
    second = open_store(1)
    for number in range(20, 36):
        _add(second, number)
    stored = _stored(second, range(36))
    assert 0 in stored
    assert 1 not in stored


def test_results_are_evicted_before_answers_and_prompts_never(open_store: Open) -> None:
    store = open_store(1)
    long = "x" * 40_000
    store.add_prompts("mine", [prompt(f"{i} {long}") for i in range(40)])
    of_model(store).add_answers({"first": [answer(), answer(" other")]})
    for number in range(60):
        _add(store, number)
    assert of_model(store).answers(["first"]) == {"first": [answer(), answer(" other")]}
    for number in range(60):  # Now the answers alone exceed the limit.
        of_model(store).add_answers({f"{number} {long}": [answer()]})
    assert _stored(store, range(60)) == []
    assert of_model(store).answers(["first", f"0 {long}"]) == {}
    assert of_model(store).answers([f"59 {long}"]) != {}
    assert len(store.added_prompts("mine")) == 40


def test_eviction_does_not_depend_on_the_clock(
    open_store: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    years = iter(range(2999, 0, -1))
    monkeypatch.setattr(prompts, "now", lambda: f"{next(years)}-01-01T00:00:00+00:00")
    monkeypatch.setattr("time.time", lambda: float(next(years)))
    store = open_store(1)
    store.add_prompts("mine", [prompt("b")])
    store.add_prompts("mine", [prompt("a")])
    for number in range(60):
        of_model(store).add_answers({str(number): [answer()]})
        _add(store, number)
    stored = _stored(store, range(60))
    assert stored == list(range(60 - len(stored), 60))
    assert store.added_prompts("mine") == [prompt("b"), prompt("a")]
