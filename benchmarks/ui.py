"""The page compared with LIT's module: one server, one model, one browser.

    make bench-ui        # python -m benchmarks.ui

Times are from the click, or the key, to the end of the frame that shows the result, in headless
Chromium.
Salience is cached by an earlier request. The run fails if a module shows no tokens or no scores.
"""

import argparse
import contextlib
import json
import pathlib
import platform
import statistics
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Final

import psutil
from playwright.sync_api import Browser, Error, Page

from benchmarks.pages import browsing, serving
from benchmarks.ui_modules import OURS, STOCK, Module, Stage

LENGTHS: Final = (3500, 32_000)
_SIZE: Final = {"width": 1600, "height": 900}

_WIDE: Final = {"width": 2600, "height": 900}
"""For two versions: in narrower views, lists take the place of buttons."""

_LONG: Final = 10_000
"""From this number of tokens on, LIT's module is slow, and each action is measured once."""
_KEYS: Final = 40
"""How many keys are pressed in an edit."""
_LIMIT_S: Final = 300
"""Seconds after which the measurement of a module stops."""

Note = Callable[[str, Callable[[int], float]], None]
"""Stores a number of repeats of an act, given its name and what takes the repeat's number."""
Measures = dict[str, list[float] | str]
"""Measurements by name: all repeats, or the reason why a module failed."""


def main() -> None:
    """Prints a table and writes it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--modules", default="seqsal,LIT 1.3.1")
    parser.add_argument("--tokens", default=",".join(map(str, LENGTHS)))
    parser.add_argument("--json", type=pathlib.Path, default=pathlib.Path("build/ui.json"))
    arguments = parser.parse_args()
    lengths = [int(n) for n in arguments.tokens.split(",")]
    modules = [module for module in (OURS, STOCK) if module.name in arguments.modules.split(",")]
    rows: dict[str, Measures] = {}
    server = serving("benchmarks.ui_server", "--tokens", ",".join(map(str, lengths)))
    with server as address, browsing() as browser:
        for tokens in lengths:
            for module in modules:
                place = f"{tokens} tokens, {module.name}"
                rows[place] = measure(browser, address, module, lengths, tokens, arguments.repeats)
                print(place, json.dumps(rows[place]), file=sys.stderr)
        about = {"chromium": browser.version, **_versions()}
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps({"machine": about, "rows": rows}, indent=1))
    print(table(rows))


def measure(
    browser: Browser, address: str, module: Module, lengths: list[int], tokens: int, repeats: int
) -> Measures:
    """Returns all measurements of one module at one length; if it fails, those before that."""
    page = browser.new_page(viewport=_SIZE)  # type: ignore[arg-type]
    found: Measures = {}
    if module is STOCK and tokens >= _LONG:
        repeats = 1
    try:
        _measure(Stage(page, address, module), f"prompt-{lengths.index(tokens)}", repeats, found)
    except (Error, TimeoutError) as error:
        if module is OURS:
            raise
        found["gave up"] = str(error).splitlines()[0]
    with contextlib.suppress(Error):
        page.close()
    return found


def _measure(stage: Stage, example: str, repeats: int, found: Measures) -> None:
    end = time.monotonic() + _LIMIT_S

    def note(name: str, act: Callable[[int], float]) -> None:
        if time.monotonic() > end:
            raise TimeoutError(f"after {_LIMIT_S} s")
        found[name] = [act(i) for i in range(repeats)]

    found["first paint"] = [stage.open(example)]
    _check_drawn(stage)
    stage.button("Words").click()
    stage.page.wait_for_timeout(3000)
    # Not adjacent words: LIT's module would extend the selection.
    for place in (3, 7):
        stage.explain(place)
        _wait_for_heat(stage)
    found["words"] = [stage.segments()]
    note("click on a word", lambda i: stage.explain((3, 7)[i % 2]))
    note("another method", lambda i: stage.press(stage.module.methods[1 - i % 2]))
    note("words to sentences", lambda _: _back(stage, "Words", "Sentences"))
    note("sentences to words", lambda _: _back(stage, "Sentences", "Words"))
    note("words to tokens", lambda _: _back(stage, "Words", "Tokens"))
    if stage.module is OURS:
        stage.edit(0.5)
        found["keystroke in an edit"] = [stage.type("x") for _ in range(_KEYS)]
        stage.discard_edit()
    found["dropped frames"] = [stage.scroll(20_000)]
    found["memory"] = [_memory(stage.page)]
    if stage.module is OURS:
        _measure_versions(stage, note)


def _measure_versions(stage: Stage, note: Note) -> None:
    """Measures two versions side by side: the selected one, whose colors may need both."""
    stage.button("Words").click()
    stage.edit(0.5)
    stage.type("x")
    stage.run_edit()
    stage.page.set_viewport_size(_WIDE)  # type: ignore[arg-type]
    stage.page.wait_for_timeout(3000)
    # The selection was carried over: not the same place first.
    for place in (5, 3, 7):
        stage.explain(place)
        _wait_for_heat(stage)
    note("click, two versions", lambda i: stage.explain((3, 7)[i % 2]))
    note("heat to difference", lambda _: _back(stage, "Own scale", "Difference"))
    stage.button("Difference").click()
    note("click to difference", lambda i: stage.explain((3, 7)[i % 2]))


def _back(stage: Stage, first: str, then: str) -> float:
    """Presses two buttons; returns the milliseconds of the second."""
    stage.button(first).click()
    stage.page.wait_for_timeout(300)
    return stage.press(then)


def _check_drawn(stage: Stage) -> None:
    if not stage.segments():
        raise RuntimeError(f"{stage.module.name} shows no tokens.")


def _wait_for_heat(stage: Stage) -> None:
    for _ in range(60):
        if (share := stage.painted()) > 0.5:
            return
        stage.page.wait_for_timeout(1000)
    raise RuntimeError(f"{stage.module.name} paints {share:.0%} of its segments, not most.")


def _memory(page: Page) -> float:
    """Returns the private memory of the page's process in MB, after garbage collection."""
    page.context.new_cdp_session(page).send("HeapProfiler.collectGarbage")
    page.wait_for_timeout(500)
    renderers = [
        process
        for process in psutil.Process().children(recursive=True)
        if "--type=renderer" in process.cmdline()
    ]
    return max(process.memory_full_info().uss for process in renderers) / 1e6


def table(rows: dict[str, Measures]) -> str:
    """Returns the measurements as a Markdown table, one column per module and length."""
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    lines = [f"| | {' | '.join(rows)} |", "| --- |" + " ---: |" * len(rows)]
    for name in names:
        cells = [_cell(name, row.get(name, "-")) for row in rows.values()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(name: str, values: list[float] | str) -> str:
    """Returns the median, and the best if there are several values.

    >>> _cell("click", [30.0, 20.2, 90.0]), _cell("dropped frames", [0.034])
    ('30 ms (20)', '3 %')
    """
    if isinstance(values, str):
        return values
    median = statistics.median(values)
    if name == "dropped frames":
        return f"{100 * median:.0f} %"
    unit = {"words": "", "memory": " MB"}.get(name, " ms")
    best = f" ({min(values):,.0f})" if len(values) > 1 else ""
    return f"{median:,.0f}{unit}{best}"


def _versions() -> dict[str, str]:
    packages = ("lit-nlp", "torch", "transformers")
    return {"python": platform.python_version(), **{name: version(name) for name in packages}}


if __name__ == "__main__":
    main()
