"""Runs over records: the rows that they write."""

import json
import pathlib
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import seqsal
from seqsal.analysis.batch import BatchAnalyzer
from seqsal.analysis.records import InputRecord
from seqsal.analysis.settings import Settings
from seqsal.analysis.tables import SCHEMA_VERSION, TABLES, VERSION_KEY
from seqsal.models.transformers import HFCausalLM
from tests import tiny
from tests.analysis.conftest import Analyze, records, rows_of
from tests.objectives import terms


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
        assert rows_of(alone, name) == rows_of(together, name)


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
    shared, share = list[bool](), lm._sharing.prefix_of

    def sharing(ids: Any) -> Any:
        found = share(ids)
        shared.append(found is not None)
        return found

    monkeypatch.setattr(lm._sharing, "prefix_of", sharing)
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
