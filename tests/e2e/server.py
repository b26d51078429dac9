"""Starts what a browser test needs: the command `seqsal`, and a Chromium."""

import os
import re
import shutil
import subprocess
import sys


def start_server(*flags: str) -> tuple[str, subprocess.Popen[str]]:
    """Returns the address and the process of `seqsal` with some flags, once it serves."""
    command = [sys.executable, "-m", "seqsal", "--port=0", *flags]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if address := re.search(r"http://127\.0\.0\.1:\d+/", line):
            return address[0], process
    raise RuntimeError(f"{command} ended with {process.wait()} before it served.")


def find_chromium() -> str:
    """Returns the path of $CHROMIUM, or of a Chromium on the PATH."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if path is None:
        raise RuntimeError("No Chromium on the PATH. Run the browser tests with: make e2e")
    return path
