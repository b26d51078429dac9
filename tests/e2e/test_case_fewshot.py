"""The tutorial's first case: an example of a prompt is wrong, is found, and is mended."""

from collections.abc import Callable

from tests.e2e import tutorial
from tests.e2e.salience_page import SaliencePage

Open = Callable[..., SaliencePage]


def test_the_wrong_example_is_hot_and_mending_it_mends_the_answer(open_page: Open) -> None:
    page = open_page()
    answer = tutorial.open_answer(page, tutorial.MISTAKE)
    # The answer says that the guest can not eat the dish, and recommends it all the same.
    analysis, recommendation = answer.strip().splitlines()
    assert tutorial.CONFLICT in analysis
    assert recommendation == tutorial.wrong_line()
    tutorial.assert_told(answer)

    tutorial.explain_recommendation(page.view)
    assert tutorial.listed(page.view.strongest(3), *tutorial.wrong_example())
    page.view.choose("Paragraphs")
    assert tutorial.listed(page.view.strongest(2), " ".join(tutorial.wrong_example()))

    mended = tutorial.replace_in_editor(page, tutorial.wrong_line(), tutorial.mended_line())
    analysis, recommendation = mended.strip().splitlines()
    assert tutorial.CONFLICT in analysis
    assert recommendation == tutorial.mended_line()
    tutorial.assert_told(mended)
    tutorial.explain_recommendation(page.view)
    assert tutorial.listed(page.view.strongest(3), tutorial.mended_line())


def test_a_hot_line_that_did_not_decide_can_be_changed(open_page: Open) -> None:
    page = open_page()
    answer = tutorial.open_answer(page, tutorial.MISTAKE)
    tutorial.explain_recommendation(page.view)
    line, another = tutorial.INSTRUCTION
    assert tutorial.listed(page.view.strongest(6), line)
    assert tutorial.replace_in_editor(page, line, another) == answer
