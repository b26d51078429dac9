"""The tutorial's first case study: find and correct a wrong example in a prompt."""

from collections.abc import Callable

from tests.e2e import tutorial
from tests.e2e.salience_page import SaliencePage

Open = Callable[..., SaliencePage]


def test_the_wrong_example_is_salient_and_correcting_it_corrects_the_answer(
    open_page: Open,
) -> None:
    page = open_page()
    answer = tutorial.open_answer(page, tutorial.MISTAKE)
    # The analysis says that the guest cannot eat the dish; the recommendation contradicts it.
    analysis, recommendation = answer.strip().splitlines()
    assert tutorial.CONFLICT in analysis
    assert recommendation == tutorial.wrong_line()
    tutorial.assert_quoted(answer)

    tutorial.explain_recommendation(page.view)
    assert tutorial.listed(page.view.strongest(3), *tutorial.wrong_example())
    page.view.choose("Paragraphs")
    assert tutorial.listed(page.view.strongest(2), " ".join(tutorial.wrong_example()))

    corrected = tutorial.replace_in_editor(page, tutorial.wrong_line(), tutorial.corrected_line())
    analysis, recommendation = corrected.strip().splitlines()
    assert tutorial.CONFLICT in analysis
    assert recommendation == tutorial.corrected_line()
    tutorial.assert_quoted(corrected)
    tutorial.explain_recommendation(page.view)
    assert tutorial.listed(page.view.strongest(3), tutorial.corrected_line())


def test_changing_a_salient_line_can_leave_the_answer_unchanged(open_page: Open) -> None:
    page = open_page()
    answer = tutorial.open_answer(page, tutorial.MISTAKE)
    page.view.choose("Grad L2")
    tutorial.explain_recommendation(page.view)
    line, another = tutorial.INSTRUCTION
    assert tutorial.listed(page.view.strongest(6), line)
    assert tutorial.replace_in_editor(page, line, another) == answer
