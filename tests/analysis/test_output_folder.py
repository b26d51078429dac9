"""Runs that go on where they were stopped, and their folders."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import seqsal
from seqsal.analysis.output_folder import OutputFolder
from seqsal.analysis.tables import TABLES
from tests.analysis.conftest import Analyze, records, rows_of


def test_a_stopped_run_goes_on_and_has_each_record_once(
    analyze: Analyze, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = analyze({"data": records(20)}, out="whole", batch_size=2)
    write, parts = OutputFolder.write, list[int]()

    def stopping(folder: OutputFolder, part: int, rows: Any) -> None:
        write(folder, part, rows)
        parts.append(part)
        if len(parts) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(OutputFolder, "write", stopping)
    with pytest.raises(KeyboardInterrupt):
        analyze({"data": records(20)}, out="stopped", batch_size=2)
    analysis = analyze({"data": records(20)}, out="stopped", batch_size=2)
    assert parts == [0, 1, 2]
    for name in TABLES:
        assert rows_of(analysis, name) == rows_of(whole, name)


def test_a_run_is_continued_after_kill_9(checkpoint: pathlib.Path, tmp_path: pathlib.Path) -> None:
    data = tmp_path / "data.jsonl"
    data.write_text("".join(f"{json.dumps(r)}\n" for r in records(60)), encoding="utf-8")
    command = [
        *(sys.executable, "-m", "seqsal", "analyze", f"--models={checkpoint}"),
        *(f"--datasets=data:{data}", "--methods=grad_l2,linearized", "--max_new_tokens=5"),
        "--batch_size=1",
    ]
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    process = subprocess.Popen([*command, f"--out={killed}"], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not list((killed / "records").glob("part-*.parquet"))[2:]:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    before = len(list((killed / "records").glob("part-*.parquet")))
    assert before < 15
    settings: dict[str, Any] = {
        "methods": ("grad_l2", "linearized"),
        "max_new_tokens": 5,
        "batch_size": 1,
        "progress": False,
    }
    analysis = seqsal.analyze(str(checkpoint), f"data:{data}", killed, **settings)
    expected = seqsal.analyze(str(checkpoint), f"data:{data}", whole, **settings)
    assert analysis.table("records")["record"].tolist() == list(range(60))
    for name in TABLES:
        assert rows_of(analysis, name) == rows_of(expected, name)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"granularity": "words"}, "its settings is"),
        ({"datasets": {"data": records(5)}}, "its datasets is"),
        ({"limit": 4}, "its limit is null, and that of this run is 4."),
    ],
)
def test_the_folder_of_another_run_is_an_error(
    analyze: Analyze, change: dict[str, Any], message: str
) -> None:
    analyze()
    with pytest.raises(ValueError) as caught:
        analyze(**change)
    assert message in str(caught.value)
    assert "Choose another folder, or the settings of that run to continue it." in str(caught.value)


def test_a_folder_with_another_schema_or_other_files_is_an_error(
    analyze: Analyze, tmp_path: pathlib.Path
) -> None:
    path = analyze().folder / "run.json"
    manifest = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**manifest, "schema": 0, "version": "0.0.9"}), "utf-8")
    with pytest.raises(ValueError, match=r"have schema 0, written by seqsal 0\.0\.9; this is"):
        analyze()
    with pytest.raises(ValueError, match=r"Run seqsal analyze again with another --out\."):
        seqsal.Analysis(path.parent)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").touch()
    with pytest.raises(ValueError, match="must be empty or one of seqsal analyze; .* 'notes.txt'"):
        analyze(out="mine")
    with pytest.raises(ValueError, match=r"holds no run: there is no run\.json\. Give the folder"):
        seqsal.Analysis(tmp_path / "mine")


def test_two_runs_do_not_write_to_one_folder(analyze: Analyze, tmp_path: pathlib.Path) -> None:
    with (
        OutputFolder(tmp_path / "out").opened({}),
        pytest.raises(ValueError, match="Another run writes to .*out. Wait until it has ended"),
    ):
        analyze()


def test_a_full_disk_is_an_error_and_what_is_written_stays(
    analyze: Analyze, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, count = pq.write_table, 0

    def failing(table: pa.Table, path: pathlib.Path, **options: Any) -> None:
        nonlocal count
        count += 1
        if count == 5:
            path.write_bytes(b"half")
            raise OSError(28, "No space left on device")
        write(table, path, **options)

    monkeypatch.setattr(pq, "write_table", failing)
    with pytest.raises(
        ValueError,
        match="cannot be written: No space left on device. .* MB are free. The records before",
    ):
        analyze({"data": records(20)}, batch_size=2)
    monkeypatch.setattr(pq, "write_table", write)
    analysis = analyze({"data": records(20)}, batch_size=2)
    assert analysis.table("records")["record"].tolist() == list(range(20))
    assert not list(analysis.folder.rglob("*.writing"))
    assert analysis.table("segments").groupby("record").ngroups == 20
