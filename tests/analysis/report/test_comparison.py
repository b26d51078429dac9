"""The comparison with another run in a report."""

import pytest

import seqsal
from seqsal.models.transformers import HFCausalLM
from tests.analysis.conftest import Analyze, records
from tests.analysis.report.conftest import content, opened


def test_a_difference_has_its_records_of_both_sides(analyze: Analyze) -> None:
    other = [{**record, "prompt": f"{record['prompt']} Yes?"} for record in records(11)]
    one, two = analyze(), analyze({"other": other}, out="two")
    html = one.to_html(versus=two)
    (group,) = content(html)["groups"]
    versus = group["versus"]
    table = one.difference(two)
    assert versus["paired"] == 11
    assert [row["label"] for row in versus["rows"]] == table["label"].tolist()
    most = one.most_different(two, count=20)
    assert [row["record"] for row in versus["different"]] == most["record"].tolist()
    assert [row["distance"] for row in versus["different"]] == pytest.approx(
        most["distance"].tolist(), rel=1e-3
    )
    first = versus["different"][0]
    assert opened(html, first["place_other"])["prompt"].endswith("Yes?")
    assert opened(html, first["place"])["prompt"].endswith("Good?")


def test_with_a_difference_the_records_that_differ_most_are_in_the_page(analyze: Analyze) -> None:
    other = [{**record, "prompt": f"{record['prompt']} Yes?"} for record in records(11)]
    methods = ["grad_l2", "linearized"]
    one, two = (
        analyze(data, out=out, methods=methods)
        for data, out in (({"data": records(11)}, "one"), ({"other": other}, "two"))
    )
    html = one.to_html(versus=two, max_records=3)
    (shown,) = content(html)["sets"]
    largest: dict[int, float] = {}
    for method in methods:
        sides = [side.where(method=method) for side in (one, two)]
        for row in sides[0].most_different(sides[1], count=11).to_dict("records"):
            largest[row["record"]] = max(row["distance"], largest.get(row["record"], 0.0))
    expected = sorted(sorted(largest, key=lambda number: -largest[number])[:3])
    assert (shown["numbers"], shown["choice"]) == (expected, "different")
    assert expected != [1, 5, 9], "It would be the even spread, too."
    for number, place in zip(shown["numbers"], shown["places"], strict=True):
        assert opened(html, place)["prompt"] == records(11)[number]["prompt"]


def test_a_difference_from_other_records_has_no_pairs(analyze: Analyze) -> None:
    other = [{"prompt": f"Dish: {i}", "number": 11 - i} for i in range(11)]
    (group,) = content(analyze().to_html(versus=analyze({"other": other}, out="two")))["groups"]
    assert (group["versus"]["paired"], group["versus"]["different"]) == (0, [])


def test_the_other_side_must_say_which_part_of_it_is_compared(
    analyze: Analyze, lm: HFCausalLM
) -> None:
    several = analyze(out="several", models={"a": lm, "b": lm})
    with pytest.raises(ValueError) as caught:
        analyze().to_html(versus=several)
    assert str(caught.value) == (
        "The other analysis must have the model 'tiny' or only one model; it has a, b. Choose one:"
        " versus.where(model='a')."
    )
    assert content(analyze().to_html(versus=several.where(model="b")))["groups"][0]["versus"]


def test_a_column_for_pairs_needs_the_other_side(analysis: seqsal.Analysis) -> None:
    with pytest.raises(ValueError, match=r"pair='number' says which records of two analyses"):
        analysis.to_html(pair="number")
