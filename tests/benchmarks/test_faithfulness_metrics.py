"""The measures of the faithfulness benchmark, against answers whose parts have known effects."""

import numpy as np
import pytest

from benchmarks.faithfulness import metrics
from seqsal.models.arrays import NumpyArray

EFFECTS = np.array([0.1, 3.0, 0.0, -0.5, 1.0, 0.2, 0.3, 0.05, 0.15, 0.02])
"""What each part adds to the logit of the answer."""


def _logprobs(kept: NumpyArray) -> NumpyArray:
    """Returns log p where the logit of p is the sum of the effects of the parts that stay."""
    values: NumpyArray = -np.log1p(np.exp(-(kept @ EFFECTS - 1.0)))
    return values


def test_logits_invert_the_logistic_function() -> None:
    logits = np.array([-30.0, -1.0, 0.0, 4.0])
    assert metrics.logits(-np.log1p(np.exp(-logits))) == pytest.approx(logits, abs=1e-5)


def test_logits_of_certainty_are_finite() -> None:
    assert np.isfinite(metrics.logits(np.array([0.0, -1e-12]))).all()


def test_the_lds_of_the_true_effects_is_1() -> None:
    drawn = metrics.masks(len(EFFECTS), 64, 0)
    assert metrics.lds(EFFECTS, drawn, _logprobs(drawn)) == pytest.approx(1, abs=1e-3)


def test_the_lds_has_the_sign_and_no_unit() -> None:
    drawn = metrics.masks(len(EFFECTS), 64, 0)
    assert metrics.lds(-7 * EFFECTS, drawn, _logprobs(drawn)) == pytest.approx(-1, abs=1e-3)


def test_the_lds_of_the_strongest_effect_alone_is_lower_than_that_of_all() -> None:
    drawn = metrics.masks(len(EFFECTS), 64, 0)
    one = EFFECTS * (np.arange(len(EFFECTS)) == EFFECTS.argmax())
    assert 0.5 < metrics.lds(one, drawn, _logprobs(drawn)) < 0.99


def test_the_lds_of_constant_scores_is_that_of_the_number_of_parts() -> None:
    drawn = metrics.masks(len(EFFECTS), 64, 0)
    by_count = metrics.rank_correlation(drawn.sum(1), metrics.logits(_logprobs(drawn)))
    assert metrics.lds(np.ones(len(EFFECTS)), drawn, _logprobs(drawn)) == pytest.approx(by_count)
    assert metrics.lds(np.zeros(len(EFFECTS)), drawn, _logprobs(drawn)) == 0


def test_masks_depend_on_the_seed_and_keep_half() -> None:
    drawn = metrics.masks(20, 64, [0, 3])
    assert (drawn == metrics.masks(20, 64, [0, 3])).all()
    assert (drawn != metrics.masks(20, 64, [0, 4])).any()
    assert 0.45 < drawn.mean() < 0.55


def test_ranks_count_from_1_and_ties_share_their_mean() -> None:
    assert metrics.cause_rank(EFFECTS, 1) == 1
    assert metrics.cause_rank(EFFECTS, 3) == len(EFFECTS)
    assert metrics.cause_rank(np.ones(5), 2) == 3


def test_the_mass_of_even_scores_is_1_and_negative_scores_have_none() -> None:
    assert metrics.mass_ratio(np.ones(12), 4) == 1
    assert metrics.mass_ratio(np.array([0.0, 2.0, -9.0]), 1) == 3
    assert metrics.mass_ratio(np.array([-1.0, -2.0]), 0) == 0


def test_drops_are_the_effects_of_the_strongest() -> None:
    kept = metrics.removal_variants(EFFECTS)
    assert set(range(10)) - set(kept["drop_1"]) == {1}
    assert set(range(10)) - set(kept["drop_3"]) == {1, 4, 6}
    assert set(kept["hold_3"]) == {1, 4, 6}
    logprobs = {"drop_1": -3.0, "drop_3": -4.0, "hold_3": -0.5}
    measured = metrics.removal_measures(-1.0, logprobs)
    assert measured == {"drop_1": 2.0, "drop_3": 3.0, "hold_3": -0.5}


def test_the_true_order_has_the_best_comprehensiveness_and_sufficiency() -> None:
    def measured(scores: NumpyArray) -> dict[str, float]:
        kept = metrics.share_variants(scores)
        values = {}
        for name, parts in kept.items():
            mask = np.isin(np.arange(len(EFFECTS)), parts)
            values[name] = float(_logprobs(mask[None])[0])
        whole = float(_logprobs(np.ones((1, len(EFFECTS))))[0])
        return metrics.share_measures(whole, values, 1)

    best, worst = measured(EFFECTS), measured(-EFFECTS)
    for seed in range(5):
        other = measured(np.random.default_rng(seed).permutation(EFFECTS))
        assert worst["comprehensiveness"] <= other["comprehensiveness"]
        assert other["comprehensiveness"] <= best["comprehensiveness"]
        assert best["sufficiency"] <= other["sufficiency"] <= worst["sufficiency"]


def test_shares_take_at_least_one_part() -> None:
    kept = metrics.share_variants(np.array([1.0, 2.0]))
    assert kept["only_0.1"] == (1,)
    assert kept["without_0.5"] == (0,)


def test_the_interval_holds_the_mean_and_narrows_with_more_values() -> None:
    few = metrics.interval([0.0, 1.0] * 10)
    many = metrics.interval([0.0, 1.0] * 200)
    assert few[0] < many[0] < 0.5 < many[1] < few[1]
    assert many[1] - many[0] == pytest.approx(2 * 1.96 * 0.5 / 20, rel=0.1)


def test_the_interval_of_equal_values_is_a_point() -> None:
    assert metrics.interval([1.0, 1.0, 1.0]) == (1.0, 1.0)
    assert metrics.interval([0.3]) == (0.3, 0.3)
