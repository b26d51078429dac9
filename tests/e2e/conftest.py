"""A real server in a process of its own, and a real Chromium."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.salience_page import SaliencePage

Serve = Callable[..., str]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = pathlib.Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def serve() -> Iterator[Serve]:
    """Starts `seqsal` with some flags and returns its address; one server for the same flags."""
    running: dict[tuple[str, ...], tuple[str, subprocess.Popen[str]]] = {}

    def start(*flags: str) -> str:
        if flags not in running:
            running[flags] = _start(flags)
        return running[flags][0]

    yield start
    for _, process in running.values():
        process.terminate()
        process.wait(timeout=30)
        assert process.stdout is not None
        process.stdout.close()


def _start(flags: tuple[str, ...]) -> tuple[str, subprocess.Popen[str]]:
    command = [sys.executable, "-m", "seqsal", "--port=0", *flags]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if address := re.search(r"http://127\.0\.0\.1:\d+/", line):
            return address[0], process
    raise RuntimeError(f"{command} ended with {process.wait()} before it served.")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A headless Chromium: $CHROMIUM, or the one on the PATH."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if path is None:
        raise RuntimeError("No Chromium on the PATH. Run these tests with: make e2e")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture
def browser_page(chromium: Browser) -> Iterator[Page]:
    """A page whose own errors fail the test, and every request that leaves this machine."""
    context = chromium.new_context(viewport={"width": 1600, "height": 900})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.extend(_script_errors(str(error))))
    page.on("request", lambda request: faults.extend(_outside(request.url)))
    yield page
    context.close()
    assert faults == []


def _script_errors(message: str) -> list[str]:
    # LIT's page rejects a promise of its own when the server answers with an error.
    return [] if "\n\nDetails: " in message else [f"script error: {message}"]


def _outside(url: str) -> list[str]:
    inside = re.match(r"(https?|wss?)://127\.0\.0\.1:|data:|blob:|about:", url)
    return [] if inside else [f"request to {url}"]


@pytest.fixture
def open_page(serve: Serve, browser_page: Page) -> Callable[..., SaliencePage]:
    """Opens the page of a server with some flags."""

    def open_with(*flags: str, query: str = "") -> SaliencePage:
        browser_page.goto(serve(*flags) + query)
        return SaliencePage(browser_page)

    return open_with
