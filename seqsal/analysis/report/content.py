"""What a report says, as the JSON that its page reads."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from seqsal.analysis import aggregates, outcomes, token_maps
from seqsal.analysis.bootstrap import Bootstrap
from seqsal.analysis.report.packed import Chunks
from seqsal.analysis.report.prompt_heatmap import prompt_heatmap
from seqsal.analysis.report.shown_records import shown_records
from seqsal.analysis.stored_tables import GROUPS

if TYPE_CHECKING:
    import pandas as pd

    from seqsal.analysis.analysis import Analysis

FORMAT: Final = "seqsal-report"
VERSION: Final = 1
_DIGITS: Final = 4
_SNIPPET: Final = 90
_ERRORS: Final = 200
_DIFFERENT: Final = 20


@dataclasses.dataclass(frozen=True, kw_only=True)
class ReportOptions:
    """What a report has; the fields are arguments of `Analysis.to_html`.

    Attributes:
        split: separates records by outcome; None for none.
        pair: the column of the data that says which records are the same.
        max_records: how many records of each model and data set are listed and can be opened.
        intervals: confidence, resamples and seed.

    Raises:
        ValueError: `max_records` is no number of records.
    """

    split: str | None = None
    pair: str | None = None
    max_records: int = 2000
    intervals: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        if isinstance(self.max_records, bool) or self.max_records < 0:
            raise ValueError(
                f"max_records must be a number of records, 0 or more; got {self.max_records!r}."
            )


def content(
    analysis: "Analysis", versus: "Analysis | None", options: ReportOptions
) -> tuple[dict[str, Any], list[str]]:
    """Returns the JSON of a report, and the chunks of its records.

    Raises:
        ValueError: as in `Analysis.to_html`.
    """
    analysis.check_not_empty()
    chunks = Chunks()
    sets, groups = [], []
    for model in analysis.names("model"):
        for dataset in analysis.names("dataset"):
            part = analysis.where(model=model, dataset=dataset)
            records = part.table("records", _RECORD)
            if records.empty:
                continue
            members = [part.where(method=method) for method in analysis.names("method")]
            compared = [_versus(group, versus, options, chunks) for group in members]
            distances = _largest([each for _, each in compared])
            sets.append(_record_set(part, records, distances, options, chunks))
            groups += [
                {
                    "set": len(sets) - 1,
                    **_group(group, sets[-1]["numbers"], options),
                    "versus": difference,
                }
                for group, (difference, _) in zip(members, compared, strict=True)
            ]
    errors = analysis.table("errors")
    found = {
        "format": FORMAT,
        "version": VERSION,
        "settings": _settings(analysis, options, len(errors)),
        "granularity": analysis.manifest["settings"]["granularity"],
        "sets": sets,
        "groups": groups,
        "errors": {
            "total": len(errors),
            "rows": _rows(errors[:_ERRORS], ["dataset", "line", "stage", "message"]),
        },
    }
    return found, chunks.texts


_RECORD: Final = [
    *("model", "dataset", "record", "line", "answer", "selected"),
    *("prompt", "target", "columns", "segments", "unlabelled", "ambiguous"),
]


def _record_set(
    part: "Analysis",
    records: "pd.DataFrame",
    distances: Mapping[int, float],
    options: ReportOptions,
    chunks: Chunks,
) -> dict[str, Any]:
    """Returns the records of a model and data set that are listed.

    They can be opened if the run has their tokens; otherwise `places` is empty.

    Args:
        part: rows of the model and data set.
        records: their table.
        distances: how much records differ from those of another analysis.
        options: what the report has.
        chunks: where the results are added.
    """
    records = records.sort_values("record").assign(outcome="")
    if options.split is not None:
        records["outcome"] = outcomes.outcomes(records, options.split)
    numbers, choice = shown_records(records["record"].tolist(), options.max_records, distances)
    shown = records[records["record"].isin(numbers)]
    shared, places = chunks.add(list(token_maps.results(part, numbers).values()))
    return {
        "model": part.one("model"),
        "dataset": part.one("dataset"),
        "total": len(records),
        "segments": int(records["segments"].sum()),
        "unlabelled": int(records["unlabelled"].sum()),
        "ambiguous": int(records["ambiguous"].sum()),
        "shared": shared,
        "choice": choice,
        "tokens": part.has_tokens,
        "numbers": numbers,
        "lines": shown["line"].tolist(),
        "answers": [_snippet(text) for text in shown["selected"]],
        "outcomes": shown["outcome"].tolist(),
        "places": places,
    }


def _group(group: "Analysis", numbers: Sequence[int], options: ReportOptions) -> dict[str, Any]:
    """Returns what is known of one model, data set and method."""
    by_record = group.by_record()
    labels = aggregates.by_label(by_record, Bootstrap(**options.intervals))
    keys = list(zip(labels["label"], labels["region"], strict=True))
    rows = {key: number for number, key in enumerate(keys)}
    shares = by_record.pivot_table(index=["label", "region"], columns="record", values="share")
    shares = shares.reindex(columns=list(numbers))
    info = group.describe(group.one("method"))
    return {
        "model": group.one("model"),
        "dataset": group.one("dataset"),
        "method": info.name,
        "methodLabel": info.label,
        "methodHelp": info.help,
        "rows": _rows(labels, _LABEL),
        "shares": [_numbers(shares.loc[key]) for key in keys],
        "prompt": prompt_heatmap(group, by_record, rows),
        "outcomes": _outcomes(group, rows, options),
        "unused": _unused(group, labels),
    }


_LABEL: Final = [
    *("label", "region", "kind", "records", "share", "share_low", "share_high", "median_share"),
    *("even_share", "excess", "excess_low", "excess_high", "top3"),
    *("effect", "effect_low", "effect_high"),
]


def _outcomes(
    group: "Analysis", rows: Mapping[tuple[str, str], int], options: ReportOptions
) -> list[dict[str, Any]]:
    if options.split is None:
        return []
    table = group.labels(split=options.split, **options.intervals)
    columns = ["records", "share", "share_low", "share_high"]
    return [
        {
            "outcome": str(outcome),
            "rows": [
                {"row": rows[each["label"], each["region"]]} | _row(each, columns)
                for each in members.to_dict("records")
            ],
        }
        for outcome, members in table.groupby("outcome")
    ]


def _unused(group: "Analysis", labels: "pd.DataFrame") -> list[dict[str, Any]] | None:
    """Returns the labels of `Analysis.unused_labels`; None if nothing was removed."""
    if group.manifest["settings"]["removals"] == "none":
        return None
    around_zero = (labels["effect_low"] <= 0) & (labels["effect_high"] >= 0)
    found = labels[around_zero & (labels["region"] == "prompt")]
    return _rows(found, ["label", "records", "effect", "effect_low", "effect_high"])


def _versus(
    group: "Analysis", versus: "Analysis | None", options: ReportOptions, chunks: Chunks
) -> tuple[dict[str, Any] | None, dict[int, float]]:
    """Returns how a group differs from another analysis, and how much each record does."""
    if versus is None:
        return None, {}
    other = _counterpart(group, versus)
    other.check_not_empty()
    table = group.difference(other, pair=options.pair, **options.intervals)
    found: dict[str, Any] = {
        "name": _name(group, other),
        "paired": table.attrs["paired"],
        "rows": _rows(table, _DIFFERENCE),
        "different": [],
    }
    if found["paired"] == 0:
        return found, {}
    every = group.most_different(other, pair=options.pair, count=found["paired"])
    most = every[:_DIFFERENT].copy()
    for side, suffix in ((group, ""), (other, "_other")):
        results = token_maps.results(side, most[f"record{suffix}"].unique().tolist())
        shared, places = chunks.add(list(results.values()))
        found[f"shared{suffix}"] = shared
        by_number = dict(zip(results, places, strict=True))
        most[f"place{suffix}"] = most[f"record{suffix}"].map(by_number)
        most[f"answer{suffix}"] = most[f"answer{suffix}"].map(_snippet)
    found["different"] = _rows(most, _MOST)
    return found, dict(zip(every["record"].tolist(), every["distance"].tolist(), strict=True))


def _largest(each: Sequence[Mapping[int, float]]) -> dict[int, float]:
    """Returns the largest distance of each record by any method."""
    found: dict[int, float] = {}
    for distances in each:
        for record, distance in distances.items():
            found[record] = max(distance, found.get(record, 0.0))
    return found


def _name(group: "Analysis", other: "Analysis") -> str:
    """Returns what the other side is called: what differs, or else its folder."""
    pairs = [(group.one(kind), other.one(kind)) for kind in GROUPS]
    names = [theirs for own, theirs in pairs if theirs != own]
    return ", ".join(names or [other.folder.name])


_DIFFERENCE: Final = [
    *("label", "region", "records", "records_other", "share", "share_other"),
    *("difference", "difference_low", "difference_high"),
]
_MOST: Final = [
    *("record", "record_other", "line", "distance", "answer", "answer_other"),
    *("place", "place_other"),
]


def _counterpart(group: "Analysis", versus: "Analysis") -> "Analysis":
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


def _settings(analysis: "Analysis", options: ReportOptions, errors: int) -> list[list[str]]:
    """Returns names and values of how the run was made."""
    manifest = analysis.manifest
    settings = manifest["settings"]
    labels = settings["labels"]
    intervals = options.intervals
    models = [f"{name} ({manifest['models'][name]})" for name in analysis.names("model")]
    named = {
        "Models": ", ".join(models),
        "Data sets": ", ".join(analysis.names("dataset")),
        "Records": f"{len(analysis.table('records', ['record'])):,}",
        "Errors": f"{errors:,}",
        "Explained part": settings["select"],
        "Labels": labels.get("pattern", labels.get("kind", str(labels))),
        "Methods": ", ".join(analysis.describe(name).label for name in analysis.names("method")),
        "Segments": settings["granularity"],
        "Removals": settings["removals"],
        "Answers": settings["answers"],
        "Options": ", ".join(f"{name}={value}" for name, value in settings["options"].items()),
        "Split": options.split or "",
        "Intervals": f"{intervals.get('confidence', 0.95):.0%} bootstrap over the records,"
        f" {intervals.get('resamples', 1000):,} resamples",
        "Folder": str(analysis.folder),
        "Version": f"seqsal {manifest['version']}",
    }
    return [[name, str(value)] for name, value in named.items() if value]


def _rows(table: "pd.DataFrame", columns: Sequence[str]) -> list[dict[str, Any]]:
    return [_row(each, columns) for each in table.to_dict("records")]


def _row(values: Mapping[Any, Any], columns: Sequence[str]) -> dict[str, Any]:
    return {name: _value(values[name]) for name in columns}


def _value(value: Any) -> Any:
    """Returns a value for JSON, with few digits; None for NaN."""
    if hasattr(value, "item"):
        value = value.item()
    if not isinstance(value, float):
        return value
    return None if value != value else float(f"{value:.{_DIGITS}g}")


def _numbers(values: Any) -> list[float | None]:
    return [_value(float(value)) for value in values]


def _snippet(text: str) -> str:
    line = " ".join(text.split())
    return f"{line[: _SNIPPET - 1]}…" if len(line) > _SNIPPET else line
