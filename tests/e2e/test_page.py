"""The page: layouts, fonts, icons, and no request to other hosts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.salience_page import SaliencePage

Open = Callable[..., SaliencePage]


def test_fonts_of_icons_and_text_load_without_the_internet(open_page: Open) -> None:
    page = open_page()
    page.page.evaluate("document.fonts.ready")
    for family in ("Material Icons", "Material Icons Outlined", "Roboto", "Share Tech Mono"):
        loaded = page.page.evaluate(
            "family => document.fonts.load(`16px '${family}'`).then(faces => faces.length)", family
        )
        assert loaded > 0, family
    # An icon is one square glyph; without its font it is a word.
    icon = page.page.get_by_text("settings", exact=True).first
    box = icon.bounding_box()
    assert box is not None
    assert box["width"] < 30


@pytest.mark.parametrize("layout", ["left_right", "top_bottom", "three_panel"])
def test_the_module_works_in_every_layout(open_page: Open, layout: str) -> None:
    page = open_page(query=f"?layout={layout}")
    page.page.get_by_text("headline-1", exact=True).first.click()
    page.view.wait_for_answer()
    page.view.explain(page.view.segments("target").last)
    assert any(page.view.heat())


def test_the_page_has_a_title(open_page: Open) -> None:
    page = open_page()
    expect(page.page).to_have_title("Sequence Salience")
