"""Runs over records: rows, errors, and runs that go on where they were stopped."""

import json
import os
import pathlib
import pickle
import signal
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import seqsal
from seqsal.analysis.batch import BatchAnalyzer
from seqsal.analysis.output_folder import OutputFolder
from seqsal.analysis.records import InputRecord
from seqsal.analysis.settings import Settings
from seqsal.analysis.tables import SCHEMA_VERSION, TABLES, VERSION_KEY
from seqsal.models.causal_lm import GenerationOptions
from seqsal.models.transformers import HFCausalLM
from tests import tiny
from tests.analysis.conftest import Analyze, records
from tests.objectives import terms


def _rows(analysis: seqsal.Analysis, name: str) -> list[dict[str, Any]]:
    table = analysis.table(name)
    return json.loads(table.to_json(orient="records", double_precision=15))  # type: ignore[no-any-return]


@pytest.mark.parametrize("granularity", ["sentences", "words"])
def test_rows_are_those_of_explain_for_each_record_alone(
    analyze: Analyze, lm: HFCausalLM, granularity: str
) -> None:
    methods = ["linearized", "grad_l2", "ablation"]
    analysis = analyze(methods=methods, granularity=granularity, removals="segments")
    found, rows = analysis.table("records"), analysis.table("segments")
    assert found["record"].tolist() == list(range(11))
    assert analysis.table("errors").empty
    for record, (_, row) in zip(records(), found.iterrows(), strict=True):
        result = seqsal.explain(
            lm, record["prompt"], methods=methods, granularity=granularity, max_new_tokens=7
        )
        assert row["answer"] == result.target
        assert row["selected"] == result.target
        logprobs = [value for value in result.logprobs if value is not None]
        assert row["logprob"] == pytest.approx(sum(logprobs), rel=1e-5)
        assert row["tokens"] == len(result.tokens)
        of_record = rows[rows["record"] == row["record"]]
        for method in methods:
            segments = [
                each
                for each in result.segments(granularity, method=method)
                if not np.isnan(each.score) and each.text.strip()
            ]
            mine = of_record[of_record["method"] == method]
            assert mine["text"].tolist() == [each.text for each in segments]
            assert mine[["start", "end"]].to_numpy().tolist() == [[*s.chars] for s in segments]
            scores = np.array([each.score for each in segments])
            np.testing.assert_array_equal(mine["score"], scores)
            sizes = np.abs(scores)
            np.testing.assert_allclose(mine["share"], sizes / sizes.sum(), rtol=1e-9)
            assert mine.sort_values("rank")["score"].abs().is_monotonic_decreasing
        table = result.faithfulness(granularity, method="ablation")
        mine = of_record[of_record["method"] == "ablation"]
        np.testing.assert_allclose(mine["effect"], table["effect"], rtol=1e-4, atol=1e-4)


def test_a_record_has_the_same_rows_in_any_batch(analyze: Analyze) -> None:
    alone, together = analyze(out="one", batch_size=1), analyze(out="many", batch_size=11)
    for name in TABLES:
        assert _rows(alone, name) == _rows(together, name)


def test_a_target_of_the_data_is_explained_and_a_pattern_selects(analyze: Analyze) -> None:
    data = {"data": records(target=True)}
    analysis = analyze(data, select="Recommendation: (.*)", labels="lines")
    found, rows = analysis.table("records"), analysis.table("segments")
    assert not found["generated"].any()
    assert set(found["selected"]) == {"Avoid."}
    starts = found["selected_start"] - found["prompt"].str.len()
    assert all(a[s:].startswith("Avoid.") for a, s in zip(found["answer"], starts, strict=True))
    assert json.loads(found["columns"][3]) == {"number": 3, "kind": "odd"}
    labels = rows[rows["record"] == 0]["label"].fillna("none").tolist()
    assert labels[:4] == ["Taste-likes", "Dish", "none", "answer"]
    assert analyze(data, out="own", answers="generate").table("records")["generated"].all()


def test_segments_of_a_template_are_cut_at_its_parts(
    analyze: Analyze, tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "template.txt"
    path.write_text("Taste-likes: {taste}\nDish: {dish}\nGood?\n", encoding="utf-8")
    labels = ["Taste-likes:", "{taste}", "Dish:", "{dish}", "Good?"]
    for granularity in ("labels", "lines"):
        analysis = analyze(out=granularity, labels=f"template:{path}", granularity=granularity)
        rows = analysis.table("segments")
        for _, segments in rows.groupby("record"):
            assert segments["label"].tolist() == labels
        kinds = rows.set_index("label")["kind"]
        assert set(kinds["{dish}"]) == {"variable"}
        assert set(kinds["Good?"]) == {"fixed"}
        assert analysis.table("records")["unlabelled"].sum() == 0


def test_a_label_is_removed_as_a_whole(analyze: Analyze, lm: HFCausalLM) -> None:
    pattern = r"pattern:(?P<line>^Taste.*|^Good.*)"
    analysis = analyze(labels=pattern, granularity="words", removals="segments")
    rows = analysis.table("segments")
    first = rows[(rows["record"] == 0) & (rows["label"] == "line")]
    assert len(first) > 2
    assert first["label_effect"].nunique() == 1
    result = seqsal.explain(lm, records()[0]["prompt"], max_new_tokens=7)
    encoding = lm.encode(records()[0]["prompt"])
    spans = [
        each.tokens for each in result.segments("words") if each.chars[0] in set(first["start"])
    ]
    kept = encoding.without(spans)
    start = len(encoding)
    ids = (*kept.ids, *result.token_ids[start:])
    positions = range(len(kept), len(ids))
    alone = float(lm.trace(ids).logprobs(terms(ids, positions)).sum())
    whole = sum(value for value in result.logprobs if value is not None)
    assert first["label_effect"].iloc[0] == pytest.approx(whole - alone, abs=1e-4)


def test_samples_are_the_same_with_the_same_seed(analyze: Analyze) -> None:
    answers = [
        analyze(out=str(i), temperature=1.0, seed=seed).table("records")["answer"].tolist()
        for i, seed in enumerate((3, 3, 4))
    ]
    assert answers[0] == answers[1] != answers[2]


def test_each_failing_record_is_an_error_with_its_line(
    analyze: Analyze, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, lm: HFCausalLM
) -> None:
    lines = [json.dumps(record) for record in records(9)]
    lines[1] = "{malformed"
    lines[3] = json.dumps({"prompt": "a b " * 200})
    lines[4] = ""
    lines[5] = json.dumps({"prompt": "Dish: raises"})
    lines[6] = '{"prompt": 3}'
    path = tmp_path / "data.jsonl"
    path.write_bytes("\n".join(lines).encode() + b'\n{"prompt": "\xff"}\n')
    generate = lm.generate

    def failing(prompts: Any, options: GenerationOptions) -> Any:
        if any("raises" in prompt.text for prompt in prompts):
            raise RuntimeError("out of luck")
        return generate(prompts, options)

    monkeypatch.setattr(lm, "generate", failing)
    analysis = analyze(path)
    errors = analysis.table("errors").set_index("line")
    assert errors["stage"].to_dict() == {
        2: "read",
        4: "encode",
        6: "generate",
        7: "read",
        10: "read",
    }
    assert errors["message"][2].startswith("not JSON: Expecting property name")
    assert "tokens, and 96 fit" in errors["message"][4]
    assert errors["type"][6] == "RuntimeError"
    assert errors["message"][6] == "out of luck"
    assert errors["message"][7] == "the field 'prompt' must be text, got a number."
    assert errors["message"][10] == "not UTF-8 text: byte 12 is 0xff."
    assert analysis.table("records")["line"].tolist() == [1, 3, 8, 9]


def test_every_record_is_a_row_or_an_error_of_a_prompt_in_message_form(
    analyze: Analyze, lm: HFCausalLM
) -> None:
    data = [{"messages": [{"role": "user", "content": "Hi"}]}, {"prompt": "Dish: a\nGood?"}]
    analysis = analyze({"data": data})
    assert analysis.table("errors")["line"].tolist() == [1]
    assert "chat template" in analysis.table("errors")["message"][0]


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
        assert _rows(analysis, name) == _rows(whole, name)


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
        assert _rows(analysis, name) == _rows(expected, name)


def test_files_have_the_schema_and_its_version(analyze: Analyze) -> None:
    folder = analyze().folder
    for name, schema in TABLES.items():
        for path in (folder / name).glob("*.parquet"):
            found = pq.read_schema(path)
            assert found.equals(schema)
            assert found.metadata[VERSION_KEY] == str(SCHEMA_VERSION).encode()
    manifest = json.loads((folder / "run.json").read_text("utf-8"))
    assert manifest["version"] == seqsal.__version__
    assert manifest["settings"]["options"] == {"max_new_tokens": 7}


def test_the_documented_columns_are_those_of_the_tables() -> None:
    text = pathlib.Path(__file__).parents[2].joinpath("docs/analysis.md").read_text("utf-8")
    for name, schema in TABLES.items():
        section = text.partition(f"### `{name}`")[2].partition("\n#")[0]
        documented = [
            column.strip("` ")
            for line in section.splitlines()
            if line.startswith("| `")
            for column in line.split("|")[1].split(",")
        ]
        assert documented == schema.names


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


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"labels": "pattern:(?P<no>nowhere)"}, "The labels match nothing in any of 11 records"),
        ({"labels": "pattern:(?P<a>Dish(?P<b>:))"}, "Labels must not overlap; 'a' and 'b'"),
        ({"labels": "roles"}, "The labels fit no record of 'data'. Line 1: Labels by role need"),
        ({"methods": ["no"]}, "methods must be among"),
        ({"removals": "all"}, "removals must be one of none, labels, segments; got 'all'."),
        ({"answers": "own"}, "answers must be one of auto, generate; got 'own'."),
        ({"batch_size": 0}, "batch_size must be at least 1; got 0."),
        ({"limit": 0}, "limit must be a number of records of at least 1; got 0."),
        ({"granularity": "("}, "as a granularity; got '('"),
        ({"num_samples": 2, "temperature": 1.0}, "An analysis explains one answer"),
        ({"datasets": {"data": []}}, "The data set 'data' has no record that can be read"),
        ({"datasets": {}}, "datasets must be at least one"),
        ({"datasets": "no/such.jsonl"}, "A dataset must be name:path"),
    ],
)
def test_what_cannot_work_is_an_error_before_work_starts(
    analyze: Analyze,
    monkeypatch: pytest.MonkeyPatch,
    lm: HFCausalLM,
    settings: dict[str, Any],
    message: str,
) -> None:
    def never(*_: Any) -> None:
        raise AssertionError("the model must not run")

    monkeypatch.setattr(lm, "generate", never)
    with pytest.raises(ValueError) as caught:
        analyze(**settings)
    assert message in str(caught.value)


def test_an_unknown_option_is_an_error(analyze: Analyze) -> None:
    with pytest.raises(TypeError, match="max_tokens"):
        analyze(max_tokens=3)


def test_a_template_that_fits_no_record_is_an_error_and_one_that_fits_some_is_not(
    analyze: Analyze, tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "template.txt"
    path.write_text("Taste: {taste}", encoding="utf-8")
    with pytest.raises(ValueError, match=r"fit no record of 'data'. Line 1: The template does not"):
        analyze(labels=f"template:{path}")
    path.write_text("Taste-likes: Cheese{rest}", encoding="utf-8")
    analysis = analyze(labels=f"template:{path}")
    assert analysis.table("records")["record"].tolist() == [0, 5, 10]
    errors = analysis.table("errors")
    assert errors["line"].tolist() == [2, 3, 4, 5, 7, 8, 9, 10]
    assert set(errors["stage"]) == {"labels"}


def test_a_selection_that_is_in_no_answer_is_an_error(analyze: Analyze) -> None:
    with pytest.raises(
        ValueError, match=r"All 11 records failed. The first, line 1 of 'data': The"
    ):
        analyze(select="no such text")
    with pytest.raises(ValueError, match=r"The selection is in no answer of 'data'. Line 1: The"):
        analyze({"data": records(target=True)}, select="no such text", out="targets")


def test_the_work_on_a_batch_can_be_pickled(checkpoint: pathlib.Path) -> None:
    settings = Settings(methods=("grad_l2",), options={"max_new_tokens": 5})
    analyzer = BatchAnalyzer("tiny", str(checkpoint), settings)
    batch = [InputRecord("data", i, i + 1, prompt=r["prompt"]) for i, r in enumerate(records(3))]
    assert pickle.loads(pickle.dumps(analyzer))(batch) == analyzer(batch)


def test_models_and_datasets_are_told_apart(analyze: Analyze, lm: HFCausalLM) -> None:
    data = {"a": records(4), "b": records(5)}
    analysis = analyze(data, methods=["grad_l2", "linearized"])
    assert analysis.table("records").groupby("dataset").size().to_dict() == {"a": 4, "b": 5}
    part = analysis.where(dataset="a", method="linearized")
    assert set(part.table("segments")["dataset"]) == {"a"}
    assert set(part.table("segments")["method"]) == {"linearized"}
    assert isinstance(part.labels(), pd.DataFrame)
    with pytest.raises(ValueError, match="dataset must be one of a, b; got 'c'."):
        analysis.where(dataset="c")


def test_messages_and_documents_are_labelled_by_role(analyze: Analyze) -> None:
    tokenizer = tiny.byte_level_tokenizer()
    tokenizer.chat_template = tiny.CHAT_TEMPLATE
    lm = HFCausalLM(tiny.model("llama"), tokenizer)
    data = [
        {
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": f"Dish: {number}"},
            ],
            "documents": ["Eggs.", "Cheese."],
        }
        for number in range(4)
    ]
    for granularity in ("labels", "words"):
        analysis = analyze(
            {"data": data},
            granularity,
            models={"tiny": lm},
            labels="roles",
            granularity=granularity,
        )
        rows = analysis.table("segments")
        in_prompt = rows[rows["region"] == "prompt"]
        labels = in_prompt.groupby("record")["label"].unique().map(list).tolist()
        assert labels == [["system", "document 1", "document 2", "user"]] * 4
        numbered = in_prompt["label"].str.startswith("document")
        assert (in_prompt["label"].where(~numbered, "document") == in_prompt["role"]).all()


def test_scores_after_a_shared_beginning_are_those_of_explain(
    analyze: Analyze, lm: HFCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, share = list[bool](), lm._shared_by

    def sharing(ids: Any) -> Any:
        found = share(ids)
        shared.append(found is not None)
        return found

    monkeypatch.setattr(lm, "_shared_by", sharing)
    beginning = "The quick brown fox jumps over the lazy dog. Recommendation: Avoid.\n"
    data = [{"prompt": beginning + record["prompt"]} for record in records(5)]
    methods = ["linearized", "grad_l2"]
    analysis = analyze({"data": data}, methods=methods, removals="labels", granularity="words")
    assert shared and all(shared)
    rows = analysis.table("segments")
    for number, record in enumerate(data):
        result = seqsal.explain(
            lm, record["prompt"], methods=methods, granularity="words", max_new_tokens=7
        )
        for method in methods:
            expected = np.array(
                [
                    each.score
                    for each in result.segments("words", method=method)
                    if not np.isnan(each.score) and each.text.strip()
                ]
            )
            mine = rows[(rows["record"] == number) & (rows["method"] == method)]["score"]
            np.testing.assert_allclose(mine, expected, atol=1e-4 * np.abs(expected).max())
