"""The part of a report that compares a run with another one, as JSON."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from seqsal.analysis import token_maps
from seqsal.analysis.label_tables import LabelTables
from seqsal.analysis.report.json_values import json_rows, snippet
from seqsal.analysis.report.options import ReportOptions
from seqsal.analysis.report.packed import Chunks
from seqsal.analysis.stored_tables import GROUPS

_SHOWN: Final = 20
"""Records that differ most."""
_DIFFERENCE: Final = [
    *("label", "region", "records", "records_other", "share", "share_other"),
    *("difference", "difference_low", "difference_high"),
]
_MOST: Final = [
    *("record", "record_other", "line", "distance", "answer", "answer_other"),
    *("place", "place_other"),
]


def comparison(
    group: LabelTables, versus: LabelTables | None, options: ReportOptions, chunks: Chunks
) -> tuple[dict[str, Any] | None, dict[int, float]]:
    """Returns how a group differs from another analysis, and how much each record does.

    Args:
        group: rows of one model, data set and method.
        versus: the other analysis; None for none.
        options: what the report has.
        chunks: where the results that differ most are added.

    Returns:
        The JSON of the comparison, or None; and by record its distance from the other analysis.

    Raises:
        ValueError: the other analysis does not say which part of it to compare with, or is empty.
    """
    if versus is None:
        return None, {}
    other = _counterpart(group, versus)
    other.check_not_empty()
    table = group.difference(other, pair=options.pair, **options.intervals)
    found: dict[str, Any] = {
        "name": _name(group, other),
        "paired": table.attrs["paired"],
        "rows": json_rows(table, _DIFFERENCE),
        "different": [],
    }
    if found["paired"] == 0:
        return found, {}
    every = group.most_different(other, pair=options.pair, count=found["paired"])
    most = every[:_SHOWN].copy()
    for side, suffix in ((group, ""), (other, "_other")):
        results = token_maps.results(side, most[f"record{suffix}"].unique().tolist())
        shared, places = chunks.add(list(results.values()))
        found[f"shared{suffix}"] = shared
        by_number = dict(zip(results, places, strict=True))
        most[f"place{suffix}"] = most[f"record{suffix}"].map(by_number)
        most[f"answer{suffix}"] = most[f"answer{suffix}"].map(snippet)
    found["different"] = json_rows(most, _MOST)
    return found, dict(zip(every["record"].tolist(), every["distance"].tolist(), strict=True))


def largest_distances(each: Sequence[Mapping[int, float]]) -> dict[int, float]:
    """Returns the largest distance of each record by any method."""
    found: dict[int, float] = {}
    for distances in each:
        for record, distance in distances.items():
            found[record] = max(distance, found.get(record, 0.0))
    return found


def _counterpart(group: LabelTables, versus: LabelTables) -> LabelTables:
    """Returns the part of another analysis that a group is compared with.

    It is the part with the same model, data set and method, as far as there are several.

    Raises:
        ValueError: there are several, and none has the name.
    """
    chosen = {}
    for kind in GROUPS:
        names, name = versus.names(kind), group.one(kind)
        if len(names) > 1 and name not in names:
            raise ValueError(
                f"The other analysis must have the {kind} {name!r} or only one {kind}; it has"
                f" {', '.join(names)}. Choose one: versus.where({kind}={names[0]!r})."
            )
        chosen[kind] = name if name in names else names[0]
    return versus.where(**chosen)


def _name(group: LabelTables, other: LabelTables) -> str:
    """Returns what the other side is called: what differs, or else its folder."""
    pairs = [(group.one(kind), other.one(kind)) for kind in GROUPS]
    names = [theirs for own, theirs in pairs if theirs != own]
    return ", ".join(names or [other.folder.name])
