"""What the scores of all tokens should add up to."""

import types
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pytest

from seqsal.attribution.caches.results import NO_CACHE, ScoreKey
from seqsal.attribution.engine import Engine
from seqsal.attribution.method import Run
from seqsal.attribution.methods.integrated_gradients import IntegratedGradients
from seqsal.attribution.methods.linearized import Linearized
from seqsal.attribution.registry import AnyMethod
from seqsal.models.arrays import NumpyArray
from seqsal.models.capabilities import head_products
from seqsal.models.objective import Objective, Term
from seqsal.models.transformers import HFCausalLM
from tests import tiny

IDS = (0, 17, 5, 33, 250, 41, 8, 99, 120, 7, 300)
OBJECTIVE = Objective(frozenset({(Term(10, 300), 1.0), (Term(8, 3), -0.5), (Term(3, 33), 2.0)}))


class _Cache(type(NO_CACHE)):  # type: ignore[misc]
    """Caches scores."""

    def __init__(self) -> None:
        self.known: dict[ScoreKey, NumpyArray] = {}

    def scores(self, ids: Sequence[int], keys: Iterable[ScoreKey]) -> dict[ScoreKey, NumpyArray]:
        return {key: self.known[key] for key in keys if key in self.known}

    def add_scores(self, ids: Sequence[int], added: Mapping[ScoreKey, NumpyArray]) -> None:
        self.known.update(added)


def _engine(architecture: str = "llama", cache: _Cache | None = None) -> Engine:
    lm = HFCausalLM(tiny.model(architecture), tiny.byte_level_tokenizer())
    return Engine(lm, cache=cache or NO_CACHE)


@pytest.mark.parametrize("architecture", ["llama", "gemma2", "gemma3", "qwen3", "phi3"])
def test_linearized_scores_add_up_to_their_total(architecture: str) -> None:
    """Without biases nothing is left; Gemma 2 has a soft cap on its logits."""
    engine = _engine(architecture)
    (scores,) = engine.scores(IDS, [OBJECTIVE], ["linearized"])
    total = engine.totals(IDS, OBJECTIVE, ["linearized"])["linearized"]
    assert scores["linearized"].sum(dtype=np.float64) == pytest.approx(total, rel=1e-4)


def test_only_methods_with_a_total_have_one() -> None:
    engine = _engine()
    assert engine.totals(IDS, OBJECTIVE, ["grad_l2", "grad_dot_input", "ablation"]) == {}
    assert list(engine.totals(IDS, OBJECTIVE)) == ["linearized"]
    assert engine.totals(IDS, Objective(frozenset()), ["linearized"]) == {}
    with pytest.raises(ValueError, match="There is no method 'x'|x"):
        engine.totals(IDS, OBJECTIVE, ["x"])


def test_a_total_that_a_trace_does_not_know_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = HFCausalLM(tiny.model("llama"), tiny.byte_level_tokenizer()).trace(IDS)
    names = ("embeddings", "nbytes", "logprobs", "gradients", "likeliest", "expect", "to_numpy")
    other = types.SimpleNamespace(**{name: getattr(trace, name) for name in names})
    unknown = head_products(other, [OBJECTIVE, OBJECTIVE])
    assert unknown.shape == (2,) and np.isnan(unknown).all()
    monkeypatch.setattr("seqsal.attribution.sequence_run.head_products", lambda *_: unknown[:1])
    cache = _Cache()
    assert _engine(cache=cache).totals(IDS, OBJECTIVE) == {}
    assert not cache.known


def test_totals_are_cached_by_method_and_options(monkeypatch: pytest.MonkeyPatch) -> None:
    cache = _Cache()
    methods: list[str | AnyMethod] = ["linearized", IntegratedGradients(steps=2)]
    found = _engine(cache=cache).totals(IDS, OBJECTIVE, methods)
    (scores,) = _engine(cache=cache).scores(IDS, [OBJECTIVE], methods)
    assert scores["linearized"].shape == (len(IDS),)  # A total is not taken for scores.

    def fail(method: object, run: Run, objectives: Sequence[Objective]) -> NumpyArray:
        raise AssertionError("A cached total is computed again.")

    monkeypatch.setattr(Linearized, "totals", fail)
    monkeypatch.setattr(IntegratedGradients, "totals", fail)
    assert _engine(cache=cache).totals(IDS, OBJECTIVE, methods) == found
    with pytest.raises(AssertionError, match="computed again"):
        _engine(cache=cache).totals(IDS, OBJECTIVE, [IntegratedGradients(steps=2, baseline=1)])
