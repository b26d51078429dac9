"""The tutorial's second case study: no principles, and principles before or after examples."""

from collections.abc import Callable

import pytest

from tests.e2e import tutorial
from tests.e2e.salience_page import SaliencePage

Open = Callable[..., SaliencePage]


def test_principles_change_the_answer_before_and_after_the_examples(open_page: Open) -> None:
    page = open_page()
    without = tutorial.open_answer(page, tutorial.NO_PRINCIPLES)
    assert tutorial.PRINCIPLED not in without
    for source in (tutorial.PRINCIPLES_FIRST, tutorial.PRINCIPLES_LAST):
        answer = tutorial.open_answer(page, source)
        analysis, recommendation = answer.strip().splitlines()
        # The answer follows both principles: a short analysis, and a clear recommendation.
        assert len(analysis) < len(without.strip().splitlines()[0])
        assert tutorial.PRINCIPLED in recommendation
        tutorial.assert_quoted(answer)


@pytest.mark.parametrize("source", [tutorial.PRINCIPLES_FIRST, tutorial.PRINCIPLES_LAST])
def test_a_word_from_a_principle_has_salience_on_that_principle(
    open_page: Open, source: str
) -> None:
    page = open_page()
    tutorial.open_answer(page, source)
    tutorial.explain_recommendation(page.view)
    of_the_line = page.view.shares()
    tutorial.explain_word(page.view, tutorial.PRINCIPLED)
    of_the_word = page.view.shares()
    (principle,) = tutorial.listed(page.view.strongest(5), tutorial.principle())
    assert of_the_word[principle] > of_the_line[principle]


def test_both_positions_of_the_principles_are_compared_side_by_side(open_page: Open) -> None:
    page = open_page()
    views = page.side_by_side(tutorial.PRINCIPLES_FIRST, tutorial.PRINCIPLES_LAST)
    page.enlarge()
    for view in views:
        tutorial.explain_word(view, tutorial.PRINCIPLED)
        assert tutorial.listed(view.strongest(5), tutorial.principle())
