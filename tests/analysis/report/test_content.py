"""What is in a report: the rows of labels, the heatmap, the records and the methods."""

import json
import pathlib
from typing import Any

import numpy as np
import pytest

import seqsal
from seqsal.attribution.method import MethodInfo
from seqsal.attribution.methods import grad_l2
from seqsal.models.transformers import HFCausalLM
from tests import tiny
from tests.analysis.conftest import Analyze, records, rows_of
from tests.analysis.report.conftest import content, opened


def test_the_page_has_the_rows_of_labels_and_the_shares_of_each_record(
    analysis: seqsal.Analysis, html: str
) -> None:
    report = content(html)
    assert [group["method"] for group in report["groups"]] == ["grad_l2", "linearized"]
    for group in report["groups"]:
        part = analysis.where(method=group["method"])
        table = part.labels()
        assert [row["label"] for row in group["rows"]] == table["label"].tolist()
        for name in ("share", "share_low", "share_high", "even_share", "excess", "effect"):
            given = [np.nan if row[name] is None else row[name] for row in group["rows"]]
            np.testing.assert_allclose(given, table[name], rtol=1e-3)
        numbers = report["sets"][group["set"]]["numbers"]
        assert numbers == [i for i in range(23) if i != 4]
        rows = part.by_record().set_index(["label", "region", "record"])["share"]
        for row, shares in zip(group["rows"], group["shares"], strict=True):
            expected = [rows.get((row["label"], row["region"], record)) for record in numbers]
            np.testing.assert_allclose(shares, expected, rtol=1e-3)
        by_outcome = part.labels(split="column:kind")
        for outcome in group["outcomes"]:
            some = by_outcome[by_outcome["outcome"] == outcome["outcome"]]
            found = {group["rows"][row["row"]]["label"]: row["share"] for row in outcome["rows"]}
            assert found == pytest.approx(
                dict(zip(some["label"], some["share"], strict=True)), 1e-3
            )
        unused = part.unused_labels()["label"].tolist()
        assert [row["label"] for row in group["unused"]] == unused
    assert report["errors"]["total"] == 1
    assert report["errors"]["rows"][0]["line"] == 5
    settings = dict(report["settings"])
    assert (settings["Records"], settings["Errors"]) == ("22", "1")
    assert settings["Models"] == "tiny (in memory)"


def test_an_even_spread_of_the_records_is_in_the_page_if_there_are_many(
    analysis: seqsal.Analysis, html: str
) -> None:
    few = analysis.to_html(max_records=5)
    (shown,) = content(few)["sets"]
    # The middles of five parts of the 22 records, of which number 4 is missing.
    assert shown["numbers"] == [2, 7, 12, 16, 20]
    assert (shown["choice"], shown["total"]) == ("spread", 22)
    assert content(html)["sets"][0]["choice"] == "all"
    for number, place in zip(shown["numbers"], shown["places"], strict=True):
        assert opened(few, place)["prompt"] == analysis.result(number).prompt
    assert content(few)["groups"][0]["rows"] == content(html)["groups"][0]["rows"]
    assert len(few) < len(html)
    with pytest.raises(ValueError, match="max_records must be a number of records, 0 or more"):
        analysis.to_html(max_records=-1)


def test_the_template_is_the_heatmap_where_there_is_one(
    analyze: Analyze, tmp_path: pathlib.Path
) -> None:
    template = tmp_path / "template.txt"
    template.write_text("Taste-likes: {likes}\nDish: {dish}\nGood?")
    group = content(analyze(labels=f"template:{template}").to_html())["groups"][0]
    parts = [part for part in group["prompt"]["parts"] if part["region"] == "prompt"]
    assert "".join(part["text"] for part in parts) == template.read_text()
    named = [group["rows"][part["row"]]["label"] for part in parts]
    assert named == ["Taste-likes:", "{likes}", "Dish:", "{dish}", "Good?"]


def test_otherwise_it_is_the_text_of_a_typical_record(analysis: seqsal.Analysis, html: str) -> None:
    group = content(html)["groups"][0]
    heatmap = group["prompt"]
    row = analysis.table("records").set_index("record").loc[heatmap["record"]]
    text = "".join(part["text"] for part in heatmap["parts"])
    assert text == row["prompt"] + row["answer"]
    for part in heatmap["parts"]:
        if part["row"] is not None:
            label = group["rows"][part["row"]]["label"]
            assert part["text"].strip().startswith(label) or label == "(no label)"
    (selected,) = [part["text"] for part in heatmap["parts"] if part.get("selected")]
    assert selected == row["selected"]


@pytest.mark.parametrize("messages", [False, True])
def test_a_run_without_tokens_has_the_same_report_but_for_the_maps(
    analyze: Analyze, messages: bool
) -> None:
    data: list[Any] = records(7)
    settings: dict[str, Any] = {"granularity": "lines"}
    if messages:
        tokenizer = tiny.byte_level_tokenizer()
        tokenizer.chat_template = tiny.CHAT_TEMPLATE
        data = [
            {
                "messages": [
                    {"role": "system", "content": "Be brief."},
                    {"role": "user", "content": each["prompt"]},
                ],
                "number": each["number"],
            }
            for each in data
        ]
        settings |= {
            "labels": "roles",
            "models": {"chat": HFCausalLM(tiny.model("llama"), tokenizer)},
        }
    whole = analyze({"data": data}, **settings)
    small = analyze({"data": data}, out="small", tokens=False, **settings)
    for name in ("records", "segments", "errors"):
        assert rows_of(small, name) == rows_of(whole, name)
    assert small.table("tokens").empty
    report, expected = (content(each.to_html(versus=whole)) for each in (small, whole))
    (shown,), (group,) = report["sets"], report["groups"]
    assert (shown["tokens"], shown["places"], shown["numbers"]) == (False, [], [*range(7)])
    for name in ("rows", "shares", "prompt"):
        assert group[name] == expected["groups"][0][name], name
    assert {row["place"] for row in group["versus"]["different"]} == {None}
    assert None not in [row["place_other"] for row in group["versus"]["different"]]
    with pytest.raises(ValueError, match=r"this run has none \(--no-tokens\)\. Run seqsal analyze"):
        small.result(3)
    with pytest.raises(ValueError, match="holds another run: its settings"):
        analyze({"data": data}, out="small", **settings)


def test_a_method_that_is_not_built_in_keeps_its_label_in_the_run(
    analyze: Analyze, tmp_path: pathlib.Path
) -> None:
    info = MethodInfo(name="mine", label="My <i>method</i>", help="Says what mine says.")
    own = seqsal.GradientMethod(info, grad_l2.grad_l2)
    analysis = analyze(methods=[own, "grad_l2"])
    (mine, other) = content(analysis.to_html())["groups"]
    assert (mine["methodLabel"], mine["methodHelp"]) == ("My <i>method</i>", "Says what mine says.")
    assert other["methodLabel"] == "Grad L2"
    assert analysis.result(1).method_info("mine").label == "My <i>method</i>"
    # A run of before descriptions is read as it was, and continued.
    manifest = tmp_path / "out" / "run.json"
    fields = json.loads(manifest.read_text("utf-8"))
    del fields["method_descriptions"]
    manifest.write_text(json.dumps(fields), "utf-8")
    assert (
        content(seqsal.Analysis(tmp_path / "out").to_html())["groups"][0]["methodLabel"] == "mine"
    )
    again = analyze(methods=[own, "grad_l2"])
    assert content(again.to_html())["groups"][0]["methodLabel"] == "My <i>method</i>"
