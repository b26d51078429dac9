"""A link restores the state of the page that it was copied from."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.e2e.salience_page import PATIENCE, SaliencePage, View

Open = Callable[..., SaliencePage]


def _state(view: View) -> dict[str, Any]:
    checked = view.root.locator("seqsal-toolbar input:checked")
    return {
        "readout": view.readout(),
        "checked": checked.evaluate_all("all => all.map(each => each.ariaLabel)"),
        "selected": view.selected(),
        "classes": view.segments().evaluate_all("spans => spans.map(span => span.className)"),
    }


def _wait_for_heat(view: View) -> None:
    view.wait_for_heat()


def test_a_link_copied_in_lit_restores_the_view(open_page: Open, chromium: Browser) -> None:
    page = open_page()
    page.select("fewshot-fixed")
    page.view.wait_for_answer()
    page.view.choose("Words")
    page.view.choose("Grad · Input")
    words = page.view.segments("target")
    page.view.explain(words.nth(1))
    words.nth(3).click(modifiers=["Control"])
    page.view.root.get_by_role("button", name="Display").click()
    page.view.choose("Rank")
    page.view.choose("Mean")
    page.view.choose("Underline")
    page.page.keyboard.press("Escape")
    page.page.mouse.move(0, 0)
    _wait_for_heat(page.view)
    expect(page.view.root.locator("seqsal-readout")).to_contain_text("…")
    shown = _state(page.view)

    page.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.page.locator("button", has_text="Copy Link").click()
    link = page.page.evaluate("navigator.clipboard.readText()")
    assert "seqsal.granularity=words" in link
    other = chromium.new_page(viewport={"width": 1600, "height": 900})
    other.goto(link)
    again = SaliencePage(other)
    _wait_for_heat(again.view)
    assert _state(again.view) == shown
    other.close()


def test_the_address_contains_the_target_and_a_custom_pattern(open_page: Open) -> None:
    page = open_page()
    page.select("fewshot-fixed")
    page.view.wait_for_answer()
    picker = page.view.root.locator("seqsal-toolbar select").first
    labels = picker.locator("option").all_inner_texts()
    picker.select_option(label=next(label for label in labels if label.startswith("Target")))
    page.view.choose("Custom")
    page.view.root.get_by_role("textbox", name="A match of").fill("[,:] *")
    page.view.wait_for_answer()
    page.view.explain(page.view.segments("target").last)
    page.page.mouse.move(0, 0)
    shown = _state(page.view)
    again = page.reload()
    _wait_for_heat(again.view)
    expect(again.view.root.locator("seqsal-text .target .name")).to_have_text("Target")
    field = again.view.root.get_by_role("textbox", name="A match of")
    assert field.input_value() == "[,:] *"
    assert _state(again.view) == shown


def test_views_side_by_side_are_restored_after_a_reload(open_page: Open) -> None:
    page = open_page()
    pinned, chosen = page.side_by_side("fewshot-mistake", "fewshot-fixed")
    pinned.choose("Sentences")
    pinned.explain(pinned.segments("target").last)
    chosen.explain(chosen.segments("target").first)
    page.page.mouse.move(0, 0)
    shown = [view.selected() for view in (pinned, chosen)]
    assert shown[0] != shown[1]
    again = page.reload()
    expect(page.page.locator("seqsal-module")).to_have_count(2, timeout=PATIENCE)
    for view in again.views():
        _wait_for_heat(view)
    assert [view.selected() for view in again.views()] == shown


def test_the_selection_of_one_example_is_not_shown_on_another(open_page: Open) -> None:
    page = open_page()
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    page.view.explain(page.view.segments("target").last)
    page.select("fewshot-fixed")
    page.view.wait_for_answer()
    assert page.view.selected() == []


def _ours(page: Page) -> str:
    return str(page.evaluate("location.search.match(/seqsal[^=]*/g)?.join(' ') ?? ''"))


def test_the_address_of_an_unchanged_page_has_no_state(open_page: Open) -> None:
    page = open_page()
    assert _ours(page.page) == ""
