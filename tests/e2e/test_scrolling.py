"""Views side by side scroll together, until LIT's scroll synchronization is switched off."""

from collections.abc import Callable

from tests.e2e.salience_page import SaliencePage, View

Open = Callable[..., SaliencePage]


def _top(view: View) -> int:
    return round(float(view.root.locator("seqsal-text").evaluate("text => text.scrollTop")))


def _wheel(page: SaliencePage, view: View, by: int) -> None:
    view.root.locator("seqsal-text").hover()
    page.page.mouse.wheel(0, by)
    page.page.wait_for_timeout(400)


def test_views_side_by_side_scroll_together(open_page: Open) -> None:
    page = open_page()
    left, right = page.side_by_side("fewshot-mistake", "fewshot-fixed")
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
