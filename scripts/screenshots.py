"""Takes the pictures in docs/ from a page over the embedded model: make pictures."""

import pathlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.salience_page import SaliencePage, View
from tests.e2e.server import find_chromium, start_server

DOCS = pathlib.Path(__file__).parents[1] / "docs"


def main() -> None:
    """Writes one picture for each size and state."""
    address, server = start_server()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        for width, height in ((1600, 900), (1280, 720)):
            with _explained(browser, address, width, height) as page:
                _take(page.page, f"page-{width}x{height}")
        with _explained(browser, address, 1600, 900) as page:
            _strongest(page)
            _take(page.page, "strongest-1600x900")
        with _explained(browser, address, 1600, 900) as page:
            _signed_words_with_gaps(page)
            _take(page.page, "words-1600x900")
        with _explained(browser, address, 1600, 900) as page:
            _compare_mistake_with_fix(page)
            _take(page.page, "side-by-side-1600x900")
        with _explained(browser, address, 1600, 900) as page:
            _saved_in_the_dark(browser, page)
        browser.close()
    server.terminate()


@contextmanager
def _explained(browser: Browser, address: str, width: int, height: int) -> Iterator[SaliencePage]:
    """Opens a page with the recommendation of the first sample prompt explained."""
    context = browser.new_context(viewport={"width": width, "height": height})
    context.new_page().goto(address)
    page = SaliencePage(context.pages[0])
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    page.view.explain(page.view.segment("target", "Recommendation"))
    yield page
    context.close()


def _take(page: Page, name: str) -> None:
    page.mouse.move(0, 0)
    page.wait_for_timeout(500)
    page.screenshot(path=DOCS / f"{name}.png")


def _strongest(page: SaliencePage) -> None:
    page.view.root.get_by_role("button", name="Strongest").click()
    page.view.root.get_by_role("button", name="How sure was the model?").click()
    page.view.root.get_by_role("list", name="Probability of each token").wait_for()
    page.view.root.locator("seqsal-ranking li button").first.click()


def _signed_words_with_gaps(page: SaliencePage) -> None:
    page.view.choose("Words")
    page.view.choose("Grad · Input")
    words = page.view.segments("target")
    page.view.explain(words.nth(-2))
    words.nth(2).click(modifiers=["Control"])


def _compare_mistake_with_fix(page: SaliencePage) -> None:
    page.page.get_by_role("button", name="Pin datapoint 0").click()
    page.select("fewshot-fixed")
    page.page.locator("seqsal-module").nth(1).wait_for()
    for view in page.views():
        view.wait_for_answer()
        if not view.selected():  # The pinned example keeps what was selected of it.
            view.explain(view.segment("target", "Recommendation"))


def _saved_in_the_dark(browser: Browser, page: SaliencePage) -> None:
    """Saves the view as a page of its own, and opens that without a network."""
    page.view.root.get_by_role("button", name="Save", exact=True).click()
    with page.page.expect_download() as download:
        page.view.root.get_by_role("button", name="Page (HTML)").click()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "salience.html"
        download.value.save_as(path)
        context = browser.new_context(
            viewport={"width": 1000, "height": 720}, color_scheme="dark", offline=True
        )
        saved = context.new_page()
        saved.goto(path.as_uri())
        View(saved.locator("seqsal-view")).wait_for_answer()
        _take(saved, "saved-page-dark-1000x720")
        context.close()


if __name__ == "__main__":
    main()
