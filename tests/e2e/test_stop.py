"""Where answers end: at a text, or at a segment of an answer."""

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.salience_page import PATIENCE, SaliencePage

Open = Callable[..., SaliencePage]


def _jobs(page: Page) -> list[dict[str, Any]]:
    jobs: list[dict[str, Any]] = []

    def keep(request: Any) -> None:
        if request.url.endswith("/seqsal/jobs"):
            jobs.append(json.loads(request.post_data or "{}"))

    page.on("request", keep)
    return jobs


def test_an_answer_ends_at_a_line_break_and_at_a_text_of_the_users(
    open_page: Open, browser_page: Page
) -> None:
    view = (page := open_page()).view
    page.select("fewshot-fixed")
    view.wait_for_answer()
    view.choose("Sentences")
    whole = view.segments("target").all_inner_texts()
    assert len(whole) == 2
    jobs = _jobs(browser_page)
    view.root.get_by_role("button", name="Display").click()
    view.root.get_by_role("radio", name="Line break").click()
    expect(view.segments("target")).to_have_count(1, timeout=PATIENCE)
    assert view.segments("target").all_inner_texts()[0].strip() == whole[0].strip()
    (job,) = (job for job in jobs if job["kind"] == "generation")
    assert job["stop"] == ["\n"]
    field = view.root.get_by_label("or at the text")
    field.fill("\\nRecommendation")
    field.press("Enter")
    expect(view.segments("target")).to_have_count(1, timeout=PATIENCE)
    view.root.get_by_role("radio", name="Their end").click()
    expect(view.segments("target")).to_have_count(2, timeout=PATIENCE)
    stops = [job.get("stop") for job in jobs if job["kind"] == "generation"]
    assert stops == [["\n"], ["\nRecommendation"], None]


def test_stop_here_cuts_the_answer_and_explains_what_is_left(
    open_page: Open, browser_page: Page
) -> None:
    view = (page := open_page()).view
    page.select("fewshot-fixed")
    view.wait_for_answer()
    view.choose("Words")
    words = view.segments("target").all_inner_texts()
    whole = view.root.locator("seqsal-toolbar select").first.locator("option")
    expect(whole).to_have_count(2)  # The answer, and the target of the data set.
    jobs = _jobs(browser_page)
    view.segments("target").nth(2).click(button="right")
    browser_page.get_by_role("menuitem", name="Stop here").click()
    expect(view.segments("target")).to_have_count(3, timeout=PATIENCE)
    expect(whole).to_have_count(3)
    view.explain(view.segments("target").nth(2))
    assert any(view.heat())
    assert view.segments("target").all_inner_texts() == words[:3]
    (tokens,) = (job["record"] for job in jobs if job["kind"] == "tokens")
    assert "".join(tokens["target"].split()) == "".join(words[:3])
    assert not [job for job in jobs if job["kind"] == "generation"]
    view.show("Response")
    expect(view.segments("target")).to_have_count(len(words))
    view.segments("target").last.click(button="right")
    expect(browser_page.get_by_role("menuitem", name="Stop here")).to_have_count(0)
