"""Answers that come slowly: what a person sees meanwhile, and what Stop does."""

import pathlib
import re
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.proxy import nginx
from tests.e2e.salience_page import PATIENCE, SaliencePage

Serve = Callable[..., str]
SLOW_WRITING = ("-m", "tests.e2e.slow_server", "0.15", "0")
SLOW_READING = ("-m", "tests.e2e.slow_server", "0", "6")


_LENGTHS = """text => new Promise(resolve => {
  const seen = new Set();
  const timer = setInterval(() => {
    if (text.hasAttribute('writing')) {
      seen.add(text.shadowRoot.querySelector('.target .flow').textContent.length);
      return;
    }
    clearInterval(timer);
    resolve([...seen]);
  }, 20);
})"""
"""How long the answer was, one after the other, until it was written."""


def _open(page: Page, address: str) -> SaliencePage:
    page.goto(address)
    return SaliencePage(page)


def _write_about(page: SaliencePage, dish: str) -> None:
    """Adds a prompt that nobody has asked for, and waits until its answer is being written.

    LIT's page asks for the answers to every prompt of the dataset as soon as it is open.
    """
    page.select("fewshot-mistake")
    page.view.wait_for_answer()  # Or it would be this one that is seen being written.
    page.edit_prompt(lambda prompt: prompt.replace("Quiche Lorraine", dish))
    page.add()
    page.page.locator("seqsal-text[writing]").wait_for(timeout=PATIENCE)


def _expect_status(page: SaliencePage, work: str, text: str | re.Pattern[str]) -> None:
    status = page.view.root.locator(f"seqsal-status[work={work}]")
    expect(status).to_contain_text(text, timeout=PATIENCE)


def _number(address: str, name: str) -> float:
    """Returns what /metrics says of a name."""
    (line,) = re.findall(rf"^{re.escape(name)} (.*)$", httpx.get(f"{address}metrics").text, re.M)
    return float(line)


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE / 1000
    while not condition():
        assert time.monotonic() < end, "This did not come to pass."
        time.sleep(0.1)


def test_the_answer_is_seen_growing_and_can_then_be_explained(
    serve_any: Serve, browser_page: Page
) -> None:
    page = _open(browser_page, serve_any(*SLOW_WRITING))
    _write_about(page, "Egg salad")
    assert page.view.segments("target").count() == 0
    lengths = page.view.root.locator("seqsal-text").evaluate(_LENGTHS)
    assert len(lengths) > 5, "It was not seen growing."
    assert lengths == sorted(lengths)
    page.view.wait_for_answer()
    page.view.explain(page.view.segments("target").first)
    assert any(page.view.heat())


def test_stop_ends_the_writing_on_the_server(serve_any: Serve, browser_page: Page) -> None:
    address = serve_any(*SLOW_WRITING)
    page = _open(browser_page, address)
    _write_about(page, "Cheese omelette")
    name = 'seqsal_jobs_total{end="cancelled",kind="generation"}'
    page.view.root.get_by_role("button", name="Stop").click()
    _expect_status(page, "generation", "The answer is not whole. Stopped before it was done.")
    text = page.view.root.locator("seqsal-text[stopped]")
    expect(text).to_contain_text("Response, stopped before its end")
    written = page.view.text("target")
    assert written
    _until(lambda: name in httpx.get(f"{address}metrics").text)
    assert _number(address, name) >= 1
    assert page.view.text("target") == written
    assert page.view.segments("target").count() == 0
    page.view.root.get_by_role("button", name="Try again").click()
    page.view.wait_for_answer()
    assert page.view.text("target").startswith(written)
    assert len(page.view.text("target")) > len(written)
    page.view.explain(page.view.segments("target").first)
    assert any(page.view.heat())


def test_who_waits_sees_the_place_in_the_queue(serve_any: Serve, browser_page: Page) -> None:
    address = serve_any(*SLOW_WRITING)
    page = _open(browser_page, address)

    def ask() -> None:
        job = {"kind": "generation", "model": "demo", "record": {"prompt": "Judge a dish"}}
        with httpx.stream("POST", f"{address}seqsal/jobs", json=job, timeout=60) as response:
            response.read()

    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    page.edit_prompt(lambda prompt: prompt.replace("Quiche Lorraine", "Pea soup"))
    other = threading.Thread(target=ask)
    other.start()
    _until(lambda: _number(address, "seqsal_work") >= 1)
    page.add()
    _expect_status(page, "generation", re.compile(r"Place \d in the queue"))
    other.join()


@pytest.fixture
def impatient(serve_any: Serve, tmp_path: pathlib.Path) -> Iterator[str]:
    """The address of a slow server behind a proxy that takes 5 silent seconds for a dead server."""
    upstream = serve_any(*SLOW_READING)
    locations = (
        f"location /below/ {{ proxy_pass {upstream}; proxy_read_timeout 5s; }}"
        # LIT's own way to ask has no heartbeats.
        f"location /below/get_preds {{ proxy_pass {upstream}get_preds; proxy_read_timeout 300s; }}"
    )
    with nginx(tmp_path, locations) as address:
        yield f"{address}/below/"


def test_a_slow_job_outlives_a_proxys_patience(impatient: str, browser_page: Page) -> None:
    page = _open(browser_page, impatient)
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    page.view.choose("Sentences")
    page.view.segments("target").first.click()
    _expect_status(page, "salience", re.compile(r"Reading the prompt|Place \d+ in the queue"))
    page.view.wait_for_heat()
    assert any(page.view.heat())
    browser_page.goto("about:blank")  # LIT still asks for others of its dataset.


def test_a_proxy_holds_no_piece_of_an_answer_back(
    serve_any: Serve, browser_page: Page, tmp_path: pathlib.Path
) -> None:
    upstream = serve_any(*SLOW_WRITING)
    with nginx(tmp_path, f"location /a/b/ {{ proxy_pass {upstream}; gzip on; }}") as address:
        page = _open(browser_page, f"{address}/a/b/")
        _write_about(page, "Spinach pie")
        before = page.view.text("target")
        _until(lambda: len(page.view.text("target")) > len(before))
        browser_page.goto("about:blank")
