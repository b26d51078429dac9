"""The LIT model that says what scores should add up to."""

import pytest

from seqsal.lit.model_group import make_group
from seqsal.models.transformers import HFCausalLM

PROMPT = {"prompt": "Taste-likes: Cheese", "target": " avoid the eggs"}


def test_totals_are_those_of_the_scores(lm: HFCausalLM) -> None:
    group = make_group("m", lm)
    (tokens,) = group["_m_tokenizer"].predict([PROMPT])
    mask = [0.0] * (len(tokens["tokens"]) - 1) + [1.0]
    record = {**PROMPT, "target_mask": mask, "methods": ["linearized", "grad_l2"]}
    (scores,) = group["_m_salience"].predict([record])
    (found,) = group["_m_totals"].predict([record])
    assert found == {"totals": {"linearized": pytest.approx(sum(scores["linearized"]), rel=1e-4)}}
    assert "totals" in group["_m_salience"].output_spec()
    with pytest.raises(ValueError, match="methods must be a list of names of methods; got 3"):
        list(group["_m_totals"].predict([{**record, "methods": 3}]))
