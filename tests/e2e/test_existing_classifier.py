"""Our module in a LIT server for a classifier, next to LIT's modules for classifiers."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.salience_page import PATIENCE, SaliencePage

Serve = Callable[..., str]
Open = Callable[[str], Page]
TEXT = "A lovely soup with cheese."


@pytest.fixture
def open_with(serve_any: Serve, browser_page: Page) -> Open:
    """Opens the page with some models, and selects a text."""

    def open_models(models: str) -> Page:
        address = serve_any("-m", "tests.e2e.lit_servers", "classifier")
        browser_page.goto(f"{address}?models={models}&dataset=reviews")
        browser_page.locator("lit-data-table").get_by_text(TEXT).first.click(timeout=PATIENCE)
        return browser_page

    return open_models


def _open(page: Page, tab: str) -> None:
    page.locator(".tab", has_text=tab).first.click()


def test_the_modules_for_classifiers_and_ours_work_on_one_page(open_with: Open) -> None:
    page = open_with("tone,ours")
    _open(page, "seqsal-module")
    expect(page.locator("seqsal-module")).to_have_count(2, timeout=PATIENCE)
    classifier, language = (SaliencePage(page).views()[i] for i in (0, 1))
    # The classifier has no salience model, and the module names the missing one.
    expect(classifier.root).to_contain_text("needs a model named _tone_salience")
    language.wait_for_answer()
    language.explain(language.segments("target").last)
    assert any(language.heat())

    _open(page, "ClassificationModule")
    expect(page.locator("classification-module").first).to_contain_text("good", timeout=PATIENCE)
    _open(page, "ConfusionMatrixModule")
    matrix = page.locator("confusion-matrix-module")
    expect(matrix).to_contain_text("label", timeout=PATIENCE)
    _open(page, "MetricsModule")
    accuracy = page.locator("metrics-module tr", has_text="tone").first
    expect(accuracy).to_contain_text("0.8", timeout=PATIENCE)  # Four of five predictions are right.
    _open(page, "Embeddings")
    module = page.locator("embeddings-module")
    page.wait_for_function(
        "module => module.projectedPoints.length === 5",
        arg=module.element_handle(),
        timeout=PATIENCE,
    )


def test_our_module_has_no_tab_for_a_classifier_alone(open_with: Open) -> None:
    page = open_with("tone")
    _open(page, "ClassificationModule")
    expect(page.locator("classification-module").first).to_contain_text("good", timeout=PATIENCE)
    tabs = page.locator(".tab").all_inner_texts()
    assert "seqsal-module" not in tabs
    assert page.locator("seqsal-module").count() == 0


def test_the_language_model_alone_hides_the_classifiers_modules(open_with: Open) -> None:
    page = open_with("ours")
    _open(page, "seqsal-module")
    view = SaliencePage(page).view
    view.wait_for_answer()
    view.explain(view.segments("target").last)
    assert any(view.heat())
    assert not any("Classification" in tab for tab in page.locator(".tab").all_inner_texts())
