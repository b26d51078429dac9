"""The tables of a run: one row per record, per segment and method, and per error.

`tokens` has a second row per record: its tokens and their scores.

docs/analysis.md describes the columns. `SCHEMA_VERSION` changes with any of them; each file has it
in its metadata.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

SCHEMA_VERSION: Final = 2
VERSION_KEY: Final = b"seqsal.schema_version"

_KEYS: Final = [
    pa.field("model", pa.string(), nullable=False),
    pa.field("dataset", pa.string(), nullable=False),
    pa.field("record", pa.int64(), nullable=False),
]


def _schema(fields: Sequence[tuple[str, pa.DataType, bool]]) -> pa.Schema:
    """Returns the keys of a record and further columns, each with its type and whether it may lack.

    Args:
        fields: name, type, and whether a value may be missing.
    """
    columns = [pa.field(name, kind, nullable=nullable) for name, kind, nullable in fields]
    return pa.schema([*_KEYS, *columns], {VERSION_KEY: str(SCHEMA_VERSION).encode()})


RECORDS: Final = _schema(
    [
        ("line", pa.int64(), False),
        ("source", pa.string(), False),
        ("prompt", pa.string(), False),
        ("target", pa.string(), False),
        ("answer", pa.string(), False),
        ("generated", pa.bool_(), False),
        ("selected", pa.string(), False),
        ("selected_start", pa.int32(), False),
        ("selected_end", pa.int32(), False),
        ("logprob", pa.float32(), False),
        ("tokens", pa.int32(), False),
        ("segments", pa.int32(), False),
        ("unlabelled", pa.int32(), False),
        ("ambiguous", pa.bool_(), False),
        ("columns", pa.string(), False),
    ]
)
"""One row per record that was analyzed."""

SEGMENTS: Final = _schema(
    [
        ("method", pa.string(), False),
        ("segment", pa.int32(), False),
        ("text", pa.string(), False),
        ("start", pa.int32(), False),
        ("end", pa.int32(), False),
        ("region", pa.string(), False),
        ("role", pa.string(), False),
        ("label", pa.string(), True),
        ("kind", pa.string(), False),
        ("tokens", pa.int32(), False),
        ("score", pa.float64(), False),
        ("share", pa.float64(), False),
        ("even_share", pa.float64(), False),
        ("rank", pa.int32(), False),
        ("logprob", pa.float32(), True),
        ("effect", pa.float32(), True),
        ("label_effect", pa.float32(), True),
    ]
)
"""One row per segment before the selection, and method."""

ERRORS: Final = _schema(
    [
        ("line", pa.int64(), False),
        ("stage", pa.string(), False),
        ("type", pa.string(), False),
        ("message", pa.string(), False),
    ]
)
"""One row per record that failed."""

_RANGES: Final = pa.list_(pa.struct([("start", pa.int32()), ("end", pa.int32())]))

TOKENS: Final = _schema(
    [
        ("pieces", pa.list_(pa.string()), False),
        ("special", pa.list_(pa.bool_()), False),
        ("ids", pa.list_(pa.int32()), False),
        ("logprobs", pa.list_(pa.float32()), False),
        ("selection", _RANGES, False),
        ("segments", _RANGES, False),
        (
            "messages",
            pa.list_(
                pa.struct([("role", pa.string()), ("start", pa.int32()), ("end", pa.int32())])
            ),
            False,
        ),
        ("thinking", _RANGES, False),
        ("omitted", _RANGES, False),
        (
            "scores",
            pa.list_(pa.struct([("method", pa.string()), ("scores", pa.list_(pa.float32()))])),
            False,
        ),
    ]
)
"""One row per record that was analyzed: what `seqsal.Result` has of it."""

TABLES: Final[Mapping[str, pa.Schema]] = {
    "records": RECORDS,
    "segments": SEGMENTS,
    "tokens": TOKENS,
    "errors": ERRORS,
}


@dataclasses.dataclass
class Rows:
    """Rows of the four tables.

    Attributes:
        records: as in `RECORDS`.
        segments: as in `SEGMENTS`.
        tokens: as in `TOKENS`.
        errors: as in `ERRORS`.
    """

    records: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    segments: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    tokens: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    errors: list[dict[str, Any]] = dataclasses.field(default_factory=list)

    def extend(self, other: "Rows") -> None:
        """Adds the rows of another."""
        self.records += other.records
        self.segments += other.segments
        self.tokens += other.tokens
        self.errors += other.errors

    def table(self, name: str) -> pa.Table:
        """Returns the rows of a table with its schema."""
        return pa.Table.from_pylist(getattr(self, name), schema=TABLES[name])
