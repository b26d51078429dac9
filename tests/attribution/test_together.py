"""Texts that run together: their scores are cached, and no other pass runs for them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from seqsal.attribution.caches.recent import RecentResults
from seqsal.attribution.caches.results import NO_CACHE
from seqsal.attribution.engine import Engine
from seqsal.attribution.registry import find_methods
from seqsal.attribution.together import Text
from seqsal.models.arrays import NumpyArray
from seqsal.models.causal_lm import CausalLM
from seqsal.models.objective import Objective
from seqsal.models.transformers import HFCausalLM
from tests import tiny

METHODS = ("linearized", "grad_l2", "grad_dot_input")


def _texts(lm: CausalLM) -> list[Text]:
    found = []
    for text in tiny.TEXTS_WITH_PREFIX:
        ids = lm.encode(text).ids
        positions = range(len(ids) - 4, len(ids))
        found.append(Text(ids, Objective.of_tokens(ids, positions), tuple(positions)))
    return found


def test_scores_are_those_of_each_text_alone_and_need_no_further_pass(
    lm: HFCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts, main = _texts(lm), Engine(lm)
    engine = main.for_many_texts()
    with lm.shared_prefix([text.ids for text in texts]):
        engine.compute_together(texts, METHODS)
    alone = Engine(lm)
    expected = [alone.scores(text.ids, [text.objective], METHODS)[0] for text in texts]
    logprobs = [alone.logprobs(text.ids, list(text.positions)) for text in texts]

    def trace(*_: Any, **__: Any) -> Any:
        raise AssertionError("A pass ran for a text whose scores are known.")

    monkeypatch.setattr(lm, "trace", trace)
    for other in (engine, main.for_many_texts()):
        for text, scores, own in zip(texts, expected, logprobs, strict=True):
            (found,) = other.scores(text.ids, [text.objective], METHODS)
            assert list(found) == list(scores)
            for name, row in scores.items():
                largest = float(np.abs(row).max())
                np.testing.assert_allclose(found[name], row, rtol=1e-3, atol=1e-4 * largest)
            np.testing.assert_allclose(
                other.logprobs(text.ids, list(text.positions)), own, rtol=1e-4, atol=1e-5
            )


def test_known_scores_are_not_computed_again(
    lm: HFCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts, engine = _texts(lm), Engine(lm).for_many_texts()
    asked = list[int]()
    batches = lm.batch_traces

    def batch_traces(sequences: Sequence[Sequence[int]]) -> Any:
        asked.append(len(sequences))
        return batches(sequences)

    monkeypatch.setattr(lm, "batch_traces", batch_traces)
    with lm.shared_prefix([text.ids for text in texts]):
        for chosen in (texts[:3], texts):
            engine.compute_together(chosen, ["grad_l2"])
    assert asked == [3, 2]


def test_numbers_that_are_not_finite_are_not_cached(lm: HFCausalLM) -> None:
    texts, engine = _texts(lm), Engine(lm).for_many_texts()
    table = lm._network._table
    token = (set(texts[0].ids) - set(texts[1].ids)).pop()
    before = table[token].clone()
    table[token] = float("nan")
    try:
        with lm.shared_prefix([text.ids for text in texts]):
            engine.compute_together(texts, ["grad_l2"])
            (info,) = (method.info for method in find_methods(["grad_l2"]))
            known = [
                bool(engine._cache.scores(text.ids, [(text.objective, info)])) for text in texts
            ]
            assert not known[0] and known[1]
            with pytest.raises(ValueError, match="must be finite"):
                engine.scores(texts[0].ids, [texts[0].objective], ["grad_l2"])
    finally:
        table[token] = before


def test_forward_passes_of_other_texts_stay(
    lm: HFCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts, main, passes = _texts(lm), Engine(lm), list[int]()
    main.scores(texts[0].ids, [texts[0].objective], ["grad_l2"])
    many = main.for_many_texts()
    for text in texts:
        many.scores(text.ids, [text.objective], ["linearized"])
        many.forget(text.ids)
    monkeypatch.setattr(lm, "trace", lambda ids, *_: passes.append(len(ids)))
    other = Objective.of_tokens(texts[0].ids, [len(texts[0].ids) - 2])
    main.scores(texts[0].ids, [other], ["grad_l2"])
    assert passes == []


def _row(value: float) -> NumpyArray:
    return np.full(5, value, np.float32)


def test_only_the_last_sequences_stay_in_memory() -> None:
    recent = RecentResults(NO_CACHE, max_tokens=212)  # Room for two of 5 tokens and 100 more.
    (info,) = (method.info for method in find_methods(["grad_l2"]))
    objective = Objective.of_tokens([0, 1, 2, 3, 4], [4])
    sequences = [(first, 1, 2, 3, 4) for first in range(3)]
    for number, ids in enumerate(sequences):
        recent.add_scores(ids, {(objective, info): _row(number)})
        recent.add_logprobs(ids, [4], _row(number)[:1])
    assert recent.scores(sequences[0], [(objective, info)]) == {}
    assert recent.logprobs(sequences[0], [4]) is None
    for number, ids in enumerate(sequences[1:], start=1):
        (found,) = recent.scores(ids, [(objective, info)]).values()
        np.testing.assert_array_equal(found, _row(number))
        known = recent.logprobs(ids, [4])
        assert known is not None
        np.testing.assert_array_equal(known, _row(number)[:1])
        assert recent.logprobs(ids, [3]) is None
