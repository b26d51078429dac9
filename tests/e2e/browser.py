"""A headless Chromium: pages that find nothing of earlier tests, and whose faults fail the test."""

import contextlib
import pathlib
import re
import urllib.parse
from collections.abc import Iterator
from typing import Final

from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright

from tests.e2e.server import find_chromium

_ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
)
_STORED: Final = "cookies,local_storage,indexeddb,cache_storage,service_workers"


def launch(playwright: Playwright) -> Browser:
    """Returns $CHROMIUM, or the Chromium on the PATH."""
    return playwright.chromium.launch(executable_path=find_chromium(), args=_ARGUMENTS)


class Profile:
    """A browser with a profile on the disk, which keeps LIT's compiled scripts between pages.

    A page of an open server takes less than half of the processor time that it takes in a new
    context, which compiles the scripts again.
    """

    def __init__(self, playwright: Playwright, folder: pathlib.Path) -> None:
        """Launches the browser with a profile in an empty folder."""
        self._context: BrowserContext = playwright.chromium.launch_persistent_context(
            folder,
            executable_path=find_chromium(),
            args=_ARGUMENTS,
            viewport={"width": 1600, "height": 900},
            ignore_https_errors=True,  # The proxy's certificate is self-signed.
        )
        # The browser ends with its last page.
        self._first = self._context.pages[0]
        self._session = self._context.new_cdp_session(self._first)
        self._origins = set[str]()
        self._context.on("request", lambda request: self._origins.add(_origin(request.url)))

    @contextlib.contextmanager
    def page(self) -> Iterator[Page]:
        """Yields a page, and forgets afterwards what pages have stored and were allowed."""
        try:
            with checked(self._context.new_page()) as page:
                yield page
        finally:
            self._forget()

    def close(self) -> None:
        """Ends the browser."""
        self._context.close()

    def _forget(self) -> None:
        for page in self._context.pages:
            if page is not self._first:
                page.close()
        self._context.unroute_all()
        self._context.set_offline(False)
        self._context.clear_permissions()
        self._context.clear_cookies()
        for origin in self._origins:
            self._session.send(
                "Storage.clearDataForOrigin", {"origin": origin, "storageTypes": _STORED}
            )
        self._origins.clear()


@contextlib.contextmanager
def checked(page: Page) -> Iterator[Page]:
    """Yields a page; its script errors, and its requests to other hosts, fail the test."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.extend(_script_errors(error)))
    page.on("console", lambda message: faults.extend(_refusals(message.text)))
    page.on("request", lambda request: faults.extend(_outside(request.url)))
    yield page
    page.close()
    assert not faults, faults


def _origin(url: str) -> str:
    parts = urllib.parse.urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _script_errors(error: Error) -> list[str]:
    # LIT's page rejects a promise when the server answers its request with an error, or is gone.
    lit = "ApiService.queryServer" in (error.stack or "") and "seqsal.js" not in (error.stack or "")
    if "\n\nDetails: " in str(error) or (lit and error.message == "Failed to fetch"):
        return []
    return [f"script error: {error}\n{error.stack}"]


def _refusals(message: str) -> list[str]:
    """Returns the message if it is a violation of the content security policy."""
    return [f"console: {message}"] if "Content Security Policy" in message else []


def _outside(url: str) -> list[str]:
    inside = re.match(r"(https?|wss?)://127\.0\.0\.1:|data:|blob:|about:", url)
    return [] if inside else [f"request to {url}"]
