"""Objectives: what is refused, and what is equal."""

import math

import pytest

from seqsal.models.objective import Objective, Term


def test_the_order_of_terms_does_not_count() -> None:
    a, b = (Term(3, 7), 1.0), (Term(2, 9), -1.0)
    assert Objective(frozenset([a, b])) == Objective(frozenset([b, a]))
    assert Objective(frozenset([a, b])).terms == [b[0], a[0]]
    assert Objective(frozenset([a, b])).end == 3


@pytest.mark.parametrize("weight", [0.0, math.nan, math.inf])
def test_a_weight_that_counts_nothing_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match=r"must be finite and not 0; got .* for Term\(position=1"):
        Objective(frozenset([(Term(1, 7), weight)]))


def test_the_first_token_is_refused() -> None:
    with pytest.raises(ValueError, match="position from 1 on"):
        Objective.of_tokens([5, 6], [0])


def test_two_weights_for_one_term_are_refused() -> None:
    with pytest.raises(ValueError, match="one weight for each term"):
        Objective(frozenset([(Term(1, 7), 1.0), (Term(1, 7), 2.0)]))
