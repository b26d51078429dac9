"""Measures the report of many records: the size of its page, and how long a browser takes.

    python -m benchmarks.report --count 2000

A few real records of the embedded model (`--real`) are analyzed; the others are copies of their
rows with other numbers, written by the real writer. Records of a chunk of the page (20) must
differ, or they would compress too well. The browser is the Chromium in $CHROMIUM or on
the PATH. The time to open is from the start of the navigation to the drawn list of records; the
time of a record is from the click to its coloured text. Each is the median of five.
"""

import argparse
import json
import pathlib
import statistics
import tempfile
import time
from typing import Any, Final

import pyarrow.parquet as pq
from playwright.sync_api import sync_playwright

import seqsal
from benchmarks import measure
from benchmarks.analyze import restaurant_prompts
from seqsal.analysis.output_folder import OutputFolder
from seqsal.analysis.tables import Rows
from tests.e2e.server import find_chromium

_PART: Final = 64
_REPEATS: Final = 5


def multiplied(source: seqsal.Analysis, count: int, out: pathlib.Path) -> seqsal.Analysis:
    """Returns an analysis of `count` records: those of another one, again and again."""
    real: dict[int, Rows] = {}
    for name in ("records", "segments", "tokens"):
        for path in sorted((source.folder / name).glob("*.parquet")):
            for row in pq.read_table(path).to_pylist():
                getattr(real.setdefault(row["record"], Rows()), name).append(row)
    originals = [real[number] for number in sorted(real)]
    if len(originals) < 20:
        raise ValueError(f"The benchmark needs at least 20 real records; got {len(originals)}.")
    folder = OutputFolder(out)
    run = {
        name: value
        for name, value in source.manifest.items()
        if name not in ("format", "schema", "version")
    }
    with folder.opened(run):
        for part, start in enumerate(range(0, count, _PART)):
            rows = Rows()
            for number in range(start, min(count, start + _PART)):
                own = originals[number % len(originals)]
                for name in ("records", "segments", "tokens"):
                    copies = [{**row, "record": number} for row in getattr(own, name)]
                    getattr(rows, name).extend(copies)
            folder.write(part, rows)
    return seqsal.Analysis(out)


def open_times(path: pathlib.Path) -> dict[str, float]:
    """Returns the seconds that the page and a record take to open."""
    opened, shown = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        for _ in range(_REPEATS):
            page = browser.new_page(viewport={"width": 1600, "height": 900})
            start = time.perf_counter()
            page.goto(path.as_uri(), wait_until="commit")
            page.locator("seqsal-record-list .record").first.wait_for()
            opened.append(time.perf_counter() - start)
            page.wait_for_load_state()
            start = time.perf_counter()
            page.locator("seqsal-record-list .record").first.click()
            page.locator("seqsal-view seqsal-text .target [role=option]").first.wait_for()
            shown.append(time.perf_counter() - start)
            page.close()
        browser.close()
    return {"open_seconds": statistics.median(opened), "record_seconds": statistics.median(shown)}


def report(count: int, real: int, run: str | None) -> dict[str, Any]:
    """Returns the size of the page of `count` records and its times."""
    prompts = restaurant_prompts()
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        source = (
            seqsal.analyze(
                "embedded:small",
                {"guests": [{"prompt": next(prompts)} for _ in range(real)]},
                place / "real",
            )
            if run is None
            else seqsal.Analysis(run)
        )
        analysis = multiplied(source, count, place / "many")
        page = place / "report.html"
        start = time.perf_counter()
        analysis.to_html(page)
        seconds = time.perf_counter() - start
        return {
            "records": count,
            "tokens_per_record": float(analysis.table("records", ["tokens"])["tokens"].mean()),
            "methods": len(analysis.names("method")),
            "page_mb": page.stat().st_size / 1e6,
            "write_seconds": seconds,
            **open_times(page),
        }


def main() -> None:
    """Parses the flags, measures, and prints the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--real", type=int, default=100)
    parser.add_argument("--run", help="the folder of a run whose records are copied instead")
    flags = parser.parse_args()
    found = report(flags.count, flags.real, flags.run)
    print(json.dumps({**found, **measure.machine()}, indent=1))


if __name__ == "__main__":
    main()
