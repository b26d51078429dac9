"""Views side by side scroll together, until LIT is told to let them go."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.salience_page import PATIENCE, SaliencePage, View

Open = Callable[..., SaliencePage]


def _top(view: View) -> int:
    return round(float(view.root.locator("seqsal-text").evaluate("text => text.scrollTop")))


def _wheel(page: SaliencePage, view: View, by: int) -> None:
    view.root.locator("seqsal-text").hover()
    page.page.mouse.wheel(0, by)
    page.page.wait_for_timeout(400)


def test_views_side_by_side_scroll_together(open_page: Open) -> None:
    page = open_page()
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    page.page.get_by_role("button", name="Pin datapoint 0").click()
    page.select("fewshot-fixed")
    expect(page.page.locator("seqsal-module")).to_have_count(2, timeout=PATIENCE)
    left, right = page.views()
    for view in (left, right):
        view.wait_for_answer()
    page.page.set_viewport_size({"width": 1600, "height": 620})
    _wheel(page, left, -5000)
    assert _top(left) == 0
    _wheel(page, left, 70)
    assert _top(left) == 70
    assert _top(right) == 70
    _wheel(page, right, 50)
    assert _top(left) == _top(right) == 120

    page.page.locator(".scroll-toggle").first.click()
    _wheel(page, left, 40)
    assert (_top(left), _top(right)) == (160, 120)
