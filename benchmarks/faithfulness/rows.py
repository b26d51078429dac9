"""Rows of results in JSON lines, so that a run that was stopped continues."""

import json
import pathlib
from collections.abc import Iterator
from typing import Any


def read(file: pathlib.Path) -> Iterator[dict[str, Any]]:
    """Yields the rows of a file; a line that was cut off while it was written is left out."""
    if not file.is_file():
        return
    for line in file.read_text().splitlines():
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            continue


def append(file: pathlib.Path, row: dict[str, Any]) -> None:
    """Adds a row to a file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    cut_off = file.is_file() and file.read_bytes()[-1:] not in (b"", b"\n")
    with file.open("a") as opened:
        opened.write("\n" * cut_off + json.dumps(row) + "\n")
