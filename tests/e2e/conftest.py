"""Fixtures of the browser tests: real servers, each in its own process, and a real Chromium."""

import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from tests.e2e.browser import Profile, checked, launch
from tests.e2e.jupyter import Jupyter, running_jupyter
from tests.e2e.salience_page import SaliencePage
from tests.e2e.server import SEQSAL, start_python
from tests.forked import Program

Serve = Callable[..., str]

_JUPYTER = {"test_notebook", "test_notebook_page"}
"""Modules whose tests share a JupyterLab."""
_OTHER_SERVERS = {
    "test_acts",
    "test_aggregate",
    "test_edit_bad_input",
    "test_existing_classifier",
    "test_existing_demo",
    "test_existing_servers",
    "test_jobs",
    "test_keras",
    "test_long_comparison",
    "test_missing_method",
    "test_new_method",
    "test_notebook_7",
    "test_notebook_colab",
    "test_notebook_html",
    "test_notebook_marimo",
    "test_notebook_sandbox",
    "test_persistence",
    "test_prompt_tools",
    "test_real_models",
    "test_report",
    "test_serving",
    "test_thinking",
    "test_trail",
}
"""Modules that start servers of their own. All others share the server without flags."""
_MAX_SERVERS = 4
"""Servers of one worker that run at the same time; a test uses at most two of them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = pathlib.Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)


class _ByServer(LoadScopeScheduling):  # type: ignore[misc]
    """Runs the modules that share a server in one worker.

    The marker `xdist_group` would do the same, but xdist 3.8 ignores it with pytest 9.2.
    """

    def _split_scope(self, nodeid: str) -> str:
        module = pathlib.PurePath(nodeid.partition("::")[0]).stem
        if module in _JUPYTER:
            return "jupyter"
        return module if module in _OTHER_SERVERS else "page"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    return _ByServer(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def serve_any() -> Iterator[Serve]:
    """Runs Python once for the same arguments, and returns the address that it prints.

    Idle servers take memory and wake up often, so the one that was not used for longest ends when
    there are too many.
    """
    running: dict[tuple[str, ...], tuple[str, Program]] = {}

    def start(*arguments: str) -> str:
        server = running.pop(arguments, None) or start_python(*arguments)
        running[arguments] = server
        if len(running) > _MAX_SERVERS:
            end(running.pop(next(iter(running)))[1])
        return server[0]

    def end(process: Program) -> None:
        process.kill()
        process.wait(timeout=30)
        assert process.stdout is not None
        process.stdout.close()

    yield start
    for _, process in running.values():
        end(process)


@pytest.fixture(scope="session")
def serve(serve_any: Serve) -> Serve:
    """Starts `seqsal` with some flags and returns its address; one server for the same flags."""
    return lambda *flags: serve_any(*SEQSAL, *flags)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright, one for all tests of a process."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """A headless Chromium, for pages in contexts of their own."""
    browser = launch(playwright)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def profile(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Profile]:
    """The browser of `browser_page`."""
    profile = Profile(playwright, tmp_path_factory.mktemp("profile"))
    yield profile
    profile.close()


@pytest.fixture
def browser_page(profile: Profile) -> Iterator[Page]:
    """A page whose script errors, and whose requests to other hosts, fail the test."""
    with profile.page() as page:
        yield page


@pytest.fixture
def other_page(chromium: Browser) -> Iterator[Page]:
    """The same for another person: it shares nothing with `browser_page`."""
    context = chromium.new_context(
        viewport={"width": 1600, "height": 900}, ignore_https_errors=True
    )
    with checked(context.new_page()) as page:
        yield page
    context.close()


@pytest.fixture
def open_page(serve: Serve, browser_page: Page) -> Callable[..., SaliencePage]:
    """Opens the page of a server with some flags."""

    def open_with(*flags: str, query: str = "") -> SaliencePage:
        browser_page.goto(serve(*flags) + query)
        return SaliencePage(browser_page)

    return open_with


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    """A JupyterLab, one for all tests, whose notebooks share one kernel."""
    folder = tmp_path_factory.mktemp("jupyter")
    with running_jupyter(folder, "lab") as address:
        jupyter = Jupyter(address, folder)
        yield jupyter
        jupyter.close()
