"""Views side by side scroll together, until LIT's scroll synchronization is switched off."""

from collections.abc import Callable

from tests.e2e.salience_page import SaliencePage, View

Open = Callable[..., SaliencePage]


_TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""A view reports its scrolling in one frame, and LIT scrolls the other view in that frame."""


def _top(view: View) -> int:
    return round(float(view.root.locator("seqsal-text").evaluate("text => text.scrollTop")))


def _wheel(page: SaliencePage, view: View, by: int, *, to: int) -> None:
    """Scrolls a view by the wheel, and waits until it and what follows it have been drawn."""
    text = view.root.locator("seqsal-text")
    text.hover()
    page.page.mouse.wheel(0, by)
    page.page.wait_for_function(
        "([text, top]) => Math.round(text.scrollTop) === top", arg=[text.element_handle(), to]
    )
    page.page.evaluate(_TWO_FRAMES)


def test_views_side_by_side_scroll_together(open_page: Open) -> None:
    page = open_page()
    left, right = page.side_by_side("fewshot-mistake", "fewshot-fixed")
    page.page.set_viewport_size({"width": 1600, "height": 620})
    _wheel(page, left, -5000, to=0)
    _wheel(page, left, 70, to=70)
    assert _top(left) == 70
    assert _top(right) == 70
    _wheel(page, right, 50, to=120)
    assert _top(left) == _top(right) == 120

    page.page.locator(".scroll-toggle").first.click()
    _wheel(page, left, 40, to=160)
    assert (_top(left), _top(right)) == (160, 120)
