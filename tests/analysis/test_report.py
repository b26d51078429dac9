"""The report of a run: what is in its page, and that it can be written."""

import base64
import json
import pathlib
import re
import zlib
from typing import Any

import numpy as np
import pytest

import seqsal
from seqsal.analysis import command
from seqsal.analysis.report.packed import planes
from seqsal.attribution.method import MethodInfo
from seqsal.attribution.methods import grad_l2
from seqsal.models.transformers import HFCausalLM
from tests import tiny
from tests.analysis.conftest import Analyze, records, rows_of

HOSTILE = "</script><script>alert(1)</script><!-- \u2028 & <b>'\""


@pytest.fixture(scope="module")
def analysis(lm: HFCausalLM, tmp_path_factory: pytest.TempPathFactory) -> seqsal.Analysis:
    """An analysis by two methods, with an error and measured removals."""
    data: list[Any] = records(23)
    data[4] = {"prompt": ""}
    out = tmp_path_factory.mktemp("report") / "out"
    return seqsal.analyze(
        {"tiny": lm},
        {"data": data},
        out,
        methods=["grad_l2", "linearized"],
        removals="segments",
        granularity="lines",
        max_new_tokens=7,
        progress=False,
    )


@pytest.fixture(scope="module")
def html(analysis: seqsal.Analysis) -> str:
    return analysis.to_html(split="column:kind")


def content(html: str) -> dict[str, Any]:
    """Returns the JSON of a report."""
    found = re.search(r'<script type="application/json" id="seqsal-result">([^<]*)</script>', html)
    assert found is not None
    return dict(json.loads(found[1]))


def opened(html: str, place: list[int]) -> dict[str, Any]:
    """Returns the fields of a record, as the page unpacks them."""
    chunk, number = place
    found = re.search(f'id="seqsal-chunk-{chunk}">([^<]*)</script>', html)
    assert found is not None
    raw = zlib.decompress(base64.b64decode(found[1]), wbits=-15)
    length = int.from_bytes(raw[:4], "little")
    results = json.loads(raw[4 : 4 + length])["results"]
    bits = np.frombuffer(raw[4 + length :], np.uint8).reshape(3, -1).astype(np.uint32)
    values = (bits[0] << 24 | bits[1] << 16 | bits[2] << 8).astype(np.uint32).view(np.float32)
    at = 0
    for result in results:
        for entry in result["salience"]:
            names = entry["scores"]
            entry["scores"] = {}
            for name in names:
                entry["scores"][name] = values[at : at + len(result["tokens"])]
                at += len(result["tokens"])
    assert at == len(values)
    return dict(results[number])


def test_a_record_has_the_tokens_scores_and_removals_of_explain(
    analysis: seqsal.Analysis, lm: HFCausalLM
) -> None:
    row = analysis.table("records").set_index("record").loc[7]
    result = analysis.where(method="linearized").result(7)
    expected = seqsal.explain(
        lm, row["prompt"], row["answer"], select=row["selected"], methods=["grad_l2", "linearized"]
    )
    for name in ("prompt", "target", "tokens", "special", "token_ids", "selection", "methods"):
        assert getattr(result, name) == getattr(expected, name), name
    assert result.source == "response"
    for method, scores in expected.scores.items():
        np.testing.assert_allclose(result.scores[method], scores, rtol=1e-4, atol=1e-6)
    known = [value for value in expected.logprobs if value is not None]
    assert [value for value in result.logprobs if value is not None] == pytest.approx(
        known, rel=1e-4
    )
    segments = analysis.table("segments", records=[7])
    effects = segments[segments["method"] == "grad_l2"]["effect"].tolist()
    (check,) = result.salience[0].checks
    assert check.effects == pytest.approx(effects)


def test_a_record_that_failed_cannot_be_opened(analysis: seqsal.Analysis) -> None:
    with pytest.raises(ValueError, match=r"No record 4 was analyzed\. The column `record`"):
        analysis.result(4)


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


def test_a_record_of_the_page_has_the_scores_to_16_bits(
    analysis: seqsal.Analysis, html: str
) -> None:
    (shown,) = content(html)["sets"]
    for record, place in zip(shown["numbers"], shown["places"], strict=True):
        fields = {**shown["shared"], **opened(html, place)}
        result = analysis.result(record)
        assert fields["format"] == "seqsal-salience"
        assert (fields["prompt"], fields["target"]) == (result.prompt, result.target)
        assert tuple(fields["tokens"]) == result.tokens
        (salience,) = fields["salience"]
        for method, scores in result.scores.items():
            np.testing.assert_allclose(salience["scores"][method], scores, rtol=2**-16)


def test_planes_round_to_the_nearest_float_of_24_bits() -> None:
    values = np.random.default_rng(0).normal(size=1000).astype(np.float32)
    high, middle, low = np.frombuffer(planes(values), np.uint8).reshape(3, -1).astype(np.uint32)
    found = (high << 24 | middle << 16 | low << 8).view(np.float32)
    assert np.abs(found / values - 1).max() <= 2**-16


def test_hostile_text_stays_text_and_the_page_refers_to_nothing_outside(
    lm: HFCausalLM, tmp_path: pathlib.Path
) -> None:
    data = [{"prompt": f"{HOSTILE}: {i}\nGood?"} for i in range(3)]
    path = tmp_path / "report.html"
    analysis = seqsal.analyze(
        {HOSTILE: lm}, {HOSTILE: data}, tmp_path / "out", max_new_tokens=5, progress=False
    )
    html = analysis.to_html(path)
    assert path.read_text("utf-8") == html
    report = content(html)
    assert HOSTILE in [row["label"] for row in report["groups"][0]["rows"]]
    script = re.search(r'<script id="seqsal-view">(.*?)</script>', html, re.DOTALL)
    assert script is not None
    rest = html.replace(script[0], "")
    assert rest.count("<script") == 2 + len(re.findall("seqsal-chunk-", rest))
    assert "alert(1)</script>" not in rest and "<!--" not in rest
    assert "\u2028" not in rest.partition("</title>")[2]
    assert re.findall(r"""(?:src|href)\s*=|url\(|https?://|@import""", rest) == []
    assert "default-src 'none'" in rest


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


def test_a_file_that_cannot_be_written_is_an_error_before_the_work(
    analysis: seqsal.Analysis, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = tmp_path / "no" / "report.html"
    with pytest.raises(ValueError, match=r"The report cannot be written to .*: No such file"):
        analysis.to_html(missing)
    with pytest.raises(ValueError, match=r"The report cannot be written to .*: Is a directory"):
        analysis.to_html(tmp_path)
    out = tmp_path / "out"
    flags = ["--models=embedded:tiny", "--datasets=sample_prompts", f"--out={out}"]
    found = command.main([*flags, f"--report={missing}"])
    assert "The report cannot be written to" in str(found)
    assert not out.exists()
    assert not any(tmp_path.iterdir())


def test_the_command_reports_what_is_wrong_with_a_folder(
    analysis: seqsal.Analysis, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "report.html"
    found = command.report_main([str(tmp_path), str(file)])
    assert "holds no run: there is no run.json" in str(found)
    started = tmp_path / "started"
    started.mkdir()
    (started / "run.json").write_text(json.dumps(analysis.manifest))
    assert "holds no record yet" in str(command.report_main([str(started), str(file)]))
    (started / "run.json").write_text(json.dumps({**analysis.manifest, "schema": 1}))
    assert "have schema 1" in str(command.report_main([str(started), str(file)]))
    assert not file.exists()
    assert command.report_main([str(analysis.folder), str(file), "--max_records=3"]) == 0
    assert content(file.read_text("utf-8"))["sets"][0]["numbers"] == [3, 12, 19]
    assert f"The report is {file}." in capsys.readouterr().out


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


def test_the_command_leaves_out_the_tokens(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "report.html"
    flags = ["--models=embedded:tiny", "--datasets=sample_prompts", f"--out={tmp_path / 'out'}"]
    limits = ["--limit=1", "--max_new_tokens=4", "--methods=grad_l2"]
    assert command.main([*flags, *limits, "--no-tokens", f"--report={file}"]) == 0
    (shown,) = content(file.read_text("utf-8"))["sets"]
    assert (shown["tokens"], shown["numbers"]) == (False, [0])
    assert seqsal.Analysis(tmp_path / "out").table("tokens").empty
    assert "its settings" in str(command.main([*flags, *limits]))
