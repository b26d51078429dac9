"""A model without linearized gradients: what the page offers, and where it says why."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.exact_gradients_server import ERROR
from tests.e2e.salience_page import PATIENCE, SaliencePage


def test_configure_says_why_a_map_is_not_offered(
    serve_any: Callable[..., str], browser_page: Page
) -> None:
    flags = ("--port=0", "--data_dir=off", "--models=tiny:embedded:tiny", "--max_examples=2")
    browser_page.goto(serve_any("-m", "tests.e2e.exact_gradients_server", *flags))
    page = SaliencePage(browser_page)
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    labels = page.view.root.locator("seqsal-toolbar label")
    expect(labels.filter(has_text="Grad L2")).to_have_count(1)
    expect(labels.filter(has_text="Contribution")).to_have_count(0)
    browser_page.locator("lit-app-toolbar button#config").click()
    settings = browser_page.locator("lit-global-settings")
    settings.get_by_text("Models", exact=True).first.click()
    reason = settings.get_by_text(f"The map Contribution is not offered. {ERROR}")
    expect(reason.first).to_be_visible(timeout=PATIENCE)
