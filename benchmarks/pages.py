"""A server for a benchmark of the page, and a browser to open it in."""

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.e2e.server import find_chromium


@contextlib.contextmanager
def serving(module: str, *arguments: str) -> Iterator[str]:
    """Yields the address of the server that a module of this package runs with `serve`."""
    command = [sys.executable, "-m", module, *arguments]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith("http"):
            raise RuntimeError(f"{' '.join(command)} ended before it served. Run it to see why.")
        yield line.strip()
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextlib.contextmanager
def browsing() -> Iterator[Browser]:
    """Yields a headless Chromium: $CHROMIUM, or the one on the PATH."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


def serve(app: Any) -> None:
    """Prints the address of an app and serves it until the process is terminated."""
    import uvicorn

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        print(f"http://127.0.0.1:{listener.getsockname()[1]}/", flush=True)
        config = uvicorn.Config(app, log_level="warning")
        uvicorn.Server(config).run(sockets=[listener])
