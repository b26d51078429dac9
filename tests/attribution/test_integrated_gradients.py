"""Integrated gradients: completeness, and one step against its formula."""

import numpy as np
import pytest
import torch

from seqsal.attribution.engine import Engine
from seqsal.attribution.methods.integrated_gradients import IntegratedGradients
from seqsal.models.objective import Objective, Term
from seqsal.models.transformers import HFCausalLM
from tests import tiny

IDS = (0, 17, 5, 33, 250, 41, 8, 99, 120, 7, 300)
OBJECTIVE = Objective(frozenset({(Term(10, 300), 1.0), (Term(8, 3), -0.5)}))


def _engine(architecture: str) -> Engine:
    model = tiny.model(architecture)
    for weight in model.parameters():  # A smoother way from the baseline.
        weight.data.mul_(0.6)
    return Engine(HFCausalLM(model, tiny.byte_level_tokenizer()))


@pytest.fixture(scope="module")
def engine() -> Engine:
    return _engine("llama")


@pytest.mark.parametrize(("architecture", "baseline"), [("gpt2", None), ("llama", 2)])
def test_scores_add_up_to_the_difference_to_the_baseline(
    architecture: str, baseline: int | None
) -> None:
    engine = _engine(architecture)
    method = IntegratedGradients(steps=64, baseline=baseline)
    (scores,) = engine.scores(IDS, [OBJECTIVE], [method])
    lm = engine._lm
    start = np.zeros(lm.embed([0]).shape) if baseline is None else lm.embed([baseline])
    values = []
    for intercept in (None, lambda x, i: x if i else 0 * x + torch.tensor(start).to(x)):
        logprobs = lm.trace(IDS, intercept).logprobs([Term(10, 300), Term(8, 3)])
        values.append(float(logprobs[0] - 0.5 * logprobs[1]))
    total = engine.totals(IDS, OBJECTIVE, [method])["integrated_gradients"]
    assert total == pytest.approx(values[0] - values[1], rel=1e-4)
    assert scores["integrated_gradients"].sum() == pytest.approx(total, rel=0.02)


def test_one_step_is_the_gradient_half_way(engine: Engine) -> None:
    (scores,) = engine.scores(IDS, [OBJECTIVE], [IntegratedGradients(steps=1)])
    trace = engine._lm.trace(IDS, lambda x, i: x if i else x / 2)
    gradient = 2 * trace.gradients([OBJECTIVE])[0]  # By x / 2, not by x.
    expected = (gradient * trace.embeddings).sum(dim=-1).numpy()
    np.testing.assert_allclose(scores["integrated_gradients"], expected, rtol=1e-4, atol=1e-6)


def test_options_are_part_of_the_description(engine: Engine) -> None:
    assert IntegratedGradients().info.options == ""
    assert IntegratedGradients(steps=4, baseline=1).info.options == "steps=4,token=1"
    assert IntegratedGradients(steps=4).info.cost.backward == 4
    with pytest.raises(ValueError, match="at least 1 step; got 0"):
        IntegratedGradients(steps=0)


def test_an_unknown_baseline_is_rejected(engine: Engine) -> None:
    with pytest.raises(ValueError, match="has no token 9999: its tokens are 0 to"):
        engine.scores(IDS, [OBJECTIVE], [IntegratedGradients(steps=1, baseline=9999)])


def test_a_coarse_result_is_logged(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    rough = Engine(HFCausalLM(tiny.model("gpt2"), tiny.byte_level_tokenizer()))
    rough.scores(IDS, [OBJECTIVE], [IntegratedGradients(steps=1)])
    assert "the scores miss" in caplog.text
