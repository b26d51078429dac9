"""What a report says, as the JSON that its page reads."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from seqsal.analysis import aggregates, outcomes, token_maps
from seqsal.analysis.bootstrap import Bootstrap
from seqsal.analysis.label_tables import LabelTables
from seqsal.analysis.report.comparison import comparison, largest_distances
from seqsal.analysis.report.json_values import json_numbers, json_row, json_rows, snippet
from seqsal.analysis.report.options import ReportOptions
from seqsal.analysis.report.packed import Chunks
from seqsal.analysis.report.prompt_heatmap import prompt_heatmap
from seqsal.analysis.report.shown_records import shown_records

if TYPE_CHECKING:
    import pandas as pd

FORMAT: Final = "seqsal-report"
VERSION: Final = 1
_ERRORS: Final = 200
"""Errors that are listed."""


def content(
    analysis: LabelTables, versus: LabelTables | None, options: ReportOptions
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
            compared = [comparison(group, versus, options, chunks) for group in members]
            distances = largest_distances([each for _, each in compared])
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
            "rows": json_rows(errors[:_ERRORS], ["dataset", "line", "stage", "message"]),
        },
    }
    return found, chunks.texts


_RECORD: Final = [
    *("model", "dataset", "record", "line", "answer", "selected"),
    *("prompt", "target", "columns", "segments", "unlabelled", "ambiguous"),
]


def _record_set(
    part: LabelTables,
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
        "answers": [snippet(text) for text in shown["selected"]],
        "outcomes": shown["outcome"].tolist(),
        "places": places,
    }


def _group(group: LabelTables, numbers: Sequence[int], options: ReportOptions) -> dict[str, Any]:
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
        "rows": json_rows(labels, _LABEL),
        "shares": [json_numbers(shares.loc[key]) for key in keys],
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
    group: LabelTables, rows: Mapping[tuple[str, str], int], options: ReportOptions
) -> list[dict[str, Any]]:
    if options.split is None:
        return []
    table = group.labels(split=options.split, **options.intervals)
    columns = ["records", "share", "share_low", "share_high"]
    return [
        {
            "outcome": str(outcome),
            "rows": [
                {"row": rows[each["label"], each["region"]]} | json_row(each, columns)
                for each in members.to_dict("records")
            ],
        }
        for outcome, members in table.groupby("outcome")
    ]


def _unused(group: LabelTables, labels: "pd.DataFrame") -> list[dict[str, Any]] | None:
    """Returns the labels of `Analysis.unused_labels`; None if nothing was removed."""
    if group.manifest["settings"]["removals"] == "none":
        return None
    found = aggregates.without_effect(labels[labels["region"] == "prompt"])
    return json_rows(found, ["label", "records", "effect", "effect_low", "effect_high"])


def _settings(analysis: LabelTables, options: ReportOptions, errors: int) -> list[list[str]]:
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
