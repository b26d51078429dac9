"""Writes the page of a report."""

import os
import pathlib
from typing import Final

from seqsal.analysis.label_tables import LabelTables
from seqsal.analysis.report.content import content
from seqsal.analysis.report.options import ReportOptions
from seqsal.results.export.html.page import page_source

_START: Final = """seqsalView.mountReport(
  document.querySelector("main"),
  JSON.parse(document.getElementById("seqsal-result").textContent),
);"""


def write(
    analysis: LabelTables,
    versus: LabelTables | None,
    options: ReportOptions,
    path: str | os.PathLike[str] | None,
) -> str:
    """Returns the page of a report, and writes it if a path is given.

    Raises:
        ValueError: as in `Analysis.to_html`.
    """
    if options.pair is not None and versus is None:
        raise ValueError(
            f"pair={options.pair!r} says which records of two analyses are the same. Give the other"
            " one as versus, or leave pair out."
        )
    target = None if path is None else check_target(path)
    report, chunks = content(analysis, versus, options)
    # The chunks follow the script: the page is shown before the browser has read them.
    elements = "".join(
        f'<script type="text/plain" id="seqsal-chunk-{number}">{text}</script>\n'
        for number, text in enumerate(chunks)
    )
    name = ", ".join(analysis.names("dataset"))
    text = page_source(f"{name}: what the answers depend on", report, _START, elements)
    if target is not None:
        try:
            target.write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise _unwritable(target, error) from None
    return text


def check_target(path: str | os.PathLike[str]) -> pathlib.Path:
    """Returns the path of a report, before time is spent on it.

    Raises:
        ValueError: the file cannot be written.
    """
    target = pathlib.Path(path).expanduser()
    existed = target.exists()
    try:
        with target.open("ab"):
            pass
        if not existed:
            target.unlink()
    except OSError as error:
        raise _unwritable(target, error) from None
    return target


def _unwritable(target: pathlib.Path, error: OSError) -> ValueError:
    return ValueError(
        f"The report cannot be written to {target}: {error.strerror}. Give the path of a file in a"
        " folder that exists and can be written."
    )
