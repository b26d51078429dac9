"""The difference of two analyses by label, paired where their records are the same."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from seqsal.analysis import outcomes
from seqsal.analysis.aggregates import LABEL
from seqsal.analysis.bootstrap import Bootstrap

if TYPE_CHECKING:
    import pandas as pd


def pair_records(
    one: "pd.DataFrame", other: "pd.DataFrame", column: str | None
) -> "pd.DataFrame | None":
    """Returns the numbers of the records that are the same, as `record` and `record_other`.

    Records are the same if a column of the data has the same value. Without a column, those with
    the same number are, if their prompts are the same, or all other columns of the data and the
    target are, of which there must be some: then two templates were filled with the same data.

    Args:
        one: the records of one side.
        other: those of the other side.
        column: the name of a column of the data; None for the numbers.

    Returns:
        None if the two sides do not have the same records.

    Raises:
        ValueError: no record has the column, or two of a side have the same value.
    """
    if column is not None:
        keys = [_keys(side, column) for side in (one, other)]
        merged = keys[0].merge(keys[1], on="key", suffixes=("", "_other"))
        return merged[["record", "record_other"]]
    columns = ["record", "prompt", "target", "columns"]
    merged = one[columns].merge(other[columns], on="record", suffixes=("", "_other"))
    same_data = (merged["columns"] == merged["columns_other"]) & (
        merged["target"] == merged["target_other"]
    )
    some_data = (merged["columns"] != "{}") | (merged["target"] != "")
    same = (merged["prompt"] == merged["prompt_other"]) | (same_data & some_data)
    if merged.empty or not same.all():
        return None
    return merged[["record"]].assign(record_other=merged["record"])


def by_label(
    one: "pd.DataFrame", other: "pd.DataFrame", pairs: "pd.DataFrame | None", bootstrap: Bootstrap
) -> "pd.DataFrame":
    """Returns one row for each label of either side.

    The columns are label, region, records and records_other (those that have the label; where
    records are paired, those in which either side has it, with a share of 0 on the other), share,
    share_other, difference (share - share_other) with its interval, and effect_difference with its
    interval, over the records where both are known.

    Args:
        one: rows of one side, as `aggregates.by_record` returns them.
        other: rows of the other side.
        pairs: as `pair_records` returns them; None if the records are not the same.
        bootstrap: how intervals are estimated.
    """
    import pandas as pd

    rows = (
        _unpaired(one, other, bootstrap) if pairs is None else _paired(one, other, pairs, bootstrap)
    )
    found = pd.DataFrame(list(rows))
    order = found["difference"].abs().fillna(-1).sort_values(ascending=False, kind="stable").index
    return found.loc[order].reset_index(drop=True)


def by_record(
    one: "pd.DataFrame", other: "pd.DataFrame", pairs: "pd.DataFrame", label: str | None
) -> "pd.DataFrame":
    """Returns how much each pair of records differs, the most first.

    The columns are record, record_other and distance.

    Args:
        one: rows of one side, as `aggregates.by_record` returns them.
        other: rows of the other side.
        pairs: as `pair_records` returns them.
        label: the distance is the difference of this label's shares; None for half the sum of the
            absolute differences of all labels' shares, which is between 0 and 1.
    """
    merged = _merged(one, other, pairs)
    merged["distance"] = merged["share"] - merged["share_other"]
    keys = ["record", "record_other"]
    if label is not None:
        merged = merged[merged["label"] == label]
        found = merged.groupby(keys, as_index=False)["distance"].sum()
    else:
        merged["distance"] = merged["distance"].abs() / 2
        found = merged.groupby(keys, as_index=False)["distance"].sum()
    order = found["distance"].abs().sort_values(ascending=False, kind="stable").index
    return found.loc[order].reset_index(drop=True)


def _keys(records: "pd.DataFrame", column: str) -> "pd.DataFrame":
    keys = records[["record"]].assign(key=outcomes.column(records, column))
    if twice := keys.loc[keys["key"].duplicated(), "key"].tolist():
        raise ValueError(
            f"Records are paired by a column whose values differ; {column!r} has {twice[0]!r}"
            " twice. Choose another column."
        )
    return keys


def _merged(one: "pd.DataFrame", other: "pd.DataFrame", pairs: "pd.DataFrame") -> "pd.DataFrame":
    """Returns a row for each pair of records and label of either; a missing share is 0."""
    columns = [*LABEL, "share", "effect"]
    left = pairs.merge(one[["record", *columns]], on="record")
    right = pairs.merge(
        other[["record", *columns]].rename(columns={"record": "record_other"}), on="record_other"
    )
    merged = left.merge(
        right, on=["record", "record_other", *LABEL], how="outer", suffixes=("", "_other")
    )
    shares = ["share", "share_other"]
    merged[shares] = merged[shares].fillna(0.0)
    return merged


def _paired(
    one: "pd.DataFrame", other: "pd.DataFrame", pairs: "pd.DataFrame", bootstrap: Bootstrap
) -> Iterator[dict[str, Any]]:
    for key, members in _merged(one, other, pairs).groupby(LABEL, sort=False):
        difference = (members["share"] - members["share_other"]).to_numpy(float)
        effects = (members["effect"] - members["effect_other"]).dropna().to_numpy(float)
        yield _row(
            key,
            (members["share"].to_numpy(float), members["share_other"].to_numpy(float)),
            (_mean(difference), *bootstrap.interval(difference)),
            (_mean(effects), *bootstrap.interval(effects)),
        )


def _unpaired(
    one: "pd.DataFrame", other: "pd.DataFrame", bootstrap: Bootstrap
) -> Iterator[dict[str, Any]]:
    sides = [dict(list(side.groupby(LABEL, sort=False))) for side in (one, other)]
    nothing = one.iloc[:0]
    for key in dict.fromkeys([*sides[0], *sides[1]]):
        rows = [side.get(key, nothing) for side in sides]
        shares = [each["share"].to_numpy(float) for each in rows]
        effects = [each["effect"].dropna().to_numpy(float) for each in rows]
        yield _row(
            key,
            (shares[0], shares[1]),
            *(
                (_mean(a) - _mean(b), *bootstrap.interval_of_difference(a, b))
                for a, b in (shares, effects)
            ),
        )


def _row(
    key: Any,
    shares: tuple[Any, Any],
    share: tuple[float, float, float],
    effect: tuple[float, float, float],
) -> dict[str, Any]:
    row = dict(zip(LABEL, key, strict=True))
    row |= {"records": len(shares[0]), "records_other": len(shares[1])}
    row |= {"share": _mean(shares[0]), "share_other": _mean(shares[1])}
    for name, (value, low, high) in (("difference", share), ("effect_difference", effect)):
        row |= {name: value, f"{name}_low": low, f"{name}_high": high}
    return row


def _mean(values: Any) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
