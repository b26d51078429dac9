"""The pictures of docs/tutorial.md, one for each step of its three case studies."""

from collections.abc import Callable, Mapping

from playwright.sync_api import Locator, Page

from tests.e2e import tutorial
from tests.e2e.salience_page import SaliencePage


def _sentences(page: SaliencePage) -> Locator:
    tutorial.open_answer(page, tutorial.MISTAKE)
    tutorial.explain_recommendation(page.view)
    page.view.strongest(1)
    return page.view.root


def _paragraphs(page: SaliencePage) -> Locator:
    tutorial.open_answer(page, tutorial.MISTAKE)
    tutorial.explain_recommendation(page.view)
    page.view.choose("Paragraphs")
    return page.view.root


def _corrected(page: SaliencePage) -> Page:
    tutorial.open_answer(page, tutorial.MISTAKE)
    tutorial.replace_in_editor(page, tutorial.wrong_line(), tutorial.corrected_line())
    tutorial.explain_recommendation(page.view)
    page.prompt_box.evaluate("box => { box.scrollTop = 0 }")
    return page.page


def _principle(page: SaliencePage) -> Locator:
    tutorial.open_answer(page, tutorial.PRINCIPLES_FIRST)
    tutorial.explain_recommendation(page.view)
    page.view.strongest(1)
    return page.view.root


def _places(page: SaliencePage) -> Page:
    views = page.side_by_side(tutorial.PRINCIPLES_FIRST, tutorial.PRINCIPLES_LAST)
    page.enlarge()
    for view in views:
        tutorial.explain_word(view, tutorial.PRINCIPLED)
    return page.page


def _target_and_response(page: SaliencePage) -> Page:
    tutorial.open_answer(page, tutorial.ANNOTATED)
    page.pin()
    target, response = page.wait_for_views(2)
    target.show("Target")
    page.enlarge()
    for view in (target, response):
        tutorial.explain_result(view)
    return page.page


def _notes(page: SaliencePage) -> Page:
    tutorial.open_answer(page, tutorial.ANNOTATED)
    page.pin()
    page.wait_for_views(2)
    tutorial.remove_notes_in_editor(page)
    for view in page.wait_for_views(2):
        tutorial.explain_result(view)
    return page.page


def _four_views(page: SaliencePage) -> Page:
    _notes(page)
    page.tick(tutorial.MODELS[1])
    views = page.wait_for_views(4)
    page.enlarge()
    for view in views:
        if not view.selected():
            tutorial.explain_result(view)
    return page.page


PICTURES: Mapping[str, tuple[tuple[int, int], Callable[[SaliencePage], Page | Locator]]] = {
    "tutorial-1-sentences": ((1600, 1100), _sentences),
    "tutorial-1-paragraphs": ((1440, 1130), _paragraphs),
    "tutorial-1-corrected": ((1440, 900), _corrected),
    "tutorial-2-principle": ((1600, 1210), _principle),
    "tutorial-2-places": ((1280, 1120), _places),
    "tutorial-3-target": ((1280, 720), _target_and_response),
    "tutorial-3-notes": ((1440, 760), _notes),
    "tutorial-3-four-views": ((1280, 720), _four_views),
}
"""By file name: the size of the window in pixels, and the function that draws it."""
