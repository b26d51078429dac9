"""Aggregates against NumPy and pandas by hand."""

import numpy as np
import pandas as pd
import pytest

from seqsal.analysis import aggregates, difference
from seqsal.analysis.attribute import ranks, shares
from seqsal.analysis.bootstrap import Bootstrap


def _segments(records: int = 40) -> pd.DataFrame:
    """Records whose labels have shares of 0.5, 0.3 and 0.2, the first in two segments."""
    rng = np.random.default_rng(0)
    rows = []
    for record in range(records):
        noise = 0.02 * rng.standard_normal()
        for label, share in (("a", 0.25), ("a", 0.25 + noise), ("b", 0.3 - noise), (None, 0.2)):
            rows.append(
                {
                    "model": "m",
                    "dataset": "d",
                    "record": record,
                    "method": "grad_l2",
                    "label": label,
                    "kind": "",
                    "region": "prompt",
                    "score": 10 * share,
                    "share": share,
                    "even_share": 0.25,
                    "label_effect": {"a": 2.0 + noise, "b": noise}.get(label or ""),
                }
            )
    return pd.DataFrame(rows)


def test_labels_have_the_means_and_medians_of_their_shares_per_record() -> None:
    segments = _segments()
    table = aggregates.by_label(aggregates.by_record(segments), Bootstrap()).set_index("label")
    assert table.index.tolist() == ["a", "b", "(no label)"]
    a = segments[segments["label"] == "a"].groupby("record")["share"].sum()
    assert table.loc["a", "share"] == pytest.approx(a.mean())
    assert table.loc["a", "median_share"] == pytest.approx(a.median())
    assert table.loc["a", "even_share"] == pytest.approx(0.5)
    assert table.loc["a", "excess"] == pytest.approx(a.mean() - 0.5)
    assert table.loc["a", "top3"] == 1
    assert np.isnan(table.loc["(no label)", "top3"])
    assert table.loc["a", "effect"] == pytest.approx(2, abs=0.02)
    assert table.loc["b", "share_high"] < table.loc["a", "share_low"]


def test_an_interval_of_the_mean_is_that_of_the_normal_distribution() -> None:
    values = np.random.default_rng(1).normal(3, 2, 900)
    low, high = Bootstrap(resamples=4000).interval(values)
    error = values.std() / 30
    assert (low, high) == pytest.approx(
        (values.mean() - 1.96 * error, values.mean() + 1.96 * error), abs=0.15 * error
    )
    assert Bootstrap(seed=3).interval(values) == Bootstrap(seed=3).interval(values)
    assert Bootstrap(seed=3).interval(values) != Bootstrap(seed=4).interval(values)


def test_an_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    hits = 0
    for i in range(200):
        low, high = Bootstrap(confidence=0.9, resamples=300, seed=i).interval(
            rng.exponential(1, 60)
        )
        hits += low <= 1 <= high
    assert 165 <= hits <= 195


def test_there_is_no_interval_of_one_record() -> None:
    assert np.isnan(Bootstrap().interval(np.ones(1))).all()


@pytest.mark.parametrize(("name", "value"), [("confidence", 1.0), ("resamples", 0)])
def test_a_wrong_setting_of_the_bootstrap_is_an_error(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name} must be"):
        Bootstrap(**{name: value})  # type: ignore[arg-type]


def test_shares_and_ranks_go_by_size() -> None:
    assert shares([3.0, -1.0, 0.0]) == [0.75, 0.25, 0.0]
    assert ranks([3.0, -4.0, 3.0, 0.0]) == [2, 1, 2, 4]
    assert shares([0.0, 0.0]) == [0.0, 0.0]


def test_a_paired_difference_has_a_narrower_interval_than_an_unpaired_one() -> None:
    rng = np.random.default_rng(3)
    level = rng.uniform(0.2, 0.8, 50)
    sides = [
        pd.DataFrame(
            {
                "record": range(50),
                "label": "a",
                "region": "prompt",
                "share": level + shift + 0.01 * rng.standard_normal(50),
                "effect": np.nan,
            }
        )
        for shift in (0.05, 0.0)
    ]
    pairs = pd.DataFrame({"record": range(50), "record_other": range(50)})
    paired = difference.by_label(sides[0], sides[1], pairs, Bootstrap()).iloc[0]
    unpaired = difference.by_label(sides[0], sides[1], None, Bootstrap()).iloc[0]
    assert paired["difference"] == pytest.approx(unpaired["difference"])
    assert paired["difference_low"] > 0.04
    assert unpaired["difference_low"] < 0 < unpaired["difference_high"]


def test_a_label_that_one_side_lacks_has_no_share_there() -> None:
    one = pd.DataFrame(
        {
            "record": [0, 0, 1],
            "label": ["a", "b", "a"],
            "region": "prompt",
            "share": [0.6, 0.4, 1.0],
            "effect": np.nan,
        }
    )
    other = one[one["label"] == "a"]
    pairs = pd.DataFrame({"record": [0, 1], "record_other": [0, 1]})
    table = difference.by_label(one, other, pairs, Bootstrap()).set_index("label")
    assert table.loc["b", ["share", "share_other", "difference"]].tolist() == [0.4, 0.0, 0.4]
    most = difference.by_record(one, other, pairs, None)
    assert most["record"].tolist() == [0, 1]
    assert most["distance"].tolist() == pytest.approx([0.2, 0.0])


def _records(**columns: list[str]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    given = {"prompt": ["p"] * count, "target": [""] * count, "columns": ["{}"] * count}
    return pd.DataFrame({"record": range(count), **given, **columns})


def test_records_are_the_same_by_prompt_by_data_or_by_a_column() -> None:
    one = _records(prompt=["a", "b"], columns=['{"id": 1}', '{"id": 2}'])
    other = _records(prompt=["A", "B"], columns=['{"id": 1}', '{"id": 2}'])
    turned = _records(prompt=["B", "A"], columns=['{"id": 2}', '{"id": 1}'])
    for side in (one, other):
        pairs = difference.pair_records(one, side, None)
        assert pairs is not None
        assert pairs.to_numpy().tolist() == [[0, 0], [1, 1]]
    assert difference.pair_records(one, turned, None) is None
    pairs = difference.pair_records(one, turned, "id")
    assert pairs is not None
    assert pairs.to_numpy().tolist() == [[0, 1], [1, 0]]
    assert difference.pair_records(_records(prompt=["a"]), _records(prompt=["b"]), None) is None
    with pytest.raises(ValueError, match="No record has a column 'key'; the columns are id."):
        difference.pair_records(one, other, "key")
    twice = _records(columns=['{"id": 1}', '{"id": 1}'])
    with pytest.raises(ValueError, match="'id' has '1' twice"):
        difference.pair_records(twice, one, "id")
