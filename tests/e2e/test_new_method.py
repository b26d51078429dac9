"""demos/new_method.py: a registered attribution method is on the page and in saved results."""

import importlib.util
import json
import pathlib
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from seqsal import GradientMethod
from tests.e2e.salience_page import SaliencePage, salience_request

Serve = Callable[..., str]
DEMO = pathlib.Path(__file__).parents[2] / "demos" / "new_method.py"
LABEL = "Grad cosine"
_CLASSES = "spans => spans.map(span => span.className).join(' ')"


def _method() -> GradientMethod:
    """Returns the method that the demo registers, without registering it."""
    spec = importlib.util.spec_from_file_location("new_method", DEMO)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    method = module.METHOD
    assert isinstance(method, GradientMethod)
    return method


@pytest.fixture
def page(serve_any: Serve, browser_page: Page) -> SaliencePage:
    """The page of the demo, with an answer."""
    arguments = ("--port=0", "--data_dir=off", "--models=tiny:embedded:tiny")
    browser_page.goto(serve_any(str(DEMO), *arguments))
    page = SaliencePage(browser_page)
    page.select("fewshot-fixed")
    page.view.wait_for_answer()
    return page


def test_the_toolbar_offers_the_method_with_its_label_and_help(page: SaliencePage) -> None:
    option = page.view.root.locator("seqsal-toolbar label", has_text=LABEL)
    expect(option).to_have_text(LABEL)
    expect(option).to_have_attribute("title", _method().info.help)


def test_the_page_requests_the_method_and_shows_signed_heat(page: SaliencePage) -> None:
    requested: list[list[str]] = []
    page.page.on(
        "request",
        lambda sent: requested.extend(
            [list(job["methods"])] if (job := salience_request(sent)) else []
        ),
    )
    page.view.choose(LABEL)
    page.view.choose("Words")
    page.view.explain(page.view.segments("target").last)
    assert any(page.view.heat())
    legend = page.view.root.locator("seqsal-legend")
    expect(legend).to_contain_text("positive supports the selection")
    expect(legend).to_contain_text("against")
    classes = str(page.view.segments().evaluate_all(_CLASSES))
    assert "support-" in classes and "against-" in classes
    assert requested and all("grad_cosine" in methods for methods in requested)


def test_saved_data_contain_the_description_and_the_scores(
    page: SaliencePage, tmp_path: pathlib.Path
) -> None:
    page.view.choose(LABEL)
    page.view.explain(page.view.segments("target").last)
    saved = json.loads(page.save("Data (JSON)", tmp_path).read_text(encoding="utf-8"))
    described = {each["name"]: each for each in saved["method_descriptions"]}
    expected: dict[str, Any] = {**_method().info.to_json()}
    assert described["grad_cosine"] == expected
    assert "grad_cosine" in saved["methods"]
    selected = saved["salience"][-1]
    scores = selected["scores"]["grad_cosine"]
    start, _ = selected["selection"][-1]
    assert min(scores) < 0 < max(scores)
    assert all(-1 <= score <= 1 for score in scores)
    assert any(scores[:start])


def test_the_demo_is_under_sixty_lines() -> None:
    assert len(DEMO.read_text(encoding="utf-8").splitlines()) < 60
