"""Versions of a prompt of 30,000 tokens side by side."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Serve
from tests.e2e.salience_page import PATIENCE, SaliencePage, View

SERVER = ("-m", "benchmarks.ui_server", "--tokens", "30000")


def _paragraph(view: View, number: int) -> Locator:
    """Returns the first line of a numbered paragraph of the prompt."""
    return view.segments("prompt").filter(has_text=re.compile(rf"^\s*{number}\. ")).first


def _wait_until_level(one: Locator, other: Locator) -> None:
    one.page.wait_for_function(
        """([one, other]) => {
          const [here, there] = [one, other].map(line => line.getBoundingClientRect());
          return here.height > 0 && Math.abs(here.top - there.top) <= 1;
        }""",
        arg=[one.element_handle(), other.element_handle()],
        timeout=PATIENCE,
    )


def test_a_change_in_30000_tokens_is_marked_level_compared_and_in_the_trail(
    serve_any: Serve, browser_page: Page
) -> None:
    browser_page.goto(f"{serve_any(*SERVER)}?layout=ours")
    page = SaliencePage(browser_page)
    page.select("prompt-0")
    page.view.wait_for_answer()
    page.view.choose("Lines")
    page.view.explain(page.view.segment("target", "Recommendation"))
    _paragraph(page.view, 260).dblclick()
    page.view.root.locator("seqsal-text .field").wait_for(timeout=PATIENCE)
    browser_page.keyboard.press("Control+End")
    browser_page.keyboard.insert_text(" ALL OF IT.\n\nAnd a line that was not here.")
    browser_page.keyboard.press("Control+Enter")
    pinned, selected = page.wait_for_views(2)
    browser_page.mouse.move(0, 0)  # The readout is about the segment under the pointer.
    for view in (pinned, selected):
        view.wait_for_heat()  # The same question is asked about both answers, without a click.
    changes = selected.root.locator("seqsal-changes")
    expect(changes).to_contain_text("Against the pinned text: 2 added", timeout=PATIENCE)
    expect(pinned.root.locator("seqsal-changes")).to_contain_text("No text that the selected")
    # The next change is brought into view, and what follows it is level on both sides.
    selected.root.get_by_role("button", name="Next", exact=True).click()
    expect(_paragraph(selected, 260)).to_be_in_viewport(timeout=PATIENCE)
    expect(_paragraph(pinned, 260)).to_be_in_viewport(timeout=PATIENCE)
    browser_page.mouse.move(*_middle(selected))
    browser_page.mouse.wheel(0, 500)
    expect(_paragraph(selected, 260)).not_to_be_in_viewport(timeout=PATIENCE)
    _wait_until_level(_paragraph(pinned, 265), _paragraph(selected, 265))
    # Every line that only the selected text has gains its score; both texts show the same colours.
    selected.choose("Difference")
    expect(selected.root.locator("seqsal-legend")).to_contain_text("gained", timeout=PATIENCE)
    assert any(selected.heat()) and any(pinned.heat())
    tries = selected.root.locator("seqsal-trail").get_by_role("treeitem")
    expect(tries).to_have_count(2)
    expect(tries.nth(1)).to_contain_text("ALL OF IT")


def _middle(view: View) -> tuple[float, float]:
    box = view.root.locator("seqsal-text").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
