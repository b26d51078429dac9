"""A person who has read nothing finds from the page alone how to explain a sentence."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.salience_page import PATIENCE, SaliencePage

Open = Callable[..., SaliencePage]


def test_each_step_is_told_where_it_is_to_be_done(open_page: Open) -> None:
    page = open_page()
    view = page.view.root
    # The first words name a part of the page that is in sight.
    words = view.get_by_role("heading").inner_text()
    named = re.search(r"in the (.+)", words)
    assert named is not None
    expect(page.page.get_by_text(named[1], exact=True).first).to_be_visible()
    page.select("fewshot-fixed")

    # Next, the one thing to do is said in full, and what it names is in sight.
    page.view.wait_for_answer()
    hint = view.locator("seqsal-readout .hint")
    expect(hint).to_have_text(re.compile("^Click a sentence of the answer"))
    assert hint.evaluate("each => each.scrollHeight <= each.clientHeight + 1")
    sentence = page.view.segments("target").last
    expect(sentence).to_be_in_viewport(ratio=1)
    assert sentence.evaluate("each => getComputedStyle(each).cursor") == "pointer"

    # What came of it is named: what was explained, by how much, and what the colours mean.
    sentence.click()
    readout = view.locator("seqsal-readout")
    share = re.compile(r"strongest[\s\S]*of the\s+salience")
    expect(readout).to_contain_text(share, timeout=PATIENCE)
    expect(readout).to_contain_text("Explaining")
    expect(view.locator("seqsal-legend")).to_be_visible()
    assert any(page.view.heat())


def test_every_tool_has_its_name_in_sight_or_on_pointing(open_page: Open) -> None:
    page = open_page()
    page.select("fewshot-fixed")
    page.view.wait_for_answer()
    for button in page.view.root.get_by_role("button").all():
        if button.is_visible():
            assert button.inner_text().strip() or button.get_attribute("title")
