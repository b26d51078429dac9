"""The prompt that a report shows as a heatmap: a template, or the text of a typical record."""

import itertools
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from seqsal.analysis.aggregates import UNLABELLED
from seqsal.analysis.labels import rule_of
from seqsal.analysis.labels.template import TemplateLabels
from seqsal.analysis.stored_tables import StoredTables

if TYPE_CHECKING:
    import pandas as pd

Rows = Mapping[tuple[str, str], int]
"""The number of the row of each label and region."""


def prompt_heatmap(group: StoredTables, by_record: "pd.DataFrame", rows: Rows) -> dict[str, Any]:
    """Returns the parts of a prompt with the row of each, as JSON.

    With labels by a template it is the template, and the labels of the answer after it. Otherwise
    it is the text of the record with the median number of tokens among those that have the most
    common labels.

    Args:
        group: rows of one model, data set and method.
        by_record: as `aggregates.by_record` returns them, of the group.
        rows: which row of the page a label is in.
    """
    settings = group.manifest["settings"]["labels"]
    if settings.get("kind") == "template":
        rule = rule_of(settings)
        assert isinstance(rule, TemplateLabels)
        return {"record": None, "parts": _template(rule, rows)}
    record = typical(group, by_record)
    return {"record": record, "parts": _record(group, record, rows)}


def typical(group: StoredTables, by_record: "pd.DataFrame") -> int:
    """Returns the record with the median number of tokens among those with the most common labels.

    Args:
        group: rows of one model, data set and method.
        by_record: as `aggregates.by_record` returns them, of the group.
    """
    labels = {
        record: tuple(sorted(zip(members["label"], members["region"], strict=True)))
        for record, members in by_record.groupby("record")
    }
    common = Counter(labels.values()).most_common(1)[0][0]
    tokens = group.table("records", ["record", "tokens"]).set_index("record")["tokens"]
    alike = sorted(
        (record for record, found in labels.items() if found == common),
        key=lambda record: (tokens[record], record),
    )
    return int(alike[(len(alike) - 1) // 2])


def _template(rule: TemplateLabels, rows: Rows) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    for text, label in rule.parts:
        row = rows.get((label or "", "prompt"))
        last = parts[-1] if parts else None
        # Variables next to each other have one label, as in {first}{last}.
        joined = rows.get((f"{last['text']}{text}", "prompt")) if last else None
        if last and row is None and joined is not None:
            parts[-1] = {**last, "text": last["text"] + text, "row": joined}
        else:
            parts.append({"text": text, "row": row, "region": "prompt"})
    answer = [(label, row) for (label, region), row in rows.items() if region == "target"]
    return parts + [
        {"text": f"{label}\n", "row": row, "region": "target"}
        for label, row in answer
        if label != UNLABELLED
    ]


def _record(group: StoredTables, record: int, rows: Rows) -> list[dict[str, Any]]:
    columns = ["prompt", "answer", "selected", "selected_start", "selected_end"]
    row = group.table("records", columns, records=[record]).iloc[0]
    segments = group.table(
        "segments",
        ["record", "method", "text", "start", "end", "role", "label", "region"],
        records=[record],
    )
    text = _text(group, record, row, segments)
    before = len(text) - len(row["answer"])
    known: list[dict[str, Any]] = [
        {
            "start": int(each["start"]),
            "end": int(each["end"]),
            "row": rows.get((_label(each["label"]), each["region"])),
        }
        for each in segments.to_dict("records")
    ]
    chosen = {"start": int(row["selected_start"]), "end": int(row["selected_end"])}
    known.append({**chosen, "row": None, "selected": True})
    parts: list[dict[str, Any]] = []
    at = 0
    for part in sorted(known, key=lambda part: (part["start"], part["end"])):
        start = max(at, part["start"])
        parts += _plain(text, at, start, before)
        if start < part["end"]:
            region = "prompt" if start < before else "target"
            marked = {"selected": True} if part.get("selected") else {}
            parts.append(
                {"text": text[start : part["end"]], "row": part["row"], "region": region, **marked}
            )
        at = max(start, part["end"])
    return parts + _plain(text, at, len(text), before)


def _text(group: StoredTables, record: int, row: Any, segments: "pd.DataFrame") -> str:
    """Returns the text of a record, of which `start` and `end` of segments are characters."""
    if group.has_tokens:
        tokens = group.table("tokens", ["pieces", "special"], records=[record]).iloc[0]
        pairs = zip(tokens["pieces"], tokens["special"], strict=True)
        return "".join(piece for piece, special in pairs if not special)
    if not segments["role"].any():
        return f"{row['prompt']}{row['answer']}"
    # Of messages the column `prompt` has other text between the contents. What is in no segment is
    # white space, or follows the selection.
    answered = segments[segments["region"] == "target"].sort_values("start")
    columns = answered[["start", "text"]].to_numpy().tolist()
    start, first = [*columns, [row["selected_start"], row["selected"]]][0]
    text = [" "] * (start - row["answer"].index(first))
    for each in segments[segments["region"] == "prompt"].to_dict("records"):
        text[each["start"] : each["end"]] = each["text"]
    return "".join([*text, row["answer"]])


def _label(label: str | float | None) -> str:
    """Returns what the tables by label have; pandas has None or NaN for a missing label."""
    return label if isinstance(label, str) else UNLABELLED


def _plain(text: str, start: int, end: int, before: int) -> list[dict[str, Any]]:
    """Returns text without a label, cut where the answer begins."""
    cuts = [start, *([before] if start < before < end else []), end]
    return [
        {"text": text[a:b], "row": None, "region": "prompt" if a < before else "target"}
        for a, b in itertools.pairwise(cuts)
        if a < b
    ]
