"""Analyses as jobs: their aggregates, their place in the queue, cancellation, and errors."""

import contextlib
import json
import math
import pathlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

import seqsal
from seqsal.analysis import expressions
from seqsal.analysis.settings import Settings
from seqsal.lit.model_group import make_group
from seqsal.models.progress.tasks import Task
from seqsal.models.transformers import HFCausalLM
from seqsal.options import Options
from seqsal.server import application
from seqsal.server.jobs import analysis
from seqsal.server.jobs.analysis import AnalysisJob
from tests.analysis.conftest import records
from tests.server.running import Event, Pace, Running, Stream, running

COUNT = 11


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Records with targets, two without, and one that is too long for the model."""
    lines = records(COUNT, target=True)
    del lines[2]["target"], lines[7]["target"]
    lines[5]["prompt"] += " eggs" * 200
    path = tmp_path_factory.mktemp("data") / "tastes.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


@pytest.fixture(scope="module")
def started(checkpoint: pathlib.Path, data: pathlib.Path) -> Iterator[Running]:
    with running(checkpoint, datasets=(f"tastes:{data}",)) as server:
        yield server


@pytest.fixture
def site(started: Running) -> Running:
    """The server with a model at its own pace, and nothing left to do of the test before."""
    started.pace.writing = started.pace.reading = started.pace.backward = 0.0
    started.wait_until(lambda: started.active_tasks.count == 0)
    return started


@pytest.fixture(scope="module")
def ids(started: Running) -> list[str]:
    """The ids of the examples, as LIT's page knows them."""
    response = started.http.post(f"{started.address}/get_dataset?dataset_name=tastes")
    return [each["id"] for each in response.json()]


@contextlib.contextmanager
def _analysis(site: Running, inputs: list[Any], **changes: Any) -> Iterator[Stream]:
    body = {"kind": "analysis", "model": "tiny", "dataset": "tastes", "inputs": inputs, **changes}
    with site.post(body) as stream:
        yield stream


def _parts(events: list[Event]) -> list[dict[str, Any]]:
    return [event.data["prediction"] for event in events if event.name == "result"]


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
    with _analysis(site, ids, **{**settings, "labels": rule}) as stream:
        *_, last = parts = _parts(stream.until("done"))
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
    with _analysis(site, ids[3:7], select="Avoid|tart") as stream:
        (part,) = _parts(stream.until("done"))
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
    with _analysis(site, [example, ids[0]], methods=["grad_l2"]) as stream:
        (part,) = _parts(stream.until("done"))
    for each in part["members"]:
        (added, known) = each["records"]
        assert added[1:] == known[1:]  # The first record, twice.


def test_a_click_precedes_the_analysis_and_generation_gives_way(
    site: Running, ids: list[str]
) -> None:
    example = {"id": "x", "data": {"prompt": "Dish: a new one"}, "meta": {"added": True}}
    site.pace.writing = 0.05
    before = site.pace.steps
    with _analysis(site, [example, *ids], client="a", methods=["grad_l2"]) as stream:
        site.wait_until(lambda: site.pace.steps > before + 2)  # An answer is generated.
        with site.job("tokens", {"prompt": "One"}, client="a") as clicked:
            clicked.until("done")
        with site.job("logprobs", {"prompt": "Two", "target": " b"}, client="a") as clicked:
            events = clicked.until("done")
        assert site.active_tasks.count == 1, "The analysis has ended before the click."
        assert events[-1].seconds < 3
        site.pace.writing = 0.0
        assert len(_parts(stream.until("done"))) == 3


def test_a_click_waits_for_one_example_at_most(site: Running, ids: list[str]) -> None:
    with_targets = [each for i, each in enumerate(ids) if i not in (2, 5, 7)]
    record = {"prompt": "Click", "target": " avoid the eggs"}
    (tokens,) = site.predict("_tiny_tokenizer", record)
    mask = [[0] * (len(tokens["tokens"]) - 1) + [1]]
    site.pace.backward = 0.4
    before = site.pace.backwards
    # Another selection than in the tests before, whose scores are in memory.
    chosen = {"select": "Recommendation: (.*)", "methods": ["grad_l2"]}
    with _analysis(site, with_targets, client="a", **chosen) as stream:
        site.wait_until(lambda: site.pace.backwards > before)
        begun = site.pace.backwards
        job = {"target_masks": mask, "methods": ["grad_l2"]}
        with site.job("salience", record, client="a", **job) as clicked:
            clicked.until("done")
        # Its own pass, the one that ran, and one that began before the click was there.
        assert site.pace.backwards - begun <= 3
        site.pace.backward = 0.0
        assert _parts(stream.until("done"))[-1]["done"] == len(with_targets)


def test_it_leaves_the_forward_pass_of_the_example_on_the_screen(
    site: Running, ids: list[str]
) -> None:
    response = site.http.post(f"{site.address}/get_dataset?dataset_name=tastes")
    shown = next(each["data"] for each in response.json() if each["id"] == ids[0])
    record = {"prompt": shown["prompt"], "target": shown["target"]}
    (found,) = site.predict("_tiny_tokenizer", record)
    tokens = len(found["tokens"])
    passes = list[int]()

    def click(position: int) -> None:
        mask = [int(i == position) for i in range(tokens)]
        job = {"target_masks": [mask], "methods": ["grad_l2"]}
        with site.job("salience", record, client="a", **job) as clicked:
            clicked.until("done")

    click(tokens - 1)
    first, *_ = site.lm._network.layers
    handle = first.register_forward_pre_hook(lambda _, args: passes.append(args[0].shape[1]))
    try:
        # Its own record is one of those that are analyzed.
        with _analysis(site, [ids[0], ids[1], ids[3]], client="a", select=r"savoury") as stream:
            stream.until("done")
        assert passes, "The analysis ran no forward pass."
        passes.clear()
        click(tokens - 2)
        assert passes == []
    finally:
        handle.remove()


def test_without_a_store_another_run_finds_the_scores_in_memory(
    site: Running, ids: list[str]
) -> None:
    chosen, found = [ids[0], ids[1], ids[3]], []
    for _ in range(2):
        before = site.pace.backwards
        with _analysis(site, chosen, client="a", select=r"A savoury", methods=["grad_l2"]) as run:
            labels = _parts(run.until("done"))[-1]["labels"]
        found.append((labels, site.pace.backwards - before))
    (first, passes), (second, none) = found
    assert passes > 0 and none == 0
    assert second == first


def test_a_client_that_disconnects_stops_the_analysis(site: Running, ids: list[str]) -> None:
    site.pace.backward = 0.2
    with _analysis(site, ids[8:] + ids[:5], select="tart", methods=["grad_l2"]) as stream:
        stream.until("result", index=0)
    site.wait_until(lambda: site.active_tasks.count == 0)
    assert site.lm.queue.length == 0
    name = 'seqsal_jobs_total{end="cancelled",kind="analysis"}'
    site.wait_until(lambda: name in httpx.get(f"{site.address}/metrics").text)


def test_a_newer_analysis_of_a_view_replaces_the_older(site: Running, ids: list[str]) -> None:
    site.pace.backward = 0.2
    place = {"client": "a", "view": "1", "methods": ["linearized"]}
    with _analysis(site, ids, **place) as older:
        older.until("result", index=0)
        with _analysis(site, ids[:1], **place) as newer:
            assert older.until("cancelled")[-1].data.get("shutdown") is None
            site.pace.backward = 0.0
            newer.until("done")


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
    with _analysis(site, **{"inputs": ids, **changes}) as stream:
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
    with _analysis(site, [example] * 9, **changes) as stream:
        *_, last = list(stream)
    assert last.name == "error"
    assert last.data["setting"] == setting
    assert "takes longer than 0.05 seconds" in last.data["reason"]


def test_a_shutdown_ends_it_after_the_batch_so_that_another_process_can_do_it(
    checkpoint: pathlib.Path, data: pathlib.Path
) -> None:
    with running(checkpoint, datasets=(f"tastes:{data}",)) as site:
        response = site.http.post(f"{site.address}/get_dataset?dataset_name=tastes")
        ids = [each["id"] for each in response.json()]
        site.pace.backward = 0.1
        with _analysis(site, ids, methods=["grad_l2"]) as stream:
            stream.until("result", index=0)
            site.active_tasks.close()
            events = stream.until("cancelled")
    assert events[-1].data["shutdown"] is True
    assert len(_parts(events)) <= 1, "It did not end with its batch."


def test_each_batch_is_a_task_with_the_time_limit_of_a_task(
    site: Running, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks, run = list[Task](), site.active_tasks.run

    def counted(task: Task) -> contextlib.AbstractContextManager[None]:
        tasks.append(task)
        return run(task)

    monkeypatch.setattr(site.active_tasks, "run", counted)
    with _analysis(site, ids, methods=["grad_l2"]) as stream:
        stream.until("done")
    assert len(set(tasks)) == len(tasks) == 3
    assert all(task.prefetch for task in tasks)
    monkeypatch.setattr(site.active_tasks, "_max_seconds", 0.05)
    site.pace.backward = 0.5
    with _analysis(site, ids[:4], select="tart|eggs", methods=["grad_l2"]) as stream:
        *_, last = list(stream)
    assert last.name == "error"
    assert "A request may take 0.05 seconds" in last.data["reason"]


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
        *_, last = analysis.run(job, Task(), lit.analysis, app.state.active_tasks)
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
