"""An edit in place that cannot be run says why, and keeps the text."""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.salience_page import PATIENCE, SaliencePage
from tests.e2e.server import start_python
from tests.forked import Program

Open = Callable[..., SaliencePage]
Start = Callable[[int], tuple[str, Program]]


def _edit(page: SaliencePage, begins_with: str = "Suggestion: Quiche Lorraine") -> Locator:
    """Opens the field of a sentence, with the cursor at its end."""
    page.view.choose("Sentences")
    page.view.segment("prompt", begins_with).dblclick()
    field = page.view.root.locator("seqsal-text .field")
    field.wait_for(timeout=PATIENCE)
    page.page.keyboard.press("Control+End")
    return field


def _paste(page: Page, text: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+v")


def test_an_edit_beyond_the_context_says_by_how_many_tokens_before_it_is_run(
    open_page: Open,
) -> None:
    page = open_page()
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    field = _edit(page)
    _paste(page.page, " and more" * 2000)
    bar = page.view.root.locator("seqsal-edit-bar")
    expect(bar).to_contain_text(re.compile(r"Shorten it by [\d]+ tokens"), timeout=PATIENCE)
    typed = field.inner_text()
    # Running it nevertheless adds nothing, and the text stays.
    page.page.keyboard.press("Control+Enter")
    status = page.view.root.locator("seqsal-status").filter(has_text="could not be added")
    expect(status).to_contain_text("Shorten it by", timeout=PATIENCE)
    expect(page.page.locator("seqsal-module")).to_have_count(1)
    assert field.inner_text() == typed
    field.click()
    page.page.keyboard.press("Control+a")
    page.page.keyboard.type("Suggestion: Leek tart")
    expect(bar).to_contain_text("not run yet", timeout=PATIENCE)
    page.page.keyboard.press("Control+Enter")
    page.wait_for_views(2)


def test_a_paste_of_5_mb_does_not_freeze_the_page(open_page: Open) -> None:
    page = open_page()
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    field = _edit(page)
    page.page.keyboard.type(" with leeks")
    began = time.monotonic()
    _paste(page.page, "Many words.\n" * 420_000)
    bar = page.view.root.locator("seqsal-edit-bar")
    expect(bar).to_contain_text("This text has 5,040,000 characters")
    assert field.inner_text() == "Suggestion: Quiche Lorraine with leeks"
    page.page.keyboard.type("!")
    expect(bar).to_contain_text("not run yet")
    assert time.monotonic() - began < 20  # Laid out by Chromium, it would take minutes.


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a server without a store at a port, or at any if that is 0."""
    programs: list[Program] = []

    def start_at(port: int) -> tuple[str, Program]:
        flags = ("-m", "seqsal", f"--port={port}", "--data_dir=off", "--max_examples=2")
        address, program = start_python(*flags, "--max_new_tokens=8")
        programs.append(program)
        return address, program

    yield start_at
    for program in programs:
        program.terminate()
        program.wait(timeout=30)
        assert program.stdout is not None
        program.stdout.close()


def _kill(program: Program) -> None:
    program.kill()
    program.wait(timeout=30)


def _port(address: str) -> int:
    return int(address.rstrip("/").rpartition(":")[2])


def test_nothing_is_lost_when_the_server_is_killed_between_the_edit_and_the_answer(
    browser_page: Page, start: Start
) -> None:
    address, server = start(0)
    browser_page.goto(address)
    page = SaliencePage(browser_page)
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    # An example that only this server knows: for the next one it is missing.
    _edit(page)
    browser_page.keyboard.type(" with leeks")
    page.view.root.get_by_role("button", name="Run in place").click()
    prompt = page.view.root.locator("seqsal-text .prompt")
    expect(prompt).to_contain_text("with leeks", timeout=PATIENCE)
    page.view.wait_for_answer()
    field = _edit(page, "Suggestion: Quiche Lorraine with leeks")
    browser_page.keyboard.type(" and cheese")
    _kill(server)
    browser_page.keyboard.press("Control+Enter")
    status = page.view.root.locator("seqsal-status").filter(has_text="could not be added")
    expect(status).to_contain_text("The server cannot be reached", timeout=PATIENCE)
    expect(field).to_have_text("Suggestion: Quiche Lorraine with leeks and cheese")
    start(_port(address))
    status.get_by_role("button", name="Try again").click()
    texts = [view.text("prompt") for view in page.wait_for_views(2)]
    assert sorted("with leeks and cheese" in text for text in texts) == [False, True]
    expect(browser_page.locator("seqsal-text .field")).to_have_count(0)


def test_what_was_typed_outlives_the_server_and_the_page(browser_page: Page, start: Start) -> None:
    address, server = start(0)
    # LIT's own request for the Data Table is open when the server is killed.
    held: list[Route] = []
    browser_page.route("**/get_preds*", lambda route: held.append(route))
    browser_page.goto(address)
    page = SaliencePage(browser_page)
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    field = _edit(page)
    browser_page.keyboard.type(" with leeks")
    _kill(server)
    for route in held:
        route.continue_()
    browser_page.unroute("**/get_preds*")
    start(_port(address))
    page = page.reload()
    expect(field).to_have_text("Suggestion: Quiche Lorraine with leeks", timeout=PATIENCE)
    field.click()
    browser_page.keyboard.press("Control+Enter")
    page.wait_for_views(2)
