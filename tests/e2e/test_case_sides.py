"""The tutorial's third case study: target and response, with notes and without, and two models."""

from collections.abc import Callable

import pytest

from tests.e2e import tutorial
from tests.e2e.salience_page import SaliencePage

Open = Callable[..., SaliencePage]


def test_the_target_is_compared_with_the_response(open_page: Open) -> None:
    page = open_page()
    answer = tutorial.open_answer(page, tutorial.ANNOTATED)
    tutorial.assert_quoted(answer)
    page.pin()
    target, response = page.wait_for_views(2)
    target.show("Target")
    assert target.text("target") == tutorial.target_of(tutorial.ANNOTATED)
    assert response.text("target") == answer
    # The operands are copied correctly from the steps before; the result may be wrong.
    assert tutorial.operands(answer) == tutorial.operands(target.text("target"))
    for view in (target, response):
        tutorial.explain_result(view)
        # The number is a copy of the one in the note before it.
        assert view.strongest(1)[0].endswith(">>")


@pytest.fixture
def compared(open_page: Open) -> SaliencePage:
    """A page with the original problem on the left, and the problem without notes on the right."""
    page = open_page()
    tutorial.open_answer(page, tutorial.ANNOTATED)
    page.pin()
    left, _ = page.wait_for_views(2)
    left.show("Target")
    tutorial.remove_notes_in_editor(page)
    left.show("Response")
    return page


def test_without_notes_the_result_depends_on_the_operands(compared: SaliencePage) -> None:
    with_notes, without = compared.wait_for_views(2)
    assert "<<" in with_notes.text("target")
    answer = without.text("target")
    assert "<<" not in without.text("prompt") + answer
    assert tutorial.operands(answer) == tutorial.operands(tutorial.target_of(tutorial.ANNOTATED))
    tutorial.assert_quoted(answer)
    tutorial.explain_result(without)
    hottest = " ".join(without.strongest(5))
    assert any(number in hottest for number in tutorial.operands(answer))


def test_two_models_with_a_pin_have_four_views_and_without_it_two(compared: SaliencePage) -> None:
    page = compared
    page.tick(tutorial.MODELS[1])
    views = page.wait_for_views(4)
    assert ["<<" in view.text("prompt") for view in views] == [True, False] * 2
    page.enlarge()
    for view in views:
        tutorial.explain_result(view)
        assert any(view.heat())

    page.pin()
    first, second = page.wait_for_views(2)
    assert first.text("prompt") == second.text("prompt")
    assert "<<" not in first.text("prompt")
    tutorial.assert_quoted(first.text("target"))
