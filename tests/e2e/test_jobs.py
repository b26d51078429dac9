"""Slow answers: streaming, Stop, the queue, and proxies."""

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
"""Resolves to the lengths of the answer, in order, until it is complete."""


class SlowServer:
    """A server whose model is as slow as a test wants."""

    def __init__(self, address: str) -> None:
        self.address = address

    def pace(self, *, writing: float = 0, reading: float = 0, error: str = "") -> None:
        """Sets the seconds of each generation step and of each forward pass for salience.

        With an error, each generation step fails.
        """
        pace: dict[str, float | str] = {"writing": writing, "reading": reading, "error": error}
        httpx.post(f"{self.address}pace", params=pace).raise_for_status()


@pytest.fixture
def slow(serve_any: Serve) -> Iterator[SlowServer]:
    server = SlowServer(serve_any("-m", "tests.e2e.slow_server"))
    yield server
    server.pace()


def _open(page: Page, address: str) -> SaliencePage:
    page.goto(address)
    return SaliencePage(page)


def _start_answer_about(page: SaliencePage, slow: SlowServer, dish: str) -> None:
    """Adds a new prompt and waits until its answer, which takes seconds, is in progress.

    LIT's page requests the answers to all prompts of the dataset when it opens.
    """
    page.select("fewshot-mistake")
    page.view.wait_for_answer()  # Otherwise this answer could be the one in progress.
    page.edit_prompt(lambda prompt: prompt.replace("Quiche Lorraine", dish))
    slow.pace(writing=0.1)
    page.add()
    page.page.locator("seqsal-text[writing]").wait_for(timeout=PATIENCE)


def _run_edit(page: SaliencePage, dish: str) -> None:
    """Changes the dish where it is read, and runs the changed prompt."""
    page.view.segment("prompt", "Suggestion: Quiche Lorraine").dblclick()
    page.view.root.locator("seqsal-text .field").wait_for(timeout=PATIENCE)
    page.page.keyboard.press("Control+a")
    page.page.keyboard.type(f"Suggestion: {dish}")
    page.page.keyboard.press("Control+Enter")


def _expect_status(page: SaliencePage, work: str, text: str | re.Pattern[str]) -> None:
    status = page.view.root.locator(f"seqsal-status[work={work}]")
    expect(status).to_contain_text(text, timeout=PATIENCE)


def _number(address: str, name: str) -> float:
    """Returns the value of a name in /metrics."""
    (line,) = re.findall(rf"^{re.escape(name)} (.*)$", httpx.get(f"{address}metrics").text, re.M)
    return float(line)


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE / 1000
    while not condition():
        assert time.monotonic() < end, "The condition was not true in time."
        time.sleep(0.1)


def test_the_answer_streams_and_can_be_explained_when_it_is_complete(
    slow: SlowServer, browser_page: Page
) -> None:
    page = _open(browser_page, slow.address)
    _start_answer_about(page, slow, "Egg salad")
    assert page.view.segments("target").count() == 0
    lengths = page.view.root.locator("seqsal-text").evaluate(_LENGTHS)
    assert len(lengths) > 5, "The answer did not grow."
    assert lengths == sorted(lengths)
    page.view.wait_for_answer()
    page.view.explain(page.view.segments("target").first)
    assert any(page.view.heat())


def test_stop_cancels_the_generation_on_the_server(slow: SlowServer, browser_page: Page) -> None:
    address = slow.address
    page = _open(browser_page, address)
    _start_answer_about(page, slow, "Cheese omelette")
    name = 'seqsal_jobs_total{end="cancelled",kind="generation"}'
    page.view.root.get_by_role("button", name="Stop").click()
    _expect_status(page, "generation", "The answer is incomplete. Stopped before the end.")
    text = page.view.root.locator("seqsal-text[stopped]")
    expect(text).to_contain_text("Response, incomplete")
    written = page.view.text("target")
    assert written
    _until(lambda: name in httpx.get(f"{address}metrics").text)
    assert _number(address, name) >= 1
    assert page.view.text("target") == written
    assert page.view.segments("target").count() == 0
    slow.pace()
    page.view.root.get_by_role("button", name="Try again").click()
    page.view.wait_for_answer()
    assert page.view.text("target").startswith(written)
    assert len(page.view.text("target")) > len(written)
    page.view.explain(page.view.segments("target").first)
    assert any(page.view.heat())


def test_the_answer_to_a_changed_prompt_may_come_late_or_be_stopped_beside_the_first_one(
    slow: SlowServer, browser_page: Page
) -> None:
    page = _open(browser_page, slow.address)
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    page.view.choose("Sentences")
    page.view.explain(page.view.segment("target", "Recommendation"))
    heat = page.view.heat()
    slow.pace(writing=0.1)
    _run_edit(page, "Onion soup")
    # While the answer is written, the first prompt keeps its heat, and the question waits.
    browser_page.locator("seqsal-text[writing]").wait_for(timeout=PATIENCE)
    pinned, changed = page.views()
    browser_page.mouse.move(0, 0)  # The readout is about the segment under the pointer.
    pinned.wait_for_heat()
    assert pinned.heat() == heat
    tries = changed.root.locator("seqsal-trail").get_by_role("treeitem")
    expect(tries).to_have_count(2, timeout=PATIENCE)
    assert "no answer yet" in (tries.nth(1).get_attribute("aria-label") or "")
    changed.root.get_by_role("button", name="Stop").click()
    status = changed.root.locator("seqsal-status[work=generation]")
    expect(status).to_contain_text("The answer is incomplete.", timeout=PATIENCE)
    expect(tries.nth(1)).to_have_attribute("aria-label", re.compile("no answer: Stopped before"))
    assert pinned.heat() == heat
    slow.pace()
    status.get_by_role("button", name="Try again").click()
    changed.wait_for_answer()
    changed.wait_for_heat()  # The question is asked about the late answer without a click.
    expect(changed.root.locator("seqsal-text .sel")).to_contain_text("Recommendation")
    expect(tries.nth(1)).to_have_attribute("aria-label", re.compile(r"\. answer: "))


def test_an_answer_that_fails_is_marked_among_the_tries(
    slow: SlowServer, browser_page: Page
) -> None:
    page = _open(browser_page, slow.address)
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    page.view.choose("Sentences")
    page.view.explain(page.view.segment("target", "Recommendation"))
    heat = page.view.heat()
    slow.pace(error="The model ran out of memory.")
    _run_edit(page, "Carrot soup")
    browser_page.locator("seqsal-view").nth(1).wait_for(timeout=PATIENCE)
    pinned, changed = page.views()
    status = changed.root.locator("seqsal-status[work=generation]")
    expect(status).to_contain_text("Something went wrong in the server", timeout=PATIENCE)
    tries = changed.root.locator("seqsal-trail").get_by_role("treeitem")
    expect(tries).to_have_count(2, timeout=PATIENCE)
    expect(tries.nth(1)).to_have_attribute(
        "aria-label", re.compile("no answer: Something went wrong")
    )
    expect(tries.nth(1)).to_contain_text("No answer: ")
    expect(tries.nth(0)).to_have_attribute("aria-label", re.compile(r"\. answer: "))
    browser_page.mouse.move(0, 0)
    pinned.wait_for_heat()
    assert pinned.heat() == heat
    slow.pace()
    status.get_by_role("button", name="Try again").click()
    changed.wait_for_answer()
    changed.wait_for_heat()
    expect(tries.nth(1)).to_have_attribute("aria-label", re.compile(r"\. answer: "))


def test_a_queued_request_shows_its_place(slow: SlowServer, browser_page: Page) -> None:
    address = slow.address
    page = _open(browser_page, address)

    def ask() -> None:
        job = {"kind": "generation", "model": "demo", "record": {"prompt": "Judge a dish"}}
        with httpx.stream("POST", f"{address}seqsal/jobs", json=job, timeout=60) as response:
            response.read()

    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    page.edit_prompt(lambda prompt: prompt.replace("Quiche Lorraine", "Pea soup"))
    slow.pace(writing=0.15)
    other = threading.Thread(target=ask)
    other.start()
    _until(lambda: _number(address, "seqsal_work") >= 1)
    page.add()
    _expect_status(page, "generation", re.compile(r"Place \d in the queue"))
    slow.pace()
    other.join()


@pytest.fixture
def proxy_with_timeout(slow: SlowServer, tmp_path: pathlib.Path) -> Iterator[str]:
    """The address of a slow server behind a proxy whose read timeout is 4 seconds.

    The server sends a heartbeat every 2 seconds.
    """
    upstream = slow.address
    locations = (
        f"location /below/ {{ proxy_pass {upstream}; proxy_read_timeout 4s; }}"
        # LIT's own requests have no heartbeats.
        f"location /below/get_preds {{ proxy_pass {upstream}get_preds; proxy_read_timeout 300s; }}"
    )
    with nginx(tmp_path, locations) as address:
        yield f"{address}/below/"


def test_a_slow_job_survives_the_read_timeout_of_a_proxy(
    slow: SlowServer, proxy_with_timeout: str, browser_page: Page
) -> None:
    page = _open(browser_page, proxy_with_timeout)
    page.select("fewshot-mistake")
    page.edit_prompt(lambda prompt: prompt.replace("Quiche Lorraine", "Lentil stew"))
    slow.pace(reading=5)  # The scores of a new prompt are not cached.
    page.add()
    page.view.wait_for_answer()
    page.view.choose("Sentences")
    page.view.segments("target").first.click()
    _expect_status(page, "salience", re.compile(r"Reading the prompt|Place \d+ in the queue"))
    page.view.wait_for_heat()
    assert any(page.view.heat())
    browser_page.goto("about:blank")  # LIT still requests other predictions.


def test_a_proxy_does_not_buffer_the_stream(
    slow: SlowServer, browser_page: Page, tmp_path: pathlib.Path
) -> None:
    locations = f"location /a/b/ {{ proxy_pass {slow.address}; gzip on; }}"
    with nginx(tmp_path, locations) as address:
        page = _open(browser_page, f"{address}/a/b/")
        _start_answer_about(page, slow, "Spinach pie")
        before = page.view.text("target")
        _until(lambda: len(page.view.text("target")) > len(before))
        browser_page.goto("about:blank")
