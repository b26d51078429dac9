"""The token-level maps of a run: a row of the table `tokens`, and the `Result` that it makes."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from jaxtyping import Float32

from seqsal.analysis.stored_tables import StoredTables
from seqsal.attribution.method import MethodInfo
from seqsal.attribution.selection import TokenSelection
from seqsal.models.arrays import NumpyArray
from seqsal.models.causal_lm import Encoding, MessageSpan
from seqsal.results.result import Result
from seqsal.results.scores import Check, Salience
from seqsal.results.segmentation import UNITS, Span

_RECORD: Final = ("record", "prompt", "answer", "generated")
_SEGMENT: Final = ("record", "method", "segment", "effect")


def token_row(
    encoding: Encoding,
    selection: TokenSelection,
    segments: Sequence[Span],
    logprobs: Sequence[float | None],
    scores: Mapping[str, Float32[NumpyArray, " tokens"]],
) -> dict[str, Any]:
    """Returns the tokens of a record and their scores as a row of the table `tokens`.

    Args:
        encoding: the tokens.
        selection: the explained tokens.
        segments: the ranges of tokens of the record's segments.
        logprobs: for each token its log-probability, None for those of the prompt.
        scores: by method, a score for each token.
    """
    return {
        "pieces": list(encoding.pieces),
        "special": list(encoding.special),
        "ids": list(encoding.ids),
        "logprobs": list(logprobs),
        "selection": _ranges(selection.ranges),
        "segments": _ranges(segments),
        "messages": [
            {"role": span.role, "start": span.start, "end": span.stop} for span in encoding.messages
        ],
        "thinking": _ranges(encoding.thinking),
        "omitted": _ranges(encoding.omitted),
        "scores": [
            {"method": name, "scores": np.asarray(values, np.float32).tolist()}
            for name, values in scores.items()
        ],
    }


def results(tables: StoredTables, records: Collection[int]) -> dict[int, Result]:
    """Returns what `seqsal.explain` gave for records, by number, in ascending order.

    Args:
        tables: rows of one model and data set.
        records: numbers; those of records that were not analyzed are left out.
    """
    settings = tables.manifest["settings"]
    rows = {each["record"]: each for each in _rows(tables, "records", _RECORD, records)}
    effects: dict[int, list[float | None]] = {}
    if settings["removals"] == "segments":
        method = tables.names("method")[0]
        for each in _rows(tables, "segments", _SEGMENT, records):
            if each["method"] == method:
                effects.setdefault(each["record"], []).append(_known(each["effect"]))
    found = {
        each["record"]: _result(
            rows[each["record"]],
            each,
            [tables.describe(scored["method"]) for scored in each["scores"]],
            settings["granularity"],
            effects.get(each["record"], []),
        )
        for each in _rows(tables, "tokens", None, records)
    }
    return dict(sorted(found.items()))


def _rows(
    tables: StoredTables, name: str, columns: Sequence[str] | None, records: Collection[int]
) -> Iterator[dict[str, Any]]:
    for part in tables.parts(name, columns, records):
        yield from part.to_dict("records")


def _result(
    record: Mapping[str, Any],
    tokens: Mapping[str, Any],
    infos: Sequence[MethodInfo],
    granularity: str,
    effects: Sequence[float | None],
) -> Result:
    """Returns the result of a row of `records`, a row of `tokens`, methods and measured effects."""
    scores = {each["method"]: np.array(each["scores"], np.float32) for each in tokens["scores"]}
    segments = _spans(tokens["segments"])
    salience = Salience(
        _spans(tokens["selection"]),
        scores,
        segments={info.name: segments for info in infos if info.scores == "segments"},
        checks=(Check(segments, tuple(effects)),) if effects else (),
    )
    return Result(
        prompt=record["prompt"],
        target=record["answer"],
        tokens=tuple(tokens["pieces"]),
        special=tuple(map(bool, tokens["special"])),
        token_ids=tuple(map(int, tokens["ids"])),
        salience=(salience,),
        methods=tuple(scores),
        method_descriptions=tuple(infos),
        logprobs=tuple(_known(value) for value in tokens["logprobs"].tolist()),
        source="response" if record["generated"] else "target",
        messages=tuple(
            MessageSpan(each["role"], int(each["start"]), int(each["end"]))
            for each in tokens["messages"]
        ),
        thinking=_spans(tokens["thinking"]),
        omitted=_spans(tokens["omitted"]),
        view=view_of(granularity),
    )


def view_of(granularity: str) -> dict[str, str]:
    """Returns the display settings of the page that show the segments of a run.

    >>> view_of("lines"), view_of("labels")
    ({'granularity': 'lines'}, {'granularity': 'sentences'})
    """
    if granularity in UNITS:
        return {"granularity": granularity}
    if granularity == "labels":  # The page does not know them.
        return {"granularity": "sentences"}
    return {"granularity": "custom", "pattern": granularity}


def _ranges(spans: Iterable[Span]) -> list[dict[str, int]]:
    return [{"start": start, "end": end} for start, end in spans]


def _spans(ranges: Iterable[Mapping[str, Any]]) -> tuple[Span, ...]:
    return tuple((int(each["start"]), int(each["end"])) for each in ranges)


def _known(value: float | None) -> float | None:
    """Returns a log-probability; pandas has NaN for None."""
    return None if value is None or value != value else float(value)
