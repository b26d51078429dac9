"""From the rows of segments to tables by label."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from seqsal.analysis.bootstrap import Bootstrap

if TYPE_CHECKING:
    import pandas as pd

UNLABELLED: Final = "(no label)"
"""The label, in these tables, of segments without one."""
RECORD: Final = ["model", "dataset", "record"]
GROUP: Final = ["model", "dataset", "method"]
LABEL: Final = ["label", "region"]
"""Columns that identify a label: the prompt and the answer may have labels of the same name."""
COLUMNS: Final = [
    *("model", "dataset", "record", "method", "label", "kind", "region"),
    *("score", "share", "even_share", "label_effect"),
]
"""The columns of segments that the aggregates need."""
_TOP: Final = 3


def by_record(segments: "pd.DataFrame") -> "pd.DataFrame":
    """Returns one row for each label of each record, by method.

    The columns are model, dataset, record, method, label, kind, region, score, share and
    even_share (sums over the label's segments), effect (of removing all of them), excess (share -
    even_share), rank (by share among the labels of the record, from 1; the segments without a
    label have none) and top (whether the rank is at most 3).

    Args:
        segments: the columns `COLUMNS` of the table of segments.
    """
    keys = [*RECORD, "method"]
    named = segments.assign(label=segments["label"].fillna(UNLABELLED))
    rows = named.groupby([*keys, *LABEL], sort=False, as_index=False).agg(
        kind=("kind", "first"),
        score=("score", "sum"),
        share=("share", "sum"),
        even_share=("even_share", "sum"),
        effect=("label_effect", "first"),
    )
    rows["excess"] = rows["share"] - rows["even_share"]
    ranked = rows["share"].where(rows["label"] != UNLABELLED)
    grouped = ranked.groupby([rows[key] for key in keys])
    rows["rank"] = grouped.rank(ascending=False, method="min")
    rows["top"] = (rows["rank"] <= _TOP).astype(float).where(rows["rank"].notna())
    return rows


def by_label(
    rows: "pd.DataFrame", bootstrap: Bootstrap, groups: Sequence[str] = GROUP
) -> "pd.DataFrame":
    """Returns one row for each label, with intervals over the records that have it.

    Args:
        rows: as `by_record` returns them.
        bootstrap: how intervals are estimated.
        groups: what is aggregated separately.
    """
    import pandas as pd

    found = pd.DataFrame(_label_rows(rows, bootstrap, list(groups)))
    if found.empty:
        return pd.DataFrame(columns=[*groups, *LABEL])
    last = found["label"] == UNLABELLED
    order = [*groups, "last", "share"]
    ascending = [*[True] * len(groups), True, False]
    ordered = found.assign(last=last).sort_values(order, ascending=ascending, kind="stable")
    return ordered.drop(columns="last").reset_index(drop=True)


def without_effect(labels: "pd.DataFrame") -> "pd.DataFrame":
    """Returns the rows of labels whose effect has an interval around zero.

    Args:
        labels: as `by_label` returns them.
    """
    return labels[(labels["effect_low"] <= 0) & (labels["effect_high"] >= 0)]


def _label_rows(
    rows: "pd.DataFrame", bootstrap: Bootstrap, groups: list[str]
) -> Iterator[dict[str, Any]]:
    for key, members in rows.groupby([*groups, *LABEL], sort=False):
        share, effect = members["share"].to_numpy(), members["effect"].dropna().to_numpy(float)
        row = dict(zip([*groups, *LABEL], key, strict=True))
        row |= {"kind": members["kind"].iloc[0], "records": len(members)}
        row |= _estimate("share", share, bootstrap)
        row |= _estimate("median_share", share, bootstrap, np.median)
        row |= {"even_share": float(members["even_share"].mean())}
        row |= _estimate("excess", members["excess"].to_numpy(), bootstrap)
        row |= _estimate("top3", members["top"].dropna().to_numpy(), bootstrap)
        row |= _estimate("effect", effect, bootstrap)
        yield row


def _estimate(
    name: str, values: Any, bootstrap: Bootstrap, statistic: Any = np.mean
) -> dict[str, float]:
    """Returns a statistic with its interval, as columns; NaN if there are no values."""
    low, high = bootstrap.interval(values, statistic)
    value = float(statistic(values)) if len(values) else float("nan")
    return {name: value, f"{name}_low": low, f"{name}_high": high}
