"""Startup times of commands and of the server: `python -m benchmarks.startup`."""

import json
import re
import resource
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Final

from benchmarks.measure import FOLDER, seconds

_TIMES: Final = 7
_COMMANDS: Final = {
    "python -c pass": ["-c", "pass"],
    "python -c 'import seqsal'": ["-c", "import seqsal"],
    "seqsal --version": ["-m", "seqsal", "--version"],
    "seqsal --help": ["-m", "seqsal", "--help"],
}


def main() -> None:
    """Prints a table and writes it to build/startup.json."""
    figures = {name: _times(words) for name, words in _COMMANDS.items()}
    figures["seqsal, until its page answers"] = [_until_the_page_answers() for _ in range(3)]
    print("| | time | of the processor |\n| --- | ---: | ---: |")
    for name, runs in figures.items():
        wall, processor = map(statistics.median, zip(*runs, strict=True))
        print(f"| `{name}` | {wall:.2f} s | {processor:.2f} s |")
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "startup.json").write_text(json.dumps(figures, indent=2))


def _times(words: list[str]) -> list[tuple[float, float]]:
    command = [sys.executable, *words]

    def run() -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    run()
    return [_both(run) for _ in range(_TIMES)]


def _both(run: Callable[[], None]) -> tuple[float, float]:
    """Returns the wall-clock seconds, and the CPU seconds of the child processes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    passed = seconds(run)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return passed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _until_the_page_answers() -> tuple[float, float]:
    command = [sys.executable, "-m", "seqsal", "--port=0"]

    def run() -> None:
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            addresses = (re.search(r"http://\S+", line) for line in server.stdout)
            address = next(filter(None, addresses))[0]
            while not _answers(address):
                time.sleep(0.01)
            server.terminate()
            server.stdout.read()

    return _both(run)


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address).close()
    except urllib.error.URLError:
        return False
    return True


if __name__ == "__main__":
    main()
