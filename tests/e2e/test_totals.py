"""What the scores of a map leave out, over a real server and in a saved page."""

import pathlib
import re
from collections.abc import Callable

from playwright.sync_api import Browser, Locator, expect

from seqsal.results.result import Result
from tests.e2e.salience_page import PATIENCE, SaliencePage, View

FLAGS = ("--models=tiny:embedded:tiny", "--max_examples=2")


def _note(view: View) -> Locator:
    return view.root.locator("seqsal-notes .remainder")


def test_a_map_whose_scores_miss_their_total_says_so(
    open_page: Callable[..., SaliencePage], chromium: Browser, tmp_path: pathlib.Path
) -> None:
    page = open_page(*FLAGS)
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    with page.page.expect_response(
        lambda response: '"totals"' in (response.request.post_data or "")
    ):
        page.view.explain(page.view.segments("target").last)
    expect(_note(page.view)).to_have_count(0)  # This model has no biases.
    page.view.choose("Integrated")
    page.view.wait_for_heat()
    expect(_note(page.view)).to_be_visible(timeout=PATIENCE)
    words = _note(page.view).inner_text()
    found = re.fullmatch(
        r"The scores of all tokens add up to (−?[\d.]+) of (−?[\d.]+) nats\.", words
    )
    assert found is not None
    expect(_note(page.view).get_by_title(re.compile("more steps are more exact"))).to_be_visible()

    result = Result.from_json(page.save("Data (JSON)", tmp_path))
    for said, number in zip(
        found.groups(),
        (result.scores["integrated_gradients"].sum(), result.totals["integrated_gradients"]),
        strict=True,
    ):
        assert abs(float(said.replace("−", "-")) - number) < 0.06
    saved = chromium.new_page()
    saved.goto(page.save("Page (HTML)", tmp_path).as_uri())
    view = View(saved.locator("seqsal-view"))
    view.wait_for_answer()
    expect(_note(view)).to_have_text(words)
    view.choose("Contribution")
    expect(_note(view)).to_have_count(0)
