"""The file of a report: its text is safe, and the commands write it."""

import json
import pathlib
import re

import pytest

import seqsal
from seqsal.analysis import command
from seqsal.models.transformers import HFCausalLM
from tests.analysis.report.conftest import content

HOSTILE = "</script><script>alert(1)</script><!-- \u2028 & <b>'\""


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


def test_the_command_leaves_out_the_tokens(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "report.html"
    flags = ["--models=embedded:tiny", "--datasets=sample_prompts", f"--out={tmp_path / 'out'}"]
    limits = ["--limit=1", "--max_new_tokens=4", "--methods=grad_l2"]
    assert command.main([*flags, *limits, "--no-tokens", f"--report={file}"]) == 0
    (shown,) = content(file.read_text("utf-8"))["sets"]
    assert (shown["tokens"], shown["numbers"]) == (False, [0])
    assert seqsal.Analysis(tmp_path / "out").table("tokens").empty
    assert "its settings" in str(command.main([*flags, *limits]))
