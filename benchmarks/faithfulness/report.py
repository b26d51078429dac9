"""The tables of a run, in Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from benchmarks.measure import table

_COLUMNS: Final = {
    "first": "cause first",
    "top_3": "in top 3",
    "rank": "mean rank",
    "mass": "mass / even",
    "loo_correlation": "ρ with removals",
    "lds": "LDS",
    "drop_1": "drop 1",
    "drop_3": "drop 3",
    "hold_3": "lost, top 3 only",
    "comprehensiveness": "compr.",
    "sufficiency": "suff.",
    "seconds": "seconds",
    "passes": "forward passes",
}
_SHARES: Final = ("first", "top_3")
_WITH_INTERVAL: Final = ("first", "top_3", "rank", "mass", "lds", "loo_correlation")

LEGEND: Final = """\
Each figure is the mean over items (of the seconds the median), with its 95 % bootstrap confidence
interval. Cause first: the
part that decides has the highest score. Mass / even: its share of all positive scores, as a
multiple of an even share. LDS: Spearman correlation over random masks. Drop: nats that the answer
loses without the strongest 1 or 3 parts (higher is better); lost, top 3 only: nats that it loses
where only they stay (lower is better). Compr. and suff.: comprehensiveness (higher is better) and
sufficiency (lower is better) at shares of 10, 20 and 50 %. Forward passes are in units of the whole
prompt; backward passes count in the seconds only."""


def markdown(results: Sequence[Mapping[str, Any]]) -> str:
    """Returns a section with a table for each model and task."""
    return "\n\n".join([LEGEND, *(_section(result) for result in results)]) + "\n"


def _section(result: Mapping[str, Any]) -> str:
    counts = result["yield"]
    made = f"{counts['items']} items"
    if counts.get("asked"):
        made += (
            f" from {counts['asked']} questions: {counts['right']} answered right,"
            f" {counts['unknown']} of them not without the context"
        )
    names = [name for name in _COLUMNS if any(name in row["means"] for row in result["rows"])]
    heads = ["method", "items", *(_COLUMNS[name] for name in names)]
    body = [[*_head(row), *(_cell(row, name) for name in names)] for row in result["rows"]]
    title = f"## {result['model']}, {result['task']}"
    return f"{title}\n\n{made}. Seed {result['seed']}.\n\n{table(heads, body)}"


def _head(row: Mapping[str, Any]) -> list[str]:
    with_lds = row["means"].get("lds", [0, 0, 0, 0])[3]
    items = row["means"]["rank"][3]
    return [row["method"], f"{items}" if with_lds in (0, items) else f"{items} (LDS {with_lds})"]


def _cell(row: Mapping[str, Any], name: str) -> str:
    if name not in row["means"]:
        return ""
    mean, low, high, _ = row["means"][name]
    shown = _percent if name in _SHARES else _number
    text = shown(mean)
    return f"{text} [{shown(low)}, {shown(high)}]" if name in _WITH_INTERVAL else text


def _percent(value: float) -> str:
    return f"{value:.0%}"


def _number(value: float) -> str:
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"
