"""Splits records by their outcome."""

import json
from typing import TYPE_CHECKING, Final

from seqsal.analysis.expressions import Expression

if TYPE_CHECKING:
    import pandas as pd

COLUMNS: Final = ["model", "dataset", "record", "target", "answer", "columns"]
"""The columns of records that outcomes need."""


def outcomes(records: "pd.DataFrame", split: str) -> "pd.Series[str]":
    """Returns the outcome of each record, as text.

    Args:
        records: the columns `COLUMNS` of the table of records.
        split: target (whether the answer is the target, apart from white space around it),
            pattern:EXPRESSION (whether it is found in the answer), or column:NAME (the value of a
            column of the data).

    Raises:
        ValueError: there is no such split, no record has a target or the column, or the
            expression is wrong.
    """
    kind, _, value = split.partition(":")
    if split == "target":
        return _by_target(records)
    if kind == "pattern" and value:
        return _by_pattern(records, value)
    if kind == "column" and value:
        return _by_column(records, value)
    raise ValueError(
        f"A split by outcome is target, pattern:EXPRESSION or column:NAME; got {split!r}."
    )


def column(records: "pd.DataFrame", name: str) -> "pd.Series[str]":
    """Returns a column of the data as text; empty where a record lacks it.

    Raises:
        ValueError: no record has it.
    """
    values = [json.loads(each) for each in records["columns"]]
    if not any(name in each for each in values):
        known = sorted({key for each in values for key in each})
        raise ValueError(
            f"No record has a column {name!r}; the columns are {', '.join(known) or 'none'}."
        )
    texts = [each.get(name, "") for each in values]
    found = [text if isinstance(text, str) else json.dumps(text) for text in texts]
    series: pd.Series[str] = _series(found, records)
    return series


def _by_target(records: "pd.DataFrame") -> "pd.Series[str]":
    given = records["target"].str.strip()
    if not (given != "").any():
        raise ValueError(
            "No record has a target to compare the answer with. Give the data a field `target`, or"
            " split by pattern:EXPRESSION or column:NAME."
        )
    same = (records["answer"].str.strip() == given).tolist()
    known = (given != "").tolist()
    return _series(
        [
            ("matches the target" if match else "differs from the target")
            if has
            else "has no target"
            for match, has in zip(same, known, strict=True)
        ],
        records,
    )


def _by_pattern(records: "pd.DataFrame", pattern: str) -> "pd.Series[str]":
    expression = Expression(pattern)
    found = [expression.first(answer) is not None for answer in records["answer"]]
    return _series(["matches" if each else "does not match" for each in found], records)


def _by_column(records: "pd.DataFrame", name: str) -> "pd.Series[str]":
    return column(records, name)


def _series(values: list[str], records: "pd.DataFrame") -> "pd.Series[str]":
    import pandas as pd

    return pd.Series(values, index=records.index, dtype=object)
