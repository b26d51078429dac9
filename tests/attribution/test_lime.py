"""LIME: known linear targets, and a Lasso over shortened texts."""

import numpy as np
import pytest

from seqsal.attribution.engine import Engine
from seqsal.attribution.methods import lime
from seqsal.attribution.methods.lime import Lime
from seqsal.attribution.removal_masks import balanced_masks, random_masks
from seqsal.models.transformers import HFCausalLM
from tests import tiny
from tests.attribution.shortened import IDS, OBJECTIVE, SEGMENTS, tiny_lm, value_without


def test_lime_finds_the_coefficients_of_a_linear_target() -> None:
    masks = random_masks(12, 64, seed=1)
    coefficients = np.zeros(12)
    coefficients[[2, 7]] = 5.0, -3.0
    found = lime.fit(masks, masks @ coefficients + 1.0, num_terms=1)
    np.testing.assert_allclose(found, coefficients, atol=0.1)


def test_the_coefficients_are_the_optimum_of_the_lasso_of_contextcite() -> None:
    """|y - X w|^2 / 2n + 0.01 |w|, y per term, X standardized: its conditions of optimality."""
    rng, num_terms = np.random.default_rng(3), 4
    masks = random_masks(9, 40, seed=2)
    target = masks @ rng.normal(size=9) + rng.normal(size=40)
    scaled = (masks - masks.mean(0)) / masks.std(0)
    weights = lime.fit(masks, target, num_terms) * masks.std(0) / num_terms
    residual = (target - target.mean()) / num_terms - scaled @ weights
    slopes = scaled.T @ residual / 40
    used = weights != 0
    assert 2 < used.sum() <= 9
    np.testing.assert_allclose(slopes[used], 0.01 * np.sign(weights[used]), atol=1e-4)
    assert (np.abs(slopes[~used]) <= 0.01 + 1e-4).all()


@pytest.mark.parametrize("independent", [False, True])
def test_lime_scores_are_a_lasso_on_logits_of_masked_texts(independent: bool) -> None:
    lm, method = tiny_lm("llama"), Lime(masks=12, seed=4, independent=independent)
    (scores,) = Engine(lm).scores(IDS, [OBJECTIVE], [method], segments=SEGMENTS)
    kept = (random_masks if independent else balanced_masks)(len(SEGMENTS), 12, 4)
    values = [
        value_without(lm, [s for s, stays in zip(SEGMENTS, mask, strict=True) if not stays])
        for mask in kept
    ]
    logits = np.log(np.exp(values) / (1 - np.exp(values)))
    expected = lime.fit(kept, logits, 3)
    found = [float(scores["lime"][start:end].sum()) for start, end in SEGMENTS]
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


def test_the_number_of_masks_follows_that_of_the_segments() -> None:
    assert [len(Lime().draw(n)) for n in (3, 16, 17, 32, 33)] == [8, 32, 48, 48, 64]
    assert [len(Lime(masks=12).draw(n)) for n in (3, 16, 17)] == [8, 12, 12]
    assert [len(Lime(independent=True).draw(n)) for n in (3, 16, 17)] == [64, 64, 64]


def test_options_tell_scores_apart() -> None:
    assert Lime().info.options == ""
    assert Lime(masks=64).info.options == "masks=64,seed=0,independent=False"
    assert (Lime().info.cost.forward, Lime(masks=12).info.cost.forward) == (64, 12)


def test_lime_works_where_a_text_holds_nothing_but_its_segments() -> None:
    """Without a special token before it, a text that lost all segments cannot be continued."""
    lm = HFCausalLM(tiny.model("gpt2"), tiny.tokenizer_without_special_tokens())
    halves = ((0, 12), (12, 25))
    (scores,) = Engine(lm).scores(IDS, [OBJECTIVE], ["lime"], segments=halves)
    assert scores["lime"][:25].any()
    with pytest.raises(ValueError, match="the only segment is all there is before the selection"):
        Engine(lm).scores(IDS, [OBJECTIVE], ["lime"], segments=((0, 25),))


def test_too_few_masks_are_rejected() -> None:
    with pytest.raises(ValueError, match="at least 2 masks to fit a model; got 1"):
        Lime(masks=1)
