"""Checks of a map by removing segments, and contrasts, over a real server."""

import json
import pathlib
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from seqsal.results.result import Result
from tests.e2e.salience_page import PATIENCE, SaliencePage, View

Open = Callable[..., SaliencePage]
FLAGS = ("--models=tiny:embedded:tiny", "--max_examples=2")


@pytest.fixture
def page(open_page: Open) -> SaliencePage:
    """The page with the last sentence of an answer explained."""
    page = open_page(*FLAGS)
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    page.view.choose("Sentences")
    page.view.explain(page.view.segments("target").last)
    return page


def _findings(view: View) -> Locator:
    return view.root.locator("seqsal-findings")


def _words(view: View) -> str:
    """Returns the first finding, without its buttons."""
    return _findings(view).locator(".row .text").first.inner_text()


def _check(view: View) -> None:
    view.root.get_by_role("button", name="Check by removing").click()
    together = _findings(view).get_by_text(re.compile(r"Without the .* together"))
    expect(together).to_be_visible(timeout=PATIENCE)


def _bars(view: View) -> Locator:
    return view.root.locator("seqsal-ranking .bar.removal:not(.key)")


def test_a_check_shows_a_second_bar_for_each_segment_and_says_how_far_they_agree(
    page: SaliencePage,
) -> None:
    view = page.view
    _check(view)
    rows = view.root.locator("seqsal-ranking li")
    expect(_bars(view)).to_have_count(rows.count())
    expect(_findings(view)).to_contain_text(re.compile(r"and removals (partly |dis)?agree"))
    words = _bars(view).first.get_attribute("aria-label") or ""
    assert re.fullmatch(r"Without it the selection is .* likely\.", words)
    # The check is kept with the selection.
    last = view.segments("target").last
    last.click()
    expect(_findings(view)).to_be_empty()
    view.explain(last)
    expect(_findings(view)).to_contain_text("and removals")
    expect(view.root.get_by_role("button", name="Check by removing")).to_have_count(0)


def test_a_check_of_a_long_text_names_the_passage_that_matters(page: SaliencePage) -> None:
    view = page.view
    view.choose("Words")
    view.wait_for_heat()
    _check(view)
    findings = _findings(view)
    expect(findings).to_contain_text("Of whole passages, the one from “Analysis:” on costs most")
    expect(findings).to_contain_text(re.compile(r"24\s+of \d+ segments were removed one by one"))
    view.root.get_by_role("button", name="Remove 24 more").click()
    expect(findings).to_contain_text(re.compile(r"48\s+of \d+ segments"), timeout=PATIENCE)


def test_the_text_is_coloured_by_removal_and_by_another_granularity(page: SaliencePage) -> None:
    view = page.view
    _check(view)
    before = view.strongest(3)
    view.choose("Removal")
    view.wait_for_heat()
    expect(_bars(view)).to_have_count(0)  # The map itself shows the effects.
    assert view.strongest(3) != [] and len(before) == 3
    expect(_findings(view)).to_contain_text("“Contribution” and removals")
    view.choose("Paragraphs")  # The check of other segments starts automatically.
    expect(_findings(view)).to_contain_text("“Contribution” and removals", timeout=PATIENCE)
    assert any(view.heat())


def test_random_removals_are_requested_with_the_segments_of_the_granularity(
    page: SaliencePage, browser_page: Page
) -> None:
    jobs: list[dict[str, object]] = []
    browser_page.on("request", lambda request: jobs.append(json.loads(request.post_data or "{}")))
    view = page.view
    with browser_page.expect_request("**/seqsal/jobs"):
        view.choose("Random removals")
    view.wait_for_heat()
    with browser_page.expect_request("**/seqsal/jobs"):
        view.choose("Paragraphs")
    view.wait_for_heat()
    sent = [job["segments"] for job in jobs if job.get("methods") == ["lime"]]
    assert len(sent) == 2 and sent[0] != sent[1]


def test_a_check_is_cancelled(page: SaliencePage, browser_page: Page) -> None:
    view = page.view
    view.choose("Tokens")
    view.root.get_by_role("button", name="Check by removing").click()
    stop = view.root.locator("seqsal-status[work=check]").get_by_role("button", name="Stop")
    view.segments("target").nth(4).click()  # Another selection cancels it.
    expect(stop).to_have_count(0)
    expect(view.root.locator("seqsal-status[work=check]")).to_be_empty()


def test_a_segment_is_removed_and_both_prompts_are_compared(page: SaliencePage) -> None:
    segment = page.view.segment("prompt", "Recommendation: You will enjoy it.")
    segment.click(button="right")
    page.view.root.get_by_role("menuitem", name="Remove and run").click()
    texts = [view.text("prompt") for view in page.wait_for_views(2)]
    counts = sorted(text.count("Recommendation: You will enjoy it.") for text in texts)
    assert counts[1] - counts[0] == 1


def test_the_menu_of_a_segment_opens_by_keyboard_and_not_for_the_answer(
    page: SaliencePage,
) -> None:
    menu = page.view.root.get_by_role("menuitem", name="Remove and run")
    page.page.keyboard.press("m")
    expect(menu).to_have_count(0)
    page.page.keyboard.press("Home")
    page.page.keyboard.press("m")
    expect(page.view.root.get_by_role("menuitem", name="Change")).to_be_focused()
    page.page.keyboard.press("ArrowDown")
    expect(menu).to_be_focused()


def test_an_alternative_token_is_explained_against_the_one_that_was_written(
    page: SaliencePage,
) -> None:
    view = page.view
    view.root.get_by_role("button", name="How sure was the model?").click()
    view.root.locator("seqsal-certainty li").first.wait_for(timeout=PATIENCE)
    view.segments("target").last.click(position={"x": 40, "y": 8})
    options = view.root.locator("seqsal-alternatives li button")
    expect(options).to_have_count(10, timeout=PATIENCE)
    view.root.locator("seqsal-alternatives li button:enabled").first.click()
    expect(_findings(view)).to_contain_text(re.compile("Why “.*” and not “.*”"), timeout=PATIENCE)
    expect(view.root.locator("seqsal-legend")).to_contain_text("− for “")
    assert any(view.heat())
    _check(view)
    view.root.get_by_role("button", name="End the comparison").click()
    expect(_findings(view)).not_to_contain_text("Why “")
    expect(view.root.locator("seqsal-legend")).to_contain_text("supports")


def test_a_typed_text_is_compared_and_an_identical_one_is_an_error(page: SaliencePage) -> None:
    view = page.view
    selected = view.segments("target").last.inner_text()
    view.root.get_by_role("button", name="Compare").click()
    field = view.root.get_by_placeholder("another text in its place")
    expect(field).to_be_focused()
    field.fill(selected)
    field.press("Enter")
    status = view.root.locator("seqsal-status[work=contrast]")
    expect(status).to_contain_text("must differ from the selection", timeout=PATIENCE)
    assert any(view.heat())  # Nothing is lost.
    field.fill("Recommendation: Avoid.")
    field.press("Enter")
    expect(_findings(view)).to_contain_text("and not “Recommendation: Avoid.”", timeout=PATIENCE)
    expect(field).not_to_be_visible()
    expect(status).to_be_empty()
    expect(view.root.locator("seqsal-readout")).to_contain_text("against")
    # A reload, like a link, shows the same contrast. Its probabilities may come before its scores.
    view.wait_for_heat()
    heat = view.heat()
    again = page.reload().view
    expect(_findings(again)).to_contain_text("and not “Recommendation: Avoid.”", timeout=PATIENCE)
    again.wait_for_heat()
    assert again.heat() == heat


def test_a_saved_page_and_saved_json_have_the_check(
    page: SaliencePage, chromium: Browser, tmp_path: pathlib.Path
) -> None:
    _check(page.view)
    words = _words(page.view)
    saved = Result.from_json(page.save("Data (JSON)", tmp_path))
    (check,) = saved.salience[0].checks
    assert None not in check.effects and len(check.together) >= 3
    assert saved.salience[0].segments["ablation"] == check.segments
    table = saved.faithfulness("sentences")
    assert table["effect"].notna().all()
    path = page.save("Page (HTML)", tmp_path)
    offline = chromium.new_context(offline=True).new_page()
    offline.goto(path.as_uri())
    view = View(offline.locator("main"))
    expect(_findings(view)).to_be_visible(timeout=PATIENCE)
    assert "and removals" in words and _words(view) == words
    expect(_bars(view)).not_to_have_count(0)
    view.choose("Removal")
    view.wait_for_heat()
    assert any(view.heat())
    offline.context.close()
