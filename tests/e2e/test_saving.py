"""Saving what the page shows; the saved page works without a server."""

import json
import pathlib
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from seqsal import Result, explain
from seqsal.results.heatmap import HeatmapStyle, coloured_segments
from tests.e2e.salience_page import PATIENCE, SaliencePage, View

Open = Callable[..., SaliencePage]

SOURCE = "fewshot-fixed"
HOSTILE = '</script><script>document.title = "bad"</script><!-- & <b>'


@pytest.fixture
def offline(chromium: Browser) -> Page:
    """A page in a browser without a network."""
    context = chromium.new_context(offline=True, viewport={"width": 900, "height": 700})
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    page.on("console", lambda message: pytest.fail(f"console: {message.text}"))
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith(("file:", "blob:", "data:"))
            else pytest.fail(request.url)
        ),
    )
    return page


def test_the_controls_of_a_saved_page_work_without_a_server(
    open_page: Open, offline: Page, tmp_path: pathlib.Path
) -> None:
    page = open_page().explain_last(SOURCE)
    page.view.choose("Grad L2")  # A page holds the methods that were shown.
    page.view.wait_for_heat()
    heat, selected = page.view.heat(), page.view.selected()
    path = page.save("Page (HTML)", tmp_path)
    page.page.context.set_offline(True)

    offline.goto(path.as_uri())
    view = View(offline.locator("seqsal-view"))
    view.wait_for_answer()
    expect(view.root.locator("seqsal-readout")).to_contain_text("Explaining")
    assert view.heat() == heat
    assert view.selected() == selected
    view.choose("Words")
    assert any(view.heat())
    assert view.segments().count() > len(heat)
    unsigned = view.segments().evaluate_all("spans => spans.map(span => span.className)")
    view.choose("Grad · Input")
    expect(view.root.locator("seqsal-legend")).to_contain_text("support")
    assert any(view.heat())
    assert view.segments().evaluate_all("spans => spans.map(span => span.className)") != unsigned
    view.choose("Custom")
    view.root.get_by_role("textbox", name="A match of").fill(",")
    expect(view.segments().first).to_contain_text(",")
    # Another sentence of the answer was prefetched and is in the file.
    view.choose("Sentences")
    view.explain(view.segments("target").first)
    assert any(view.heat())


def test_a_saved_page_can_be_saved_again(
    open_page: Open, offline: Page, tmp_path: pathlib.Path
) -> None:
    first = open_page().explain_last(SOURCE).save("Page (HTML)", tmp_path)
    offline.goto(first.as_uri())
    offline.get_by_role("button", name="Save", exact=True).click()
    with offline.expect_download() as download:
        offline.get_by_role("button", name="Page (HTML)").click()
    again = tmp_path / "again.html"
    download.value.save_as(again)
    offline.goto(again.as_uri())
    view = View(offline.locator("seqsal-view"))
    view.wait_for_answer()
    assert any(view.heat())


def test_a_prompt_cannot_break_out_of_a_saved_page(
    open_page: Open, offline: Page, tmp_path: pathlib.Path
) -> None:
    page = open_page()
    page.select("fewshot-fixed")
    page.view.wait_for_answer()
    page.edit_prompt(lambda prompt: f"{HOSTILE}\n{prompt}")
    page.add()
    expect(page.view.root.locator("seqsal-text .prompt")).to_contain_text(HOSTILE, timeout=PATIENCE)
    page.view.wait_for_answer()
    page.view.explain(page.view.segments("target").last)
    path = page.save("Page (HTML)", tmp_path)
    offline.goto(path.as_uri())
    view = View(offline.locator("seqsal-view"))
    view.wait_for_answer()
    assert view.text("prompt").startswith(HOSTILE)
    assert "bad" not in offline.title()
    assert offline.locator("b").count() == 0


def test_saved_data_are_small_and_contain_every_token_and_score(
    open_page: Open, tmp_path: pathlib.Path
) -> None:
    page = open_page().explain_last(SOURCE)
    page.view.root.get_by_role("button", name="How sure was the model?").click()
    expect(page.view.root.get_by_role("list", name="Probability of each token")).to_be_visible(
        timeout=PATIENCE
    )
    path = page.save("Data (JSON)", tmp_path)
    result = json.loads(path.read_text(encoding="utf-8"))
    assert (result["format"], result["version"]) == ("seqsal-salience", 1)
    count = len(result["tokens"])
    assert path.stat().st_size <= 100 * count * len(result["methods"])
    pairs = zip(result["tokens"], result["special_tokens_mask"], strict=True)
    text = "".join(token for token, special in pairs if not special)
    assert text == result["prompt"] + result["target"]
    assert len(result["token_ids"]) == count
    logprobs = result["logprobs"]
    assert len(logprobs) == count
    assert all(value <= 0 for value in logprobs if value is not None)
    (salience,) = result["salience"]
    (start, end) = salience["selection"][-1]
    for scores in salience["scores"].values():
        assert len(scores) == count
        assert any(scores[:start])
        assert not any(scores[end:])


def test_pictures_are_saved(open_page: Open, tmp_path: pathlib.Path) -> None:
    page = open_page().explain_last(SOURCE)
    png = page.save("Picture (PNG)", tmp_path).read_bytes()
    assert png.startswith(b"\x89PNG")
    assert len(png) > 20_000
    svg = page.save("Picture (SVG)", tmp_path).read_text(encoding="utf-8")
    assert "Taste-dislikes" in svg
    assert "Explaining" in svg


def _painted(view: View) -> list[tuple[str, str]]:
    """Returns text and colour of each segment that the page shows."""
    shown = view.segments().evaluate_all(
        "spans => spans.map(span => [span.textContent, getComputedStyle(span).backgroundColor])"
    )
    return [(text.strip(), _hex(colour)) for text, colour in shown]


def _hex(colour: str) -> str:
    """Returns rgb(1, 2, 3) as #010203; an empty string if it is not opaque."""
    parts = re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", colour)
    return "" if parts is None else "#" + bytes(map(int, parts.groups())).hex()


def _segments(result: Result, granularity: str, method: str) -> list[tuple[str, str]]:
    drawn = coloured_segments(result, HeatmapStyle(granularity, method, "mean"))
    segments = [(each.segment, each.background) for each in drawn]
    return [(s.text.strip(), colour) for s, colour in segments if not s.selected]


def test_python_reads_a_file_that_the_page_saved(open_page: Open, tmp_path: pathlib.Path) -> None:
    page = open_page().explain_last(SOURCE)
    result = Result.from_json(page.save("Data (JSON)", tmp_path))
    shown = page.view.segments().all_text_contents()
    # White space at their edges is drawn outside of the segments.
    assert [segment.text.strip() for segment in result.segments()] == [
        text.strip() for text in shown
    ]
    selected = [i for i, segment in enumerate(result.segments()) if segment.selected]
    assert selected == page.view.selected()
    assert result.to_pandas("words").linearized.abs().sum() > 0


def test_a_page_from_python_has_the_colours_that_python_computes(
    offline: Page, tmp_path: pathlib.Path
) -> None:
    prompt = f"{HOSTILE}\nI eat 3.5 g of it, e.g. today! And so on.\n你好世界。好的 👍🏽\nAnalysis:"
    target = " It has cheese.\nRecommendation: Avoid.\n"
    result = explain("embedded:small", prompt, target, "Recommendation: Avoid.", progress=False)
    path = tmp_path / "result.html"
    result.to_html(path, aggregation="mean")
    offline.goto(path.as_uri())
    view = View(offline.locator("seqsal-view"))
    view.wait_for_answer()
    assert offline.title() == "Sequence Salience: It has cheese. Recommendation: Avoid."
    for label, granularity in (
        ("Sentences", "sentences"),
        ("Lines", "lines"),
        ("Tokens", "tokens"),
    ):
        view.choose(label)
        for name, method in (("Grad · Input", "grad_dot_input"), ("Grad L2", "grad_l2")):
            view.choose(name)
            own = _segments(result, granularity, method)
            assert [pair for pair in _painted(view) if pair in own] == own
    offline.get_by_role("button", name="Save", exact=True).click()
    with offline.expect_download() as download:
        offline.get_by_role("button", name="Data (JSON)").click()
    again = Result.from_json(download.value.path())
    # The page requests log-probabilities only when it shows them.
    expected = {k: v for k, v in result.to_fields().items() if k != "logprobs"}
    assert again.to_fields() | {"view": {}} == expected


def test_a_page_from_python_opens_with_the_given_options(
    offline: Page, tmp_path: pathlib.Path
) -> None:
    result = explain("embedded:small", "One; two; three", " four. Five.", progress=False)
    path = tmp_path / "result.html"
    result.to_html(path, granularity=";", method="grad_dot_input")
    offline.goto(path.as_uri())
    view = View(offline.locator("seqsal-view"))
    view.wait_for_answer()
    expect(view.segments("prompt")).to_have_text(["One;", " two;", " three"])
    expect(view.root.locator("seqsal-legend")).to_contain_text("support")
