"""Starts the command `seqsal`, and finds a Chromium."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator

from tests.forked import Program

SEQSAL = ("-m", "seqsal", "--port=0", "--data_dir=off")
"""Arguments of Python for our own server. Without a store, tests do not see what others added."""


def start_server(*flags: str) -> tuple[str, Program]:
    """Returns the address and the process of `seqsal` with some flags, once it serves."""
    return start_python(*SEQSAL, *flags)


@contextlib.contextmanager
def serving(*flags: str) -> Iterator[tuple[str, Program]]:
    """Yields the address and the process of a server, which is killed at the end."""
    address, process = start_server(*flags)
    try:
        yield address, process
    finally:
        process.kill()
        process.wait(timeout=60)
        assert process.stdout is not None
        process.stdout.close()


def start_python(*arguments: str) -> tuple[str, Program]:
    """Returns the address and the process of a Python program that prints it, once it serves.

    Raises:
        RuntimeError: the process ended before it served.
    """
    process = Program(arguments)
    assert process.stdout is not None
    for line in process.stdout:
        if address := re.search(r"http://127\.0\.0\.1:(\d+)/?", line):
            wait_until_open(int(address[1]), process)
            return f"http://127.0.0.1:{address[1]}/", process
    process.stdout.close()
    raise RuntimeError(f"{arguments} ended with {process.wait()} before it served.")


def wait_until_open(port: int, process: Program | subprocess.Popen[bytes]) -> None:
    """Waits until a server accepts connections."""
    while process.poll() is None:
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        time.sleep(0.05)


def find_chromium() -> str:
    """Returns the path of $CHROMIUM, or of a Chromium on the PATH."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if path is None:
        raise RuntimeError("No Chromium on the PATH. Run the browser tests with: make e2e")
    return path
