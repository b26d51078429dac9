"""The tables of a run, in Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from benchmarks.measure import table

_PLACES: Final = {
    "first": "cause first",
    "top_3": "in top 3",
    "rank": "mean rank",
    "mass": "mass / even",
    "loo_correlation": "ρ with removals",
    "seconds": "seconds",
    "passes": "forward passes",
}
_REMOVALS: Final = {
    "lds": "LDS",
    "drop_1": "drop 1",
    "drop_3": "drop 3",
    "hold_3": "lost, top 3 only",
    "comprehensiveness": "comprehensiveness",
    "sufficiency": "sufficiency",
}
_SHARES: Final = ("first", "top_3")
_WITH_INTERVAL: Final = ("first", "mass", "lds", "loo_correlation")

LEGEND: Final = """\
Each figure is the mean over items, of the seconds the median; 95 % bootstrap confidence intervals
are in brackets. Cause first: the part that decides has the highest score. Mass / even: its share of
all positive scores, as a multiple of an even share. LDS: Spearman correlation over random masks.
Drop: nats that the answer loses without the strongest 1 or 3 parts (higher is better); lost, top 3
only: nats that it loses where only they stay (lower is better). Comprehensiveness (higher is
better) and sufficiency (lower is better) at shares of 10, 20 and 50 %. Forward passes are in units
of the whole prompt; backward passes count in the seconds only."""


def markdown(results: Sequence[Mapping[str, Any]]) -> str:
    """Returns a section with one or two tables for each model and task."""
    return "\n\n".join([LEGEND, *(_section(result) for result in results)]) + "\n"


def _section(result: Mapping[str, Any]) -> str:
    counts = result["yield"]
    made = f"{counts['items']} items"
    if counts.get("asked"):
        made += (
            f" from {counts['asked']} questions: {counts['right']} answered right,"
            f" {counts['unknown']} of them not without the context"
        )
    title = f"## {result['model']}, {result['task']}"
    tables = [_table(result["rows"], columns) for columns in (_PLACES, _REMOVALS)]
    return "\n\n".join([title, f"{made}. Seed {result['seed']}.", *filter(None, tables)])


def _table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> str:
    """Returns a table of some measures, of the rows that have any; empty where there is none."""
    names = [name for name in columns if any(name in row["means"] for row in rows)]
    measured = [row for row in rows if any(name in row["means"] for name in names)]
    heads = ["method", "items", *(columns[name] for name in names)]
    cells = [
        [row["method"], _items(row, names), *(_cell(row, name) for name in names)]
        for row in measured
    ]
    return table(heads, cells) if names else ""


def _items(row: Mapping[str, Any], names: Sequence[str]) -> str:
    """Returns how many items the first of some measures is of."""
    first = next(name for name in names if name in row["means"])
    return str(row["means"][first][3])


def _cell(row: Mapping[str, Any], name: str) -> str:
    if name not in row["means"]:
        return ""
    mean, low, high, _ = row["means"][name]
    shown = _percent if name in _SHARES else _number
    text = shown(mean) + (" %" if name in _SHARES else "")
    return f"{text} ({shown(low)} to {shown(high)})" if name in _WITH_INTERVAL else text


def _percent(value: float) -> str:
    return f"{100 * value:.0f}"


def _number(value: float) -> str:
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"
