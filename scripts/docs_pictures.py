"""Takes the pictures in docs/ from the page that `make demo` serves.

make docs-pictures
python -m scripts.docs_pictures tutorial-1-sentences    # some of them, by name
python -m scripts.docs_pictures templates-1600x900 --templates DIR    # from a finished run, which
    python -m benchmarks.templates --count 200 --out DIR    # takes an hour to make
"""

import argparse
import pathlib
import tempfile
from collections.abc import Callable, Mapping
from typing import Final

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

import seqsal
from scripts import tutorial_pictures
from tests.e2e.salience_page import PATIENCE, SaliencePage, View
from tests.e2e.server import find_chromium, start_server
from training import evaluate

DOCS = pathlib.Path(__file__).parents[1] / "docs"

Draw = Callable[[SaliencePage], Page | Locator]
"""Brings a page to the state to show, and returns the part in the picture."""


def main() -> None:
    """Writes the pictures that the command names, or all."""
    pictures = {**README, **tutorial_pictures.PICTURES, **REAL}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "names", nargs="*", help=f"some of: {', '.join([*pictures, *REPORT, TEMPLATES])}"
    )
    parser.add_argument(
        "--templates",
        type=pathlib.Path,
        help=f"the folder of a finished run of benchmarks.templates, for {TEMPLATES}",
    )
    options = parser.parse_args()
    names = options.names or [*pictures, *REPORT]
    if TEMPLATES in names and options.templates is None:
        parser.error(f"{TEMPLATES} is a picture of a finished run. Give its folder as --templates.")
    own = [name for name in names if name not in (*REAL, *REPORT, TEMPLATES)]
    real = [name for name in names if name in REAL]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        servers = [((), own), *((REAL_FLAGS[name], [name]) for name in real)]
        for flags, chosen in servers:
            if chosen:
                address, server = start_server(*flags)
                for name in chosen:
                    _take(browser, address, name, *pictures[name])
                server.terminate()
        for name in REPORT:
            if name in names:
                _take_report(browser, name, REPORT[name])
        if options.templates is not None:
            _take_templates(browser, options.templates)
        browser.close()


def _take(browser: Browser, address: str, name: str, size: tuple[int, int], draw: Draw) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    context.new_page().goto(address)
    shown = draw(SaliencePage(context.pages[0]))
    page = shown if isinstance(shown, Page) else shown.page
    page.mouse.move(0, 0)
    # The Data Table requests the answers of every model to all prompts.
    expect(page.get_by_text("Fetching predictions")).to_have_count(0, timeout=PATIENCE)
    page.wait_for_timeout(500)
    shown.screenshot(path=DOCS / f"{name}.png")
    for each in (page.context, context):  # A saved page has its own context.
        each.close()
    print(f"docs/{name}.png", flush=True)


def _take_report(browser: Browser, name: str, size: tuple[int, int]) -> None:
    """Analyzes restaurant prompts with the embedded model, and opens the report of them."""
    records = [evaluate.one_example(f"report {number}", "") for number in range(REPORT_RECORDS)]
    data = [{"prompt": each.prompt_text, "target": each.answer_text} for each in records]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "report.html"
        seqsal.analyze(
            "embedded:small",
            {"guests": data},
            pathlib.Path(folder) / "guests",
            select="Recommendation: (.*)",
            granularity="lines",
            methods=["linearized", "grad_l2"],
        ).to_html(path)
        _picture_of(browser, path, name, size)


def _take_templates(browser: Browser, run: pathlib.Path) -> None:
    """Opens the report of two templates, of which the last is compared with the first."""
    first, last = (seqsal.Analysis(run / name) for name in ("first", "last"))
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "report.html"
        last.to_html(path, versus=first)
        _picture_of(browser, path, TEMPLATES, (1600, 900), label="Answer in one word.")


def _picture_of(
    browser: Browser, path: pathlib.Path, name: str, size: tuple[int, int], *, label: str = ""
) -> None:
    """Takes the picture of a report, with the records of a label if one is named."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, offline=True)
    page = context.new_page()
    page.goto(path.as_uri())
    page.locator("seqsal-record-list .record").first.wait_for()
    if label:
        page.locator("seqsal-label-bars").get_by_role("button", name=label, exact=True).click()
        page.get_by_role("heading", name=f"Records with {label}").wait_for()
        page.mouse.move(0, 0)
    page.screenshot(path=DOCS / f"{name}.png")
    context.close()
    print(f"docs/{name}.png", flush=True)


def _explained(page: SaliencePage) -> Page:
    """Explains the recommendation of the first sample prompt."""
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    page.view.explain(page.view.segment("target", "Recommendation"))
    return page.page


def _strongest(page: SaliencePage) -> Page:
    _explained(page)
    page.view.root.get_by_role("button", name="Strongest").click()
    page.view.root.get_by_role("button", name="How sure was the model?").click()
    page.view.root.get_by_role("list", name="Probability of each token").wait_for()
    page.view.root.locator("seqsal-ranking li button").first.click()
    return page.page


def _signed_words_with_gaps(page: SaliencePage) -> Page:
    _explained(page)
    page.view.choose("Words")
    page.view.choose("Grad · Input")
    words = page.view.segments("target")
    page.view.explain(words.nth(-2))
    words.nth(2).click(modifiers=["Control"])
    return page.page


def _compare_mistake_with_fix(page: SaliencePage) -> Page:
    _explained(page)
    page.pin()
    page.select("fewshot-fixed")
    for view in page.wait_for_views(2):
        if not view.selected():  # The pinned example keeps its selection.
            view.explain(view.segment("target", "Recommendation"))
    return page.page


def _saved_in_the_dark(page: SaliencePage) -> Page:
    """Saves the view as a page and opens it without a network."""
    _explained(page)
    page.view.root.get_by_role("button", name="Save", exact=True).click()
    with page.page.expect_download() as download:
        page.view.root.get_by_role("button", name="Page (HTML)").click()
    browser = page.page.context.browser
    assert browser is not None
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "salience.html"
        download.value.save_as(path)
        context = browser.new_context(
            viewport={"width": 1000, "height": 720}, color_scheme="dark", offline=True
        )
        saved = context.new_page()
        saved.goto(path.as_uri())
        View(saved.locator("seqsal-view")).wait_for_answer()
    return saved


def _many_examples(page: SaliencePage) -> Page:
    """Bars per label over all prompts; a click has selected the examples of one label."""
    page.page.locator(".tab", has_text="Many examples").first.click()
    module = page.page.locator("seqsal-aggregate")
    module.get_by_role("button", name="Run over").click()
    expect(module).to_contain_text("examples analyzed", timeout=PATIENCE)
    module.locator("seqsal-label-bars").get_by_text("Taste-dislikes", exact=True).click()
    expect(module).to_contain_text("selected by", timeout=PATIENCE)
    return page.page


def _real_mistake(page: SaliencePage) -> Page:
    _explained(page)
    page.view.root.get_by_role("button", name="Strongest").click()
    page.view.root.get_by_role("button", name="Check by removing").click()
    findings = page.view.root.locator("seqsal-findings")
    expect(findings).to_contain_text("together", timeout=PATIENCE)
    return page.page


def _real_chat(page: SaliencePage) -> Page:
    """Explains a word of an answer to a chat message."""
    page.select("notes")
    page.view.wait_for_answer()
    page.view.explain(page.view.segments("target").last)
    return page.page


def _real_edit(page: SaliencePage) -> Page:
    """Corrects the first example in its place, and shows how the scores changed."""
    _explained(page)
    view = page.view
    line = view.segments("prompt").filter(has_text="Recommendation: You have to try it.").first
    line.dblclick()
    view.root.locator("seqsal-text .field").wait_for(timeout=PATIENCE)
    page.page.keyboard.press("Control+a")
    page.page.keyboard.type("Recommendation: Avoid.")
    page.page.keyboard.press("Control+Enter")
    pinned, changed = page.wait_for_views(2)
    page.page.mouse.move(0, 0)  # The readout is about the segment under the pointer.
    for each in (pinned, changed):
        each.wait_for_heat()
    changed.choose("Difference")
    return page.page


def _real(dataset: str) -> tuple[str, ...]:
    """Returns the flags of a server with SmolLM2, which `seqsal get smollm2` fetches."""
    return (
        "--models=smollm2",
        f"--datasets={dataset}",
        r"--stop=\n\n",
        "--shutdown_seconds=1",
    )


REAL_FLAGS: Final = {
    "real-mistake-1600x900": _real("published_prompts"),
    "real-chat-1600x900": _real("chat_prompts"),
    "real-edit-1600x900": (*_real("published_prompts"), "--max_examples=1"),
}
REAL: Mapping[str, tuple[tuple[int, int], Draw]] = {
    "real-mistake-1600x900": ((1600, 900), _real_mistake),
    "real-chat-1600x900": ((1600, 900), _real_chat),
    "real-edit-1600x900": ((1600, 900), _real_edit),
}

README: Mapping[str, tuple[tuple[int, int], Draw]] = {
    "page-1600x900": ((1600, 900), _explained),
    "page-1280x720": ((1280, 720), _explained),
    "strongest-1600x900": ((1600, 900), _strongest),
    "many-examples-1600x900": ((1600, 900), _many_examples),
    "words-1600x900": ((1600, 900), _signed_words_with_gaps),
    "side-by-side-1600x900": ((1600, 900), _compare_mistake_with_fix),
    "saved-page-dark-1000x720": ((1000, 720), _saved_in_the_dark),
}
"""By file name: the size of the window in pixels, and the function that draws it."""

REPORT: Mapping[str, tuple[int, int]] = {"report-1600x900": (1600, 900)}
"""Pictures of a report of many records: the size of the window in pixels."""
REPORT_RECORDS: Final = 40
TEMPLATES: Final = "templates-1600x900"
"""The picture of a report on a real model."""

if __name__ == "__main__":
    main()
