"""Measurement of time and memory, and the environment of a measurement."""

import json
import pathlib
import platform
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib import metadata
from typing import Any, Final

import psutil

FOLDER: Final = pathlib.Path("build")
"""The folder of the JSON results."""
_PACKAGES: Final = ("torch", "transformers", "lit-nlp", "inseq", "captum", "keras", "jax")


def seconds(run: Callable[[], Any]) -> float:
    """Returns the seconds that a call takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


class Peak:
    """A context manager that samples the memory of this process.

    Attributes:
        extra: after exit, the peak in bytes above the memory at entry.
    """

    def __enter__(self) -> "Peak":
        self._process, self._done = psutil.Process(), threading.Event()
        self._before = self._most = self._process.memory_info().rss
        self._thread = threading.Thread(target=self._sample)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self.extra = self._most - self._before

    def _sample(self) -> None:
        while not self._done.wait(0.002):
            self._most = max(self._most, self._process.memory_info().rss)


def two_selections(
    explain: Callable[[str, Sequence[float]], Any], texts: Sequence[str], tokens: int, target: int
) -> tuple[dict[str, float], Any]:
    """Measures a first and a second selection; returns the times and memory, and the first scores.

    The second selection is the first half of the first one.

    Args:
        explain: computes scores from a text and a mask.
        texts: the first measures memory; the others measure time, of which the best counts.
        tokens: the number of tokens of each text.
        target: the number of tokens at the end that the first selection has.
    """
    mask = [0.0] * (tokens - target) + [1.0] * target
    other = [*mask[: -target // 2], *[0.0] * (target // 2)]
    with Peak() as peak:
        scores = explain(texts[0], mask)
        explain(texts[0], other)
    times = [
        [seconds(partial(explain, text, each)) for each in (mask, other)] for text in texts[1:]
    ]
    first, second = (min(column) for column in zip(*times, strict=True))
    return {"first_s": first, "second_s": second, "extra_mb": peak.extra / 1e6}, scores


def selection_cells(row: dict[str, Any]) -> list[str]:
    """Returns the measurements as cells of a table, with the improvement factors."""

    def cell(name: str, unit: str, digits: int) -> str:
        ratio = row.get(f"{name}_ratio")
        return f"{row[name]:.{digits}f} {unit}" + (f" ({ratio:.1f}x)" if ratio else "")

    figures = (("first_s", "s", 2), ("second_s", "s", 2), ("extra_mb", "MB", 0))
    return [cell(*figure) for figure in figures]


def machine() -> dict[str, Any]:
    """Returns the environment: processor, threads, and versions of packages."""
    import torch

    about: dict[str, Any] = {
        "cpu": platform.processor() or platform.machine(),
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
    }
    if torch.cuda.is_available():
        about["gpu"] = torch.cuda.get_device_name()
    for package in _PACKAGES:
        try:
            about[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return about


def write(name: str, rows: Sequence[dict[str, Any]]) -> None:
    """Writes rows and the environment to build/NAME.json."""
    FOLDER.mkdir(exist_ok=True)
    result = {"machine": machine(), "rows": list(rows)}
    (FOLDER / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Returns a Markdown table.

    >>> print(table(["tool", "time"], [["a", "1 s"]]))
    | tool | time |
    | --- | --- |
    | a | 1 s |
    """
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
