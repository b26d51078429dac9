"""The tutorial's second case: principles in a prompt, none, before the examples and after them."""

from collections.abc import Callable

import pytest

from tests.e2e import tutorial
from tests.e2e.salience_page import SaliencePage

Open = Callable[..., SaliencePage]


def test_principles_change_the_answer_wherever_they_stand(open_page: Open) -> None:
    page = open_page()
    without = tutorial.open_answer(page, tutorial.NO_PRINCIPLES)
    assert tutorial.PRINCIPLED not in without
    for source in (tutorial.PRINCIPLES_FIRST, tutorial.PRINCIPLES_LAST):
        answer = tutorial.open_answer(page, source)
        analysis, recommendation = answer.strip().splitlines()
        # Both principles are kept: a short analysis, and a recommendation that is clear.
        assert len(analysis) < len(without.strip().splitlines()[0])
        assert tutorial.PRINCIPLED in recommendation
        tutorial.assert_told(answer)


@pytest.mark.parametrize("source", [tutorial.PRINCIPLES_FIRST, tutorial.PRINCIPLES_LAST])
def test_the_word_of_a_principle_leads_to_it(open_page: Open, source: str) -> None:
    page = open_page()
    tutorial.open_answer(page, source)
    tutorial.explain_recommendation(page.view)
    of_the_line = page.view.shares()
    tutorial.explain_word(page.view, tutorial.PRINCIPLED)
    of_the_word = page.view.shares()
    (principle,) = tutorial.listed(page.view.strongest(5), tutorial.principle())
    assert of_the_word[principle] > of_the_line[principle]


def test_both_places_stand_side_by_side(open_page: Open) -> None:
    page = open_page()
    views = page.side_by_side(tutorial.PRINCIPLES_FIRST, tutorial.PRINCIPLES_LAST)
    page.enlarge()
    for view in views:
        tutorial.explain_word(view, tutorial.PRINCIPLED)
        assert tutorial.listed(view.strongest(5), tutorial.principle())
