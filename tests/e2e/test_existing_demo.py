"""demos/existing_server.py: our models and module in an existing LIT server."""

import pathlib
import socket
from collections.abc import Callable

from playwright.sync_api import Page

from tests.e2e.salience_page import SaliencePage

Serve = Callable[..., str]
DEMO = pathlib.Path(__file__).parents[2] / "demos" / "existing_server.py"


def test_the_demo_serves_a_page_that_explains(serve_any: Serve, browser_page: Page) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    refused: list[str] = []
    browser_page.on("response", lambda got: refused.append(got.url) if got.status >= 400 else None)
    browser_page.goto(serve_any(str(DEMO), f"--port={port}"))
    page = SaliencePage(browser_page)
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    page.view.choose("Sentences")
    page.view.explain(page.view.segment("target", "Recommendation"))
    (selected,) = page.view.selected()
    assert any(page.view.heat()[:selected])
    page.view.choose("Grad L2")  # It has no sign: nearly all segments have some heat.
    page.view.wait_for_heat()
    heat = page.view.heat()
    assert sum(heat[:selected]) > 10
    assert not any(heat[selected:])
    # The groups are ours: nothing is approximate. This server has no jobs, so maps are not checked.
    notes = page.view.root.locator("seqsal-notes p").all_inner_texts()
    assert any("demonstration model" in note for note in notes)
    assert len(notes) <= 2
    assert refused == []


def test_the_demo_is_under_forty_lines() -> None:
    assert len(DEMO.read_text(encoding="utf-8").splitlines()) < 40
