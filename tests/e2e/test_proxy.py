"""The page behind a real nginx with HTTPS, under a prefix that it removes or forwards."""

import pathlib
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.e2e.proxy import nginx
from tests.e2e.salience_page import SaliencePage


@pytest.fixture
def proxy(serve: Callable[..., str], tmp_path: pathlib.Path) -> Iterator[str]:
    """The address of an nginx in front of two servers."""
    flags = ("--url_prefix=/left", "--models=tiny:embedded:tiny", "--max_examples=2")
    prefixed = serve(*flags).rstrip("/").removesuffix("/left")
    locations = (
        f"location /taken/off/ {{ proxy_pass {serve()}; }}"
        f"location /left/ {{ proxy_pass {prefixed}; }}"
    )
    with nginx(tmp_path, locations, https=True) as address:
        yield address


@pytest.mark.parametrize("path", ["/taken/off/", "/left/", "/left"])
def test_a_click_is_explained_under_a_prefix(proxy: str, browser_page: Page, path: str) -> None:
    browser_page.goto(proxy + path)
    page = SaliencePage(browser_page)
    page.select("fewshot-fixed")
    page.view.wait_for_answer()
    page.view.choose("Sentences")
    page.view.explain(page.view.segments("target").first)
    assert any(page.view.heat())
