"""An edit that has not been run is the same in the view and in LIT's Datapoint Editor."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, expect

from tests.e2e.salience_page import PATIENCE, SaliencePage

Open = Callable[..., SaliencePage]


def _open(open_page: Open) -> tuple[SaliencePage, Locator]:
    """Returns the page and the field of an edit, with a prompt shown by sentences."""
    page = open_page()
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    page.view.choose("Sentences")
    return page, page.view.root.locator("seqsal-text .field")


def _begin_edit(page: SaliencePage) -> None:
    page.view.segment("prompt", "Suggestion: Quiche Lorraine").dblclick()
    page.view.root.locator("seqsal-text .field").wait_for(timeout=PATIENCE)


def test_an_edit_in_place_is_in_the_datapoint_editor(open_page: Open) -> None:
    page, field = _open(open_page)
    page.open_tab("Editor")
    before = page.prompt_box.input_value()
    _begin_edit(page)
    page.page.keyboard.press("End")
    page.page.keyboard.type(" with leeks")
    after = before.replace("Quiche Lorraine", "Quiche Lorraine with leeks")
    expect(page.prompt_box).to_have_value(after)
    expect(page.page.get_by_role("button", name="Add", exact=True)).to_be_enabled()
    expect(field).to_be_focused()
    page.page.keyboard.press("Escape")
    expect(page.prompt_box).to_have_value(before)


def test_an_edit_waits_for_an_editor_that_is_opened_later(open_page: Open) -> None:
    page, field = _open(open_page)
    _begin_edit(page)
    page.page.keyboard.press("End")
    page.page.keyboard.type(" with leeks")
    page.open_tab("Editor")
    expect(page.prompt_box).to_have_value(re.compile("Quiche Lorraine with leeks"))
    # Discarded while the editor is behind another tab, it does not come back with it.
    page.open_tab("Examples")
    page.view.root.locator("seqsal-edit-bar").get_by_role("button", name="Discard").click()
    page.open_tab("Editor")
    expect(page.page.get_by_role("button", name="Add", exact=True)).to_be_disabled()
    expect(field).to_have_count(0)


def test_typing_in_the_datapoint_editor_is_an_edit_in_the_view(open_page: Open) -> None:
    page, field = _open(open_page)
    page.edit_prompt(lambda prompt: prompt.replace("Quiche Lorraine", "Tomato soup"))
    expect(field).to_have_text("Tomato soup")
    expect(page.view.root.locator("seqsal-edit-bar")).to_contain_text("not run yet")
    expect(page.prompt_box).to_be_focused()
    # The rest of the sentence stays around the field.
    assert "Suggestion: Tomato soup" in page.view.text("prompt")
    page.page.get_by_role("button", name="Reset", exact=True).click()
    expect(field).to_have_count(0)


def test_an_edit_that_the_datapoint_editor_sent_is_over(open_page: Open) -> None:
    page, field = _open(open_page)
    page.edit_prompt(lambda prompt: prompt.replace("Quiche Lorraine", "Tomato soup"))
    expect(field).to_have_text("Tomato soup")
    page.page.get_by_role("button", name="Add and compare").click()
    expect(page.page.locator("seqsal-module")).to_have_count(2, timeout=PATIENCE)
    page.wait_for_views(2)
    expect(page.page.locator("seqsal-text .field")).to_have_count(0)
    expect(page.page.get_by_role("button", name="Add", exact=True)).to_be_disabled()


def test_an_edit_that_the_view_ran_is_over_in_the_datapoint_editor(open_page: Open) -> None:
    page, _ = _open(open_page)
    page.open_tab("Editor")
    _begin_edit(page)
    page.page.keyboard.press("Control+a")
    page.page.keyboard.type("Suggestion: Onion tart")
    page.page.keyboard.press("Control+Enter")
    page.wait_for_views(2)
    expect(page.page.locator("seqsal-text .field")).to_have_count(0)
    expect(page.prompt_box).to_have_value(re.compile("Suggestion: Onion tart"))
    expect(page.page.get_by_role("button", name="Add", exact=True)).to_be_disabled()


def test_a_prompt_that_was_there_already_is_asked_the_same_question(open_page: Open) -> None:
    page, _ = _open(open_page)
    page.select("fewshot-fixed")
    page.view.wait_for_answer()
    page.open_tab("Editor")
    fixed = page.prompt_box.input_value()
    page.open_tab("Examples")
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    page.view.explain(page.view.segment("target", "Recommendation"))
    page.edit_prompt(lambda _: fixed)
    expect(page.view.root.locator("seqsal-edit-bar")).to_contain_text("not run yet")
    page.page.get_by_role("button", name="Add", exact=True).click()
    expect(page.prompt_box).to_have_value(fixed)
    page.view.wait_for_heat()
    expect(page.view.root.locator("seqsal-text .sel")).to_contain_text("Recommendation")
    assert page.view.text("prompt") == fixed
    expect(page.page.get_by_role("button", name="Add", exact=True)).to_be_disabled()
