"""The size limit takes what was used longest ago, and never a user's prompt."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from seqsal.store import prompts, schema
from seqsal.store.database import Database
from seqsal.store.store import Store
from tests.store.samples import add_scores, answer, of_model, prompt, scores, stored_scores

Open = Callable[..., Store]

_TOKENS = 5_000
"""Tokens of a result, which takes about 37 kB then."""


def _add(store: Store, number: int) -> None:
    add_scores(of_model(store), (0, number), {frozenset({1}): scores(number, tokens=_TOKENS)})


def _kept(store: Store, numbers: range) -> list[int]:
    return [number for number in numbers if stored_scores(of_model(store), (0, number), [{1}])]


def _held(url: sa.URL) -> int:
    database = Database(url)
    with database.reading() as connection:
        sizes = [
            connection.execute(sa.select(sa.func.sum(table.c.bytes))).scalar_one() or 0
            for table in (schema.results, schema.answers)
        ]
    database.close()
    return int(sum(sizes))


def test_the_newest_results_stay_within_the_limit(url: sa.URL, open_store: Open) -> None:
    store = open_store(1)
    for number in range(60):
        _add(store, number)
        assert _held(url) <= 1e6
    assert store.fault == ""
    kept = _kept(store, range(60))
    assert 10 < len(kept) < 40
    assert kept == list(range(60 - len(kept), 60))


def test_log_probabilities_stay_within_the_limit_as_salience_does(
    url: sa.URL, open_store: Open
) -> None:
    store = open_store(1)
    for number in range(60):
        of_model(store).add_logprobs((number,), [0], scores(number, 2 * _TOKENS)["grad_l2"])
        assert _held(url) <= 1e6
        assert of_model(store).logprobs((0,), [0]) is not None, f"lost after {number}"
    kept = [n for n in range(60) if of_model(store).logprobs((n,), [0]) is not None]
    assert 10 < len(kept) < 40
    assert kept == [0, *range(61 - len(kept), 60)]


def test_a_result_that_is_used_outlives_newer_ones(open_store: Open) -> None:
    store = open_store(1)
    for number in range(60):
        _add(store, number)
        assert stored_scores(of_model(store), (0, 0), [{1}]), f"lost after {number}"
    assert 1 not in _kept(store, range(60))


def test_uses_before_a_restart_count(open_store: Open) -> None:
    first = open_store(1)
    for number in range(20):
        _add(first, number)
    assert stored_scores(of_model(first), (0, 0), [{1}])
    first.close()
    second = open_store(1)
    for number in range(20, 36):
        _add(second, number)
    kept = _kept(second, range(36))
    assert 0 in kept
    assert 1 not in kept


def test_results_go_before_answers_and_prompts_stay(open_store: Open) -> None:
    store = open_store(1)
    long = "x" * 40_000
    store.add_prompts("mine", [prompt(f"{i} {long}") for i in range(40)])
    of_model(store).add_answers({"first": [answer(), answer(" other")]})
    for number in range(60):
        _add(store, number)
    assert of_model(store).answers(["first"]) == {"first": [answer(), answer(" other")]}
    for number in range(60):  # Now answers alone are too many.
        of_model(store).add_answers({f"{number} {long}": [answer()]})
    assert _kept(store, range(60)) == []
    assert of_model(store).answers(["first", f"0 {long}"]) == {}
    assert of_model(store).answers([f"59 {long}"]) != {}
    assert len(store.added_prompts("mine")) == 40


def test_a_clock_that_is_set_back_changes_nothing(
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
    kept = _kept(store, range(60))
    assert kept == list(range(60 - len(kept), 60))
    assert store.added_prompts("mine") == [prompt("b"), prompt("a")]
