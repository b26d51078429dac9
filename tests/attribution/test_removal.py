"""Removals and ablation: against the shortened text run alone."""

from typing import Any

import numpy as np
import pytest
import torch

from seqsal.attribution import removal
from seqsal.attribution.engine import Engine
from seqsal.models import accelerate
from seqsal.models.capabilities import logprobs_without
from seqsal.models.objective import Term
from seqsal.models.transformers import HFCausalLM
from seqsal.models.transformers.variants import Variants
from tests import tiny
from tests.attribution.shortened import IDS, OBJECTIVE, SEGMENTS, tiny_lm, value_without

REMOVALS = [((0, 3),), ((5, 9),), ((7, 9),), ((3, 4), (20, 23)), ((1, 24),), ((22, 25),), ()]


@pytest.mark.parametrize("architecture", tiny.CONFIGS)
def test_a_removal_is_the_shortened_text_run_alone(architecture: str) -> None:
    lm = tiny_lm(architecture)
    effects = list(Engine(lm).removal_effects(IDS, OBJECTIVE, REMOVALS))
    whole = value_without(lm, ())
    expected = [whole - value_without(lm, ranges) for ranges in REMOVALS]
    np.testing.assert_allclose(effects, expected, rtol=1e-4, atol=1e-4)


def test_the_plain_way_gives_the_same_numbers() -> None:
    class Plain:
        """Only what every adapter has."""

        def __init__(self, lm: HFCausalLM) -> None:
            self._lm = lm

        def __getattr__(self, name: str) -> Any:
            if name == "logprobs_without":
                raise AttributeError(name)
            return getattr(self._lm, name)

    lm, terms = tiny_lm("mistral"), OBJECTIVE.terms
    plain: Any = Plain(lm)
    for one, other in zip(
        logprobs_without(lm, IDS, REMOVALS, terms),
        logprobs_without(plain, IDS, REMOVALS, terms),
        strict=True,
    ):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_what_variants_share_runs_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Removing each of 25 segments takes at most 0.65 forward passes a segment."""
    tokens, segments = 0, [((start, start + 1),) for start in range(25)]
    states = type(tiny_lm("llama")._network).states

    def counted(network: Any, ids: torch.Tensor, cache: Any = None) -> Any:
        nonlocal tokens
        tokens += ids.numel()
        return states(network, ids, cache)

    lm = tiny_lm("llama")
    monkeypatch.setattr(type(lm._network), "states", counted)
    assert len(list(logprobs_without(lm, IDS, segments, OBJECTIVE.terms))) == 25
    assert tokens <= 0.65 * 25 * OBJECTIVE.end


def test_the_first_removal_takes_one_pass_whose_beginning_is_cached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lm, runs = tiny_lm("llama"), list[int]()
    states = type(lm._network).states

    def counted(network: Any, ids: torch.Tensor, cache: Any = None) -> Any:
        runs.append(ids.numel())
        return states(network, ids, cache)

    monkeypatch.setattr(type(lm._network), "states", counted)
    monkeypatch.setattr("seqsal.models.transformers.variants._MAX_SHARE_REPEATED", -1.0)
    removals = [((12, 20),), ((9, 10),), ((20, 25),), ((14, 15),)]
    rows = logprobs_without(lm, IDS, removals, OBJECTIVE.terms)
    first = next(rows)
    assert runs == [OBJECTIVE.end - 8]
    effects = [float(row.sum()) for row in (first, *rows)]
    for ranges, effect in zip(removals, effects, strict=True):
        assert effect == pytest.approx(value_without(lm, ranges), rel=1e-4)
    # From 9, from the 12 tokens cached by the first, from the 14 that the one after it needs.
    assert runs[1:] == [20 - 1, OBJECTIVE.end - 12 - 5, OBJECTIVE.end - 14 - 1]


@pytest.mark.parametrize("preallocated", [True, False])
def test_what_variants_begin_with_runs_once_for_those_that_follow_each_other(
    preallocated: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They lack the first token, so that they share nothing with the whole sequence."""
    runs = list[int]()
    if not preallocated:
        monkeypatch.setenv(accelerate.VARIABLE, "none")
    monkeypatch.setattr("seqsal.models.transformers.variants._MAX_SHARE_REPEATED", -1.0)
    lm, states = tiny_lm("llama"), type(tiny_lm("llama")._network).states

    def counted(network: Any, ids: torch.Tensor, cache: Any = None) -> Any:
        runs.append(ids.numel())
        return states(network, ids, cache)

    monkeypatch.setattr(type(lm._network), "states", counted)
    removals = [((0, 1), (end, end + 1)) for end in (22, 6, 6, 14)]
    effects = [float(row.sum()) for row in logprobs_without(lm, IDS, removals, OBJECTIVE.terms)]
    for ranges, effect in zip(removals, effects, strict=True):
        assert effect == pytest.approx(value_without(lm, ranges), rel=1e-4)
    # The first runs all of its 27 tokens; the others have 5 in common with the one before, the
    # third all up to the token that predicts the first explained one.
    assert runs == [27, 22, 5, 22]


def test_effects_come_in_the_order_of_the_removals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seqsal.models.transformers.lm._VARIANTS", 2)
    lm, batches = tiny_lm("llama"), []
    logprobs = Variants.logprobs

    def counted(self: Variants, removals: Any, terms: Any) -> Any:
        batches.append(len(removals))
        return logprobs(self, removals, terms)

    monkeypatch.setattr(Variants, "logprobs", counted)
    stream = Engine(lm).removal_effects(IDS, OBJECTIVE, REMOVALS)
    next(stream)
    assert batches == [1], "Later removals must not run before earlier ones are reported."
    next(stream)
    assert batches == [1, 2]
    expected = list(Engine(tiny_lm("llama")).removal_effects(IDS, OBJECTIVE, REMOVALS))
    np.testing.assert_allclose(list(stream), expected[2:], rtol=1e-4, atol=1e-5)


def test_ablation_scores_are_the_effects_spread_over_the_tokens() -> None:
    lm = tiny_lm("gemma3")
    (scores,) = Engine(lm).scores(IDS, [OBJECTIVE], ["ablation"], segments=SEGMENTS)
    whole = value_without(lm, ())
    for start, end in SEGMENTS:
        effect = whole - value_without(lm, [(start, end)])
        own = scores["ablation"][start:end]
        assert float(own.sum()) == pytest.approx(effect, rel=1e-3, abs=1e-4)
        assert np.ptp(own) == 0
    assert not scores["ablation"][10:12].any() and not scores["ablation"][25:].any()


@pytest.mark.parametrize("method", ["ablation", "lime"])
def test_segments_in_a_gap_of_the_selection_are_scored(method: str) -> None:
    """The selection is tokens 25, 26 and 29; tokens 27 and 28 come before its end."""
    lm, segments = tiny_lm("llama"), ((4, 9), (9, 25), (27, 29))
    (scores,) = Engine(lm).scores(IDS, [OBJECTIVE], [method], segments=segments)
    assert scores[method][27] and scores[method][27] == scores[method][28]
    if method == "ablation":
        effects = list(Engine(lm).removal_effects(IDS, OBJECTIVE, [(s,) for s in segments]))
        sums = [float(scores[method][start:end].sum()) for start, end in segments]
        np.testing.assert_allclose(sums, effects, rtol=1e-4, atol=1e-5)


class _Cache:
    """Caches scores in memory."""

    def __init__(self) -> None:
        self.known: dict[Any, Any] = {}

    def scores(self, ids: Any, keys: Any) -> Any:
        return {key: self.known[ids, key] for key in keys if (ids, key) in self.known}

    def add_scores(self, ids: Any, added: Any) -> None:
        self.known |= {(ids, key): row for key, row in added.items()}

    def answers(self, prompts: Any, stop: Any) -> Any:
        return {}

    def add_answers(self, added: Any, stop: Any) -> None:
        pass

    def logprobs(self, ids: Any, positions: Any) -> None:
        return None

    def add_logprobs(self, ids: Any, positions: Any, added: Any) -> None:
        pass


def test_effects_and_segments_are_cached_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    lm, cache = tiny_lm("llama"), _Cache()
    engine = Engine(lm, cache=cache)
    effects = list(engine.removal_effects(IDS, OBJECTIVE, REMOVALS[:3]))
    one = engine.scores(IDS, [OBJECTIVE], ["ablation"], segments=SEGMENTS)[0]["ablation"]
    other = engine.scores(IDS, [OBJECTIVE], ["ablation"], segments=SEGMENTS[:2])[0]["ablation"]
    assert one[22] and not other[22]
    monkeypatch.setattr(HFCausalLM, "logprobs_without", None)
    assert list(engine.removal_effects(IDS, OBJECTIVE, REMOVALS[:3])) == effects
    again = engine.scores(IDS, [OBJECTIVE], ["ablation"], segments=SEGMENTS)[0]["ablation"]
    np.testing.assert_array_equal(again, one)


@pytest.mark.parametrize(
    ("ranges", "message"),
    [
        (((20, 26),), "the removal must not hold the selected tokens; it holds token 25"),
        (((0, 25),), "the removal holds all 25 tokens before it. Use smaller segments"),
    ],
)
def test_a_removal_that_leaves_nothing_to_explain_is_rejected(ranges: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        list(Engine(tiny_lm("llama")).removal_effects(IDS, OBJECTIVE, [ranges]))


def test_a_removal_of_special_tokens_alone_is_rejected() -> None:
    encoding = tiny_lm("llama").encode("The fox", " likes")
    assert encoding.special[0] and not encoding.special[1]
    assert removal.removable(encoding, ((0, 2),)) == ((1, 2),)
    with pytest.raises(ValueError, match="Special tokens are not removed, and this removal holds"):
        removal.removable(encoding, ((0, 1),))
    with pytest.raises(ValueError, match="must hold tokens of the text, which has"):
        removal.removable(encoding, ((1, 99),))


@pytest.mark.parametrize(
    ("segments", "message"),
    [
        ((), "scores segments of the text before the selection; got none"),
        (((4, 9), (2, 4)), "must be ranges .* in order, without overlap"),
        (((4, 4),), "must be ranges"),
        (((20, 27),), "must not hold a selected token; the one from 20 to 27 holds token 25"),
        (((27, 31),), "must not hold a selected token; the one from 27 to 31 holds token 29"),
        (((20, 24), (30, 31)), "before the last selected token, which is token 29; one ends at 31"),
    ],
)
def test_wrong_segments_are_rejected(segments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Engine(tiny_lm("llama")).scores(IDS, [OBJECTIVE], ["ablation"], segments=segments)


def test_memory_that_ends_in_a_batch_is_freed_and_the_removal_runs_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lm = tiny_lm("llama")
    engine = Engine(lm)
    expected = list(engine.removal_effects(IDS, OBJECTIVE, REMOVALS))
    states, failures = type(lm._network).states, [1]

    def scarce(network: Any, ids: torch.Tensor, cache: Any = None) -> Any:
        if failures:
            failures.pop()
            raise torch.OutOfMemoryError("no memory")
        return states(network, ids, cache)

    monkeypatch.setattr(type(lm._network), "states", scarce)
    np.testing.assert_allclose(
        list(engine.removal_effects(IDS, OBJECTIVE, REMOVALS)), expected, rtol=1e-5
    )
    failures += [1, 1]
    with pytest.raises(
        ValueError, match="while removing parts of a text of 30 tokens; .* GB are free"
    ):
        list(engine.removal_effects(IDS, OBJECTIVE, REMOVALS))


def test_the_likeliest_terms_are_those_of_the_model() -> None:
    lm = tiny_lm("gemma2")
    found = Engine(lm).likeliest(IDS, 7, 4)
    with torch.no_grad():
        logprobs = lm.model(torch.tensor([IDS])).logits[0, 6].float().log_softmax(dim=-1)
    values, tokens = logprobs.topk(4)
    assert [term for term, _ in found] == [Term(7, token) for token in tokens.tolist()]
    np.testing.assert_allclose([value for _, value in found], values, rtol=1e-4)
    with pytest.raises(ValueError, match="expected positions from 1"):
        Engine(lm).likeliest(IDS, 0, 4)


def test_the_first_removals_run_in_small_batches_so_that_results_come_soon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lm, sizes, run = tiny_lm("llama"), list[int](), Variants.logprobs

    def counting(self: Variants, removals: Any, terms: Any) -> Any:
        sizes.append(len(removals))
        return run(self, removals, terms)

    monkeypatch.setattr(Variants, "logprobs", counting)
    removals = [((start, start + 1),) for start in range(24)]
    rows = logprobs_without(lm, IDS, removals, OBJECTIVE.terms)
    next(rows)
    assert sizes == [1]
    assert len(list(rows)) == 23 and sizes == [1, 2, 4, 8, 8, 1]
