"""What `seqsal.Analysis` says about the tables of a run."""

import pathlib
from typing import Any

import numpy as np
import pytest

import seqsal
from seqsal.models.transformers import HFCausalLM
from tests.analysis.conftest import Analyze, records


@pytest.fixture(scope="module")
def analysis(lm: HFCausalLM, tmp_path_factory: pytest.TempPathFactory) -> seqsal.Analysis:
    """An analysis by two methods with measured removals."""
    data = {"data": records(12)}
    data["data"][3]["target"] = " Avoid."
    out = tmp_path_factory.mktemp("analysis") / "out"
    return seqsal.analyze(
        {"tiny": lm},
        data,
        out,
        methods=["grad_l2", "linearized"],
        removals="labels",
        granularity="lines",
        max_new_tokens=7,
        progress=False,
    )


def test_labels_are_those_of_each_method_and_what_has_none_is_counted(
    analysis: seqsal.Analysis,
) -> None:
    table = analysis.labels()
    assert table.groupby("method")["label"].agg(list).to_dict() == {
        method: table[table["method"] == method]["label"].tolist()
        for method in ("grad_l2", "linearized")
    }
    for _, rows in table.groupby("method"):
        assert set(rows["label"]) == {"Taste-likes", "Dish", "(no label)"}
        assert rows["label"].iloc[-1] == "(no label)"
        assert rows["share"].sum() == pytest.approx(1)
        assert rows["even_share"].sum() == pytest.approx(1)
        assert (rows["share_low"] <= rows["share"]).all()
        assert (rows["share"] <= rows["share_high"]).all()
    assert analysis.table("records")["unlabelled"].tolist() == [1] * 12


def test_labels_are_split_by_outcome(analysis: seqsal.Analysis) -> None:
    by_column = analysis.labels(split="column:kind")
    assert by_column.groupby("outcome")["records"].max().to_dict() == {"even": 6, "odd": 6}
    by_target = analysis.labels(split="target")
    counts = by_target.groupby("outcome")["records"].max().to_dict()
    assert counts == {"matches the target": 1, "has no target": 11}
    by_pattern = analysis.labels(split="pattern:^ Avoid")
    assert by_pattern.groupby("outcome")["records"].max()["matches"] == 1


@pytest.mark.parametrize(
    ("split", "message"),
    [
        ("colour", "A split by outcome is target, pattern:EXPRESSION or column:NAME; got 'colour'"),
        ("column:no", "No record has a column 'no'; the columns are kind, number."),
        ("pattern:(", "Expected a regular expression; got '('"),
    ],
)
def test_a_wrong_split_is_an_error(analysis: seqsal.Analysis, split: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        analysis.labels(split=split)
    assert message in str(caught.value)


def test_a_split_by_target_needs_targets(analyze: Analyze) -> None:
    with pytest.raises(ValueError, match="No record has a target to compare the answer with."):
        analyze().labels(split="target")


def test_two_methods_are_compared_record_by_record(analysis: seqsal.Analysis) -> None:
    one, other = (analysis.where(method=name) for name in ("grad_l2", "linearized"))
    table = one.difference(other)
    assert table.attrs["paired"] == 12
    shares = [side.labels().set_index("label")["share"] for side in (one, other)]
    for _, row in table.iterrows():
        expected = shares[0][row["label"]] - shares[1][row["label"]]
        assert row["difference"] == pytest.approx(expected)
    assert table["difference"].abs().is_monotonic_decreasing
    most = one.most_different(other, count=3)
    assert len(most) == 3
    assert most["distance"].is_monotonic_decreasing
    assert most["prompt"].tolist() == most["prompt_other"].tolist()
    by_label = one.most_different(other, label="Dish", count=12)
    assert by_label["distance"].mean() == pytest.approx(shares[0]["Dish"] - shares[1]["Dish"])


def test_templates_filled_with_the_same_data_are_paired_and_other_data_is_not(
    analyze: Analyze, analysis: seqsal.Analysis
) -> None:
    other_template = [{**r, "prompt": f"{r['prompt']} Yes?"} for r in records(11)]
    one, two = analyze(), analyze({"other": other_template}, out="two")
    assert one.difference(two).attrs["paired"] == 11
    third = analyze(
        {"data": [{"prompt": f"Dish: {i}", "number": 11 - i} for i in range(11)]}, out="3"
    )
    assert one.difference(third).attrs["paired"] == 0
    with pytest.raises(ValueError, match="have different records, so that none can be compared"):
        one.most_different(third)
    assert one.difference(third, pair="number").attrs["paired"] == 10


def test_a_comparison_needs_one_method_on_each_side(analysis: seqsal.Analysis) -> None:
    with pytest.raises(
        ValueError, match=r"one method, and this one has grad_l2, linearized. Choose one: analysis"
    ):
        analysis.difference(analysis)


def test_labels_without_an_effect_are_candidates_to_delete(analysis: seqsal.Analysis) -> None:
    unused = analysis.unused_labels()
    labels = analysis.where(method="grad_l2").labels().set_index("label")
    around = labels[(labels["effect_low"] <= 0) & (labels["effect_high"] >= 0)].index.tolist()
    assert sorted(unused["label"]) == sorted(around)
    assert unused["records"].tolist() == [12] * len(unused)


def test_candidates_need_measured_removals(analyze: Analyze) -> None:
    with pytest.raises(ValueError, match="This run has measured no removals. Run seqsal analyze"):
        analyze().unused_labels()


def test_deleted_labels_are_answered_as_if_their_lines_had_never_been_there(
    analysis: seqsal.Analysis, lm: HFCausalLM
) -> None:
    table = analysis.verify(["Dish"], model=lm, progress=False)
    assert table["record"].tolist() == list(range(12))
    for (_, row), record in zip(table.iterrows(), records(12), strict=True):
        encoding = lm.encode(record["prompt"])
        lines = seqsal.explain(lm, record["prompt"], " x", methods=["grad_l2"]).segments("lines")
        (span,) = (each.tokens for each in lines if each.text.startswith("Dish"))
        from seqsal.models.causal_lm import GenerationOptions

        options = GenerationOptions(max_new_tokens=7)
        ((expected,),) = lm.generate([encoding.without([span])], options)
        ((before,),) = lm.generate([encoding], options)
        assert (row["before"], row["after"]) == (before.text, expected.text)
        assert row["changed"] == (before.text.strip() != expected.text.strip())
        assert row["selection_changed"] == row["changed"]
    with pytest.raises(ValueError, match="None of the labels no, nor is in a prompt"):
        analysis.verify(["no", "nor"], model=lm, progress=False)
    with pytest.raises(ValueError, match="The run had the model 'tiny' in memory. Give it as"):
        analysis.verify(["Dish"])


def test_an_analysis_is_opened_again_from_its_folder(analysis: seqsal.Analysis) -> None:
    again = seqsal.Analysis(str(analysis.folder))
    np.testing.assert_array_equal(again.labels()["share"], analysis.labels()["share"])
    with pytest.raises(
        ValueError, match="A table is one of records, segments, tokens, errors; got 'x'."
    ):
        again.table("x")


def test_the_command_prints_tables_and_goes_on(
    checkpoint: pathlib.Path, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from seqsal.analysis import command

    data = tmp_path / "data.txt"
    data.write_text("Dish: a Good?\nDish: b Good?\nDish: c, or d. Good?\n", encoding="utf-8")
    arguments: list[Any] = [
        *(f"--models={checkpoint}", f"--datasets=mine:{data}", f"--out={tmp_path / 'out'}"),
        *(
            "--max_new_tokens=5",
            r"--stop=\n\n",
            "--methods=grad_l2",
            "--removals=labels",
            "--verify",
        ),
        *(r"--labels=pattern:(?P<dish>Dish: \w+)|(?P<end>Good)", "--granularity=labels"),
    ]
    assert command.main(arguments) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("3 records in ")
    assert "mine, grad_l2" in printed
    assert "in top 3" in printed
    assert command.main(arguments) == 0
    assert capsys.readouterr().out == printed
    wrong = command.main([*arguments, "--granularity=words"])
    assert str(wrong).startswith(f"seqsal: {tmp_path / 'out'} holds another run")
    without = [each for each in arguments if not each.startswith("--removals")]
    assert command.main(without) == (
        "seqsal: --verify needs measured effects. Add --removals=labels."
    )
