"""Takes the pictures in docs/ from a page over the embedded model: make pictures."""

import pathlib

from playwright.sync_api import Browser, sync_playwright

from tests.e2e.salience_page import SaliencePage
from tests.e2e.server import find_chromium, start_server

DOCS = pathlib.Path(__file__).parents[1] / "docs"


def main() -> None:
    """Writes one picture for each size and state."""
    address, server = start_server()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        for width, height in ((1600, 900), (1280, 720)):
            page = _open(browser, address, width, height)
            _explain_recommendation(page)
            page.page.screenshot(path=DOCS / f"page-{width}x{height}.png")
        page = _open(browser, address, 1600, 900)
        _compare_mistake_with_fix(page)
        page.page.screenshot(path=DOCS / "side-by-side-1600x900.png")
        browser.close()
    server.terminate()


def _open(browser: Browser, address: str, width: int, height: int) -> SaliencePage:
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(address)
    return SaliencePage(page)


def _explain_recommendation(page: SaliencePage) -> None:
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    page.view.choose("Sentences")
    page.view.explain(page.view.segment("target", "Recommendation"))
    page.page.mouse.move(0, 0)
    page.page.wait_for_timeout(500)


def _compare_mistake_with_fix(page: SaliencePage) -> None:
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    page.page.get_by_role("button", name="Pin datapoint 0").click()
    page.select("fewshot-fixed")
    page.page.locator("seqsal-module").nth(1).wait_for()
    for view in page.views():
        view.wait_for_answer()
        view.choose("Sentences")
        view.explain(view.segment("target", "Recommendation"))
    page.page.wait_for_timeout(500)


if __name__ == "__main__":
    main()
