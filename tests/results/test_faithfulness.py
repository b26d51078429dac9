"""The comparison of a map with removals, from Python."""

import dataclasses

import numpy as np
import pytest

import seqsal
from seqsal.attribution.explainers import get_explainer
from seqsal.attribution.selection import TokenSelection
from seqsal.models.transformers import HFCausalLM
from seqsal.results.explain import explain
from seqsal.results.scores import Check
from tests import tiny

PROMPT = "Taste-likes: Cheese\nAnalysis:"
TARGET = " A savoury tart.\nRecommendation: Avoid.\n"


def test_faithfulness_compares_a_map_with_removals(lm: HFCausalLM) -> None:
    prompt = "The fox likes cheese. It has no eggs. A tart. No cheese. A fox. Analysis:"
    result = explain(lm, prompt, TARGET)
    table = result.faithfulness()
    ablation = explain(lm, prompt, TARGET, methods=["ablation"])
    effects = [s.score for s in ablation.segments() if not np.isnan(s.score)]
    np.testing.assert_allclose(table.effect, effects, rtol=1e-4, atol=1e-5)
    scores = [s.score for s in result.segments() if not np.isnan(s.score)]
    np.testing.assert_allclose(table.score, scores)
    assert table.attrs["method"] == "linearized"
    assert table.attrs["rank_correlation"] == pytest.approx(
        table.score.corr(table.effect, method="spearman")
    )
    top = table.sort_values("rank").index[:3]
    spans = [s.tokens for s in result.segments() if not np.isnan(s.score)]
    explainer = get_explainer(lm)
    encoding = explainer.sequence(prompt, TARGET)
    selection = TokenSelection.from_ranges(result.selection)
    (together,) = explainer.removal_effects(
        encoding, selection, [tuple(spans[i] for i in sorted(top))]
    )
    assert table.attrs["effect_of_top"] == pytest.approx(together, rel=1e-4)
    assert {"effect_of_random", "effect_of_all_others"} <= table.attrs.keys()


def test_faithfulness_of_a_few_segments_removes_half_of_them_together() -> None:
    """Without a special token before it, a text that lost all segments cannot be continued."""
    model = HFCausalLM(tiny.model("gpt2"), tiny.tokenizer_without_special_tokens())
    result = explain(model, "The fox. A tart. No eggs.", " Cheese.", select="Cheese.")
    table = result.faithfulness()
    assert len(table) == 3 and np.isfinite(table.effect).all()
    spans = [s.tokens for s in result.segments() if not np.isnan(s.score)]
    explainer = get_explainer(model)
    encoding = explainer.sequence("The fox. A tart. No eggs.", " Cheese.")
    selection = TokenSelection.from_ranges(result.selection)
    strongest = int(table["rank"].to_numpy().argmin())
    others = tuple(span for i, span in enumerate(spans) if i != strongest)
    effects = explainer.removal_effects(encoding, selection, [(spans[strongest],), others])
    np.testing.assert_allclose(
        [table.attrs["effect_of_top"], table.attrs["effect_of_all_others"]],
        list(effects),
        rtol=1e-4,
        atol=1e-5,
    )
    one = explain(model, "The fox", " Cheese.", select="Cheese.", granularity="sentences")
    with pytest.raises(ValueError, match="holds all"):
        one.faithfulness()
    for top in (0, -1):
        with pytest.raises(ValueError, match=f"must be a positive number of segments; got {top}"):
            result.faithfulness(top=top)


def test_faithfulness_of_a_contrast_leaves_out_where_the_texts_begin_to_differ(
    lm: HFCausalLM,
) -> None:
    """The target's "vZ" and "vo" are other tokens than "v" and what follows it."""
    result = explain(lm, PROMPT, " A savoury tart.", select="tart.", versus="tarts are eggs")
    table = result.faithfulness("tokens")
    contrast = result.salience[0].contrast
    assert contrast is not None and len(table)
    ids = lm.encode(PROMPT, " A savoury tarts are eggs").ids
    shared = [one == other for one, other in zip(result.token_ids, ids, strict=False)].index(False)
    known = [s for s in result.segments("tokens") if not np.isnan(s.score) and s.text.strip()]
    assert len(table) == sum(s.tokens[1] <= shared for s in known)


def test_faithfulness_of_a_saved_result_needs_its_checks(lm: HFCausalLM) -> None:
    result = explain(lm, PROMPT, TARGET, select="Recommendation: Avoid.")
    saved = seqsal.Result.from_json(result.to_json())
    with pytest.raises(ValueError, match="holds no removals of these segments, and its model"):
        saved.faithfulness()
    rows = [s.tokens for s in result.segments() if not np.isnan(s.score)]
    check = Check(tuple(rows), tuple(float(i) for i in range(len(rows))))
    salience = dataclasses.replace(result.salience[0], checks=(check,))
    checked = seqsal.Result.from_json(dataclasses.replace(saved, salience=(salience,)).to_json())
    assert checked.faithfulness().effect.tolist() == list(check.effects)
    first = explain(lm, PROMPT, TARGET, select=(1, 4))
    with pytest.raises(ValueError, match="There is no segment before the selection to check"):
        first.faithfulness()
