"""Selections of tokens, from masks, ranges and characters."""

import pytest

from seqsal.attribution.selection import TokenSelection
from seqsal.models.causal_lm import Encoding
from seqsal.models.objective import Objective

IDS = (5, 6, 7)
MARKED = Encoding((1, 2, 3, 4), ("<s>", "a", "b", "c"), (True, False, False, False))


def test_the_first_token_is_left_out_of_an_objective() -> None:
    selection = TokenSelection.from_mask([1, 0, 1.0], 3)
    assert selection.positions == (0, 2)
    assert selection.objective(IDS) == Objective.of_tokens(IDS, [2])


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        ([0, 1], "one value for each token: expected 3, got 2. Tokenize this prompt"),
        ([0, 0, 1, 0], "expected 3, got 4"),
        ([0, 0.5, 1], "only 0 and 1, got 0.5"),
        ([0, float("nan"), 1], "only 0 and 1, got nan"),
        ([0, 0, 0], "at least one token, got only zeros"),
        ([1, 0, 0], "only the first token, which the model does not predict"),
    ],
)
def test_a_wrong_mask_is_refused(mask: list[float | int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TokenSelection.from_mask(mask, 3).objective(IDS)


def test_an_empty_selection_has_no_objective() -> None:
    with pytest.raises(ValueError, match="at least one token; got none"):
        TokenSelection(()).objective(IDS)


def test_masks_and_ranges_are_the_same_selection() -> None:
    mask = [0, 1, 1, 0, 1]
    selection = TokenSelection.from_mask(mask, 5)
    assert selection.mask(5) == mask
    assert TokenSelection.from_ranges(selection.ranges) == selection
    assert TokenSelection((4, 2, 1, 2)) == selection


def test_characters_are_the_tokens_that_hold_them() -> None:
    assert TokenSelection.of_characters(MARKED, 1, 2).positions == (2,)
    assert TokenSelection.of_characters(MARKED, 0, 3).positions == (1, 2, 3)
    assert TokenSelection.of_target(MARKED, 1).positions == (2, 3)


def test_special_tokens_can_be_left_out() -> None:
    assert TokenSelection((0, 1, 9)).without_special(MARKED).positions == (1,)
