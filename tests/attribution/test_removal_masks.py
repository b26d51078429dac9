"""Masks of removals: balance, beginnings in common, and what a linear model makes of them."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from seqsal.attribution.removal_masks import balanced_masks, default_count, random_masks
from seqsal.models.arrays import NumpyArray

DESIGNS = [(4, 8), (5, 16), (9, 32), (12, 32), (12, 64), (16, 32), (17, 64), (25, 64), (32, 64)]


def _main_effects(masks: NumpyArray, values: NumpyArray) -> NumpyArray:
    """Returns the coefficients of least squares on the masks and a constant."""
    columns = np.column_stack([masks, np.ones(len(masks))])
    found, _, rank, _ = np.linalg.lstsq(columns, values, rcond=None)
    assert rank == columns.shape[1]
    return np.asarray(found[:-1])


@pytest.mark.parametrize(("num_segments", "num_masks"), DESIGNS)
def test_three_segments_stay_in_each_combination_equally_often(
    num_segments: int, num_masks: int
) -> None:
    masks = balanced_masks(num_segments, num_masks, seed=3)
    assert masks.shape == (num_masks, num_segments)
    for three in itertools.combinations(range(num_segments), 3):
        _, counts = np.unique(masks[:, three], axis=0, return_counts=True)
        assert counts.tolist() == [num_masks // 8] * 8


@pytest.mark.parametrize(("num_segments", "num_masks"), [*DESIGNS, (12, 24), (17, 48), (24, 48)])
def test_interactions_of_two_segments_do_not_change_the_effect_of_a_third(
    num_segments: int, num_masks: int
) -> None:
    rng = np.random.default_rng(5)
    effects = rng.normal(size=num_segments)
    pairs = np.triu(rng.normal(size=(num_segments, num_segments)), 1)

    def values(masks: NumpyArray) -> NumpyArray:
        signs = np.where(masks, 0.5, -0.5)
        return np.asarray(signs @ effects + np.einsum("mi,ij,mj->m", signs, pairs, signs))

    balanced = balanced_masks(num_segments, num_masks, seed=3)
    np.testing.assert_allclose(_main_effects(balanced, values(balanced)), effects, atol=1e-9)
    drawn = random_masks(num_segments, num_masks, seed=3)
    assert np.abs(_main_effects(drawn, values(drawn)) - effects).max() > 0.1


@pytest.mark.parametrize("num_segments", [3, 8, 9, 16, 25, 32])
def test_few_segments_have_few_masks_to_begin_with(num_segments: int) -> None:
    masks = balanced_masks(num_segments, default_count(num_segments), seed=3)
    for length in range(1, num_segments + 1):
        blocks = 2 if num_segments == 8 else 1
        assert len({tuple(mask[:length]) for mask in masks}) <= 4 * length * blocks


@pytest.mark.parametrize(("num_segments", "num_masks"), [(12, 24), (25, 48), (32, 48)])
def test_three_quarters_of_a_design_are_nearly_balanced(num_segments: int, num_masks: int) -> None:
    masks = balanced_masks(num_segments, num_masks, seed=3)
    assert masks.shape == (num_masks, num_segments)
    assert {tuple(mask) for mask in ~masks} == {tuple(mask) for mask in masks}
    signs = np.where(masks, 1, -1)
    together = np.abs(signs.T @ signs / num_masks) - np.eye(num_segments)
    assert together.max() < 0.34
    assert (together > 0.01).sum(0).max() <= 3


def test_masks_beyond_the_designs_are_drawn_alone() -> None:
    assert balanced_masks(48, 64, seed=0).tolist() == random_masks(48, 64, seed=0).tolist()
    masks = balanced_masks(10, 45, seed=0)
    assert masks.shape == (45, 10)
    assert masks[:32].tolist() == balanced_masks(10, 32, seed=0).tolist()
    assert masks[32:].any(0).all() and not masks[32:].all(0).any()


def test_few_segments_have_all_their_masks() -> None:
    assert balanced_masks(3, 8, seed=0).tolist() == balanced_masks(3, 64, seed=1).tolist()
    assert len({tuple(mask) for mask in balanced_masks(3, 8, seed=0)}) == 8


def test_seeds_give_different_masks() -> None:
    assert balanced_masks(12, 32, 0).tolist() == balanced_masks(12, 32, 0).tolist()
    assert balanced_masks(12, 32, 0).tolist() != balanced_masks(12, 32, 1).tolist()


@pytest.mark.parametrize("draw", [random_masks, balanced_masks])
def test_a_mask_holds_a_segment_where_it_must_not_be_empty(draw: Callable[..., NumpyArray]) -> None:
    assert not draw(2, 64, 0).any(1).all()
    masks = draw(2, 64, 0, may_be_empty=False)
    assert masks.any(1).all()
    assert {tuple(mask) for mask in masks.tolist()} == {(True, True), (True, False), (False, True)}


def test_more_segments_take_more_masks() -> None:
    assert [default_count(n) for n in (1, 16, 17, 32, 33, 200)] == [32, 32, 48, 48, 64, 64]
