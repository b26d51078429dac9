"""`Result.faithfulness` where a check of the page has removed some of the segments."""

import dataclasses

import numpy as np
import pytest

import seqsal
from seqsal.attribution.explainers import get_explainer
from seqsal.models.transformers import HFCausalLM
from seqsal.results.explain import explain
from seqsal.results.faithfulness import rank_correlation
from seqsal.results.result import Result
from seqsal.results.scores import Check

PROMPT = "Taste-likes: Cheese\nAnalysis:"
TARGET = " A savoury tart.\nRecommendation: Avoid.\n"


def _explained(lm: HFCausalLM) -> Result:
    return explain(lm, PROMPT, TARGET, select="Recommendation: Avoid.")


def _with_check(result: Result, *effects: float | None) -> Result:
    """Returns a result with a check of its words; the others were not removed."""
    words = [s.tokens for s in result.segments("words") if not np.isnan(s.score)]
    check = Check(tuple(words), (*effects, *[None] * (len(words) - len(effects))))
    salience = dataclasses.replace(result.salience[0], checks=(check,))
    return dataclasses.replace(result, salience=(salience,))


def test_without_a_model_what_was_not_removed_is_nan(lm: HFCausalLM) -> None:
    checked = _with_check(_explained(lm), 3.0, None, 1.0, 2.0)
    table = seqsal.Result.from_json(checked.to_json()).faithfulness("words")
    assert table.effect.tolist()[:4] == pytest.approx([3, np.nan, 1, 2], nan_ok=True)
    assert table.effect.notna().sum() == table.effect_rank.notna().sum() == 3
    assert table.effect_rank.tolist()[:4] == pytest.approx([1, np.nan, 3, 2], nan_ok=True)
    scores = table.score.tolist()
    expected = rank_correlation([scores[0], scores[2], scores[3]], [3.0, 1.0, 2.0])
    assert table.attrs["rank_correlation"] == expected
    assert "effect_of_top" not in table.attrs
    with pytest.raises(ValueError, match="choose the granularity that was checked"):
        checked.faithfulness("paragraphs")


def test_with_a_model_only_what_is_missing_is_measured(lm: HFCausalLM) -> None:
    result = _explained(lm)
    measured = result.faithfulness("words").effect.tolist()
    checked = _with_check(result, 99.0)
    explainer = get_explainer(lm)
    checked._attach(explainer, explainer.sequence(PROMPT, TARGET), None)
    table = checked.faithfulness("words")
    assert table.effect.tolist() == pytest.approx([99, *measured[1:]], rel=1e-4, abs=1e-5)
    assert table.effect_rank.dtype == int and "effect_of_top" in table.attrs
