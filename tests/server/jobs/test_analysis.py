"""Analyses as jobs: their aggregates, what is kept of them, and errors."""

import math
import pathlib
from typing import Any

import pytest

import seqsal
from seqsal.analysis import expressions
from seqsal.analysis.settings import Settings
from seqsal.lit.model_group import make_group
from seqsal.models.progress.tasks import Task
from seqsal.models.transformers import HFCausalLM
from seqsal.options import Options
from seqsal.server import application
from seqsal.server.jobs import analysis as analysis_jobs
from seqsal.server.jobs.analysis import AnalysisJob
from tests.analysis.conftest import records
from tests.server.jobs.conftest import analysis, predictions
from tests.server.running import Pace, Running


@pytest.mark.parametrize(
    "settings",
    [
        {"methods": ["grad_l2"]},
        {"methods": ["linearized", "grad_l2"], "select": "Avoid|tart.*"},
        {"methods": ["grad_dot_input"], "granularity": "labels", "removals": "labels"},
        {"select": "last_sentence", "labels": r"pattern:(?P<taste>likes: .*)|(?P<dish>Dish: .*)"},
        {"labels": "template", "granularity": "words"},
    ],
    ids=["lines", "selected", "removals", "pattern", "template"],
)
def test_its_labels_are_those_of_analyze_on_the_same_records(
    site: Running,
    ids: list[str],
    data: pathlib.Path,
    tmp_path: pathlib.Path,
    settings: dict[str, Any],
) -> None:
    text = "Taste-likes: {likes}\nDish: {dish}\nGood?"
    (tmp_path / "template.txt").write_text(text)
    kind, _, expression = settings.get("labels", "lines").partition(":")
    rule = {"kind": kind, "pattern": expression} if expression else {"kind": kind}
    rule = {"kind": kind, "template": text} if kind == "template" else rule
    with analysis(site, ids, **{**settings, "labels": rule}) as stream:
        *_, last = parts = predictions(stream.until("done"))
    if kind == "template":
        settings["labels"] = f"template:{tmp_path / 'template.txt'}"
    expected = seqsal.analyze(
        {"tiny": site.lm}, {"tastes": data}, tmp_path / "out", progress=False, **settings
    )
    rows = expected.labels().to_dict("records")
    assert len(last["labels"]) == len(rows) > 1
    for found, row in zip(last["labels"], rows, strict=True):
        assert found.keys() == row.keys() - {"model", "dataset"}
        for name, value in found.items():
            known = row[name]
            if isinstance(known, float):
                known = None if math.isnan(known) else pytest.approx(known, rel=1e-6)
            assert value == known, name
    # Every record is there once, and the members are those of the analysis.
    assert [part["done"] for part in parts] == [4, 8, 11]
    assert [error["record"] for part in parts for error in part["errors"]] == [
        *expected.table("errors")["record"]
    ]
    assert last["failed"] == len(expected.table("errors")) >= 1
    counted = expected.table("records")[["segments", "unlabelled", "ambiguous"]].sum()
    assert [last["segments"], last["unlabelled"], last["ambiguous"]] == counted.tolist()
    members = {
        (each["method"], each["label"], each["region"], record[0]): record[1:]
        for part in parts
        for each in part["members"]
        for record in each["records"]
    }
    by_record = expected.by_record().to_dict("records")
    assert len(members) == len(by_record)
    for row in by_record:
        share, rank = members[row["method"], row["label"], row["region"], row["record"]]
        assert share == pytest.approx(row["share"], rel=1e-6)
        assert rank == (None if math.isnan(row["rank"]) else row["rank"])


def test_examples_that_fail_are_counted_with_their_reasons(site: Running, ids: list[str]) -> None:
    with analysis(site, ids[3:7], select="Avoid|tart") as stream:
        (part,) = predictions(stream.until("done"))
    assert (part["done"], part["of"], part["failed"]) == (4, 4, 1)
    (error,) = part["errors"]
    assert (error["record"], error["stage"]) == (2, "encode")
    assert "The prompt has" in error["message"]
    assert {row["records"] for row in part["labels"]} == {3}


def test_examples_of_the_page_are_analyzed_like_those_of_the_dataset(
    site: Running, ids: list[str]
) -> None:
    data = {**records(1, target=True)[0], "_id": "new", "_meta": {}}
    example = {"id": "new", "data": data, "meta": {"added": True}}
    with analysis(site, [example, ids[0]], methods=["grad_l2"]) as stream:
        (part,) = predictions(stream.until("done"))
    for each in part["members"]:
        (added, known) = each["records"]
        assert added[1:] == known[1:]  # The first record, twice.


def test_without_a_store_another_run_finds_the_scores_in_memory(
    site: Running, ids: list[str]
) -> None:
    chosen, found = [ids[0], ids[1], ids[3]], []
    for _ in range(2):
        before = site.pace.backwards
        with analysis(site, chosen, client="a", select=r"A savoury", methods=["grad_l2"]) as run:
            labels = predictions(run.until("done"))[-1]["labels"]
        found.append((labels, site.pace.backwards - before))
    (first, passes), (second, none) = found
    assert passes > 0 and none == 0
    assert second == first


@pytest.mark.parametrize(
    ("changes", "setting", "reason"),
    [
        ({"inputs": []}, None, "There is no example to analyze. Select some, or choose all."),
        ({"inputs": ["nothing"]}, None, "The dataset 'tastes' has no example 'nothing'."),
        ({"inputs": [{"id": "a"}]}, None, "Each of the inputs must be a JSON object"),
        ({"dataset": "menus"}, None, "No dataset 'menus' here"),
        ({"model": "large"}, None, "No model 'large' here"),
        ({"methods": ["magic"]}, None, "magic"),
        ({"select": "("}, "select", "select must be answer"),
        ({"labels": {"kind": "roles"}}, "labels", "The labels fit no record of 'tastes'. Line 1:"),
        (
            {"labels": {"kind": "template", "template": "Hi {name}"}},
            "labels",
            "The labels fit no record of 'tastes'. Line 1: The template does not fit",
        ),
        (
            {"labels": {"kind": "pattern", "pattern": "(?P<a>Guest)"}},
            "labels",
            "The labels match nothing in any of",
        ),
    ],
)
def test_what_cannot_be_analyzed_is_refused_before_the_work_starts(
    site: Running, ids: list[str], changes: dict[str, Any], setting: str | None, reason: str
) -> None:
    before = site.pace.steps, site.pace.backwards
    with analysis(site, **{"inputs": ids, **changes}) as stream:
        events = list(stream)
    assert [event.name for event in events] == ["error"]
    assert reason in events[0].data["reason"]
    assert events[0].data.get("setting") == setting
    assert (site.pace.steps, site.pace.backwards) == before


@pytest.mark.parametrize(
    ("setting", "changes"),
    [
        ("labels", {"labels": {"kind": "pattern", "pattern": "^(?P<a>(a|b|ab)*[cd])$"}}),
        ("select", {"select": "^(a|b|ab)*[cd]$"}),
    ],
)
def test_an_expression_that_does_not_end_stops_the_analysis(
    site: Running, setting: str, changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expressions, "_MAX_SECONDS", 0.05)
    data = {"prompt": "ab" * 40, "target": "ab" * 40}
    example = {"id": "x", "data": data, "meta": {"added": True}}
    with analysis(site, [example] * 9, **changes) as stream:
        *_, last = list(stream)
    assert last.name == "error"
    assert last.data["setting"] == setting
    assert "takes longer than 0.05 seconds" in last.data["reason"]


def test_another_run_over_the_same_examples_runs_no_model(
    checkpoint: pathlib.Path, data: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    options = Options(
        models=(f"tiny:{checkpoint}",), datasets=(f"tastes:{data}",), data_dir=str(tmp_path)
    )
    found = []
    for _ in range(2):  # The second process finds the results of the first.
        app = application.make_app(options)
        lit = app.state.lit
        lm = lit._models["tiny"].wrapped._encoder.lm
        pace = Pace(lm)
        ids = [each["id"] for each in lit._datasets["tastes"].indexed_examples]
        job = AnalysisJob(kind="analysis", model="tiny", dataset="tastes", inputs=ids)
        *_, last = analysis_jobs.run(job, Task(), lit.analysis, app.state.active_tasks)
        found.append((last["labels"], pace.steps, pace.backwards))
    (first, steps, backwards), (second, *none) = found
    assert second == first
    assert steps > 0 and backwards > 0
    assert none == [0, 0]


def test_a_model_without_attribution_is_named(lm: HFCausalLM) -> None:
    group = make_group("tiny", lm)
    app = application.make_app(Options(data_dir="off"), models={"plain": group["tiny"]})
    with pytest.raises(ValueError, match="'plain' has none. Load the model with seqsal"):
        app.state.lit.analysis("plain", "sample_prompts", ["a"], Settings())
