"""Analyses as jobs: their place in the queue, cancellation, and the time limit."""

import contextlib
import pathlib

import httpx
import pytest

from seqsal.models.progress.tasks import Task
from tests.server.jobs.conftest import analysis, predictions
from tests.server.running import Running, running


def test_a_click_precedes_the_analysis_and_generation_gives_way(
    site: Running, ids: list[str]
) -> None:
    example = {"id": "x", "data": {"prompt": "Dish: a new one"}, "meta": {"added": True}}
    site.pace.writing = 0.05
    before = site.pace.steps
    with analysis(site, [example, *ids], client="a", methods=["grad_l2"]) as stream:
        site.wait_until(lambda: site.pace.steps > before + 2)  # An answer is generated.
        with site.job("tokens", {"prompt": "One"}, client="a") as clicked:
            clicked.until("done")
        with site.job("logprobs", {"prompt": "Two", "target": " b"}, client="a") as clicked:
            events = clicked.until("done")
        assert site.active_tasks.count == 1, "The analysis has ended before the click."
        assert events[-1].seconds < 3
        site.pace.writing = 0.0
        assert len(predictions(stream.until("done"))) == 3


def test_a_click_waits_for_one_example_at_most(site: Running, ids: list[str]) -> None:
    with_targets = [each for i, each in enumerate(ids) if i not in (2, 5, 7)]
    record = {"prompt": "Click", "target": " avoid the eggs"}
    (tokens,) = site.predict("_tiny_tokenizer", record)
    mask = [[0] * (len(tokens["tokens"]) - 1) + [1]]
    site.pace.backward = 0.4
    before = site.pace.backwards
    # Another selection than in the tests before, whose scores are in memory.
    chosen = {"select": "Recommendation: (.*)", "methods": ["grad_l2"]}
    with analysis(site, with_targets, client="a", **chosen) as stream:
        site.wait_until(lambda: site.pace.backwards > before)
        begun = site.pace.backwards
        job = {"target_masks": mask, "methods": ["grad_l2"]}
        with site.job("salience", record, client="a", **job) as clicked:
            clicked.until("done")
        # Its own pass, the one that ran, and one that began before the click was there.
        assert site.pace.backwards - begun <= 3
        site.pace.backward = 0.0
        assert predictions(stream.until("done"))[-1]["done"] == len(with_targets)


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
        with analysis(site, [ids[0], ids[1], ids[3]], client="a", select=r"savoury") as stream:
            stream.until("done")
        assert passes, "The analysis ran no forward pass."
        passes.clear()
        click(tokens - 2)
        assert passes == []
    finally:
        handle.remove()


def test_a_client_that_disconnects_stops_the_analysis(site: Running, ids: list[str]) -> None:
    site.pace.backward = 0.2
    with analysis(site, ids[8:] + ids[:5], select="tart", methods=["grad_l2"]) as stream:
        stream.until("result", index=0)
    site.wait_until(lambda: site.active_tasks.count == 0)
    assert site.lm.queue.length == 0
    name = 'seqsal_jobs_total{end="cancelled",kind="analysis"}'
    site.wait_until(lambda: name in httpx.get(f"{site.address}/metrics").text)


def test_a_newer_analysis_of_a_view_replaces_the_older(site: Running, ids: list[str]) -> None:
    site.pace.backward = 0.2
    place = {"client": "a", "view": "1", "methods": ["linearized"]}
    with analysis(site, ids, **place) as older:
        older.until("result", index=0)
        with analysis(site, ids[:1], **place) as newer:
            assert older.until("cancelled")[-1].data.get("shutdown") is None
            site.pace.backward = 0.0
            newer.until("done")


def test_a_shutdown_ends_it_after_the_batch_so_that_another_process_can_do_it(
    checkpoint: pathlib.Path, data: pathlib.Path
) -> None:
    with running(checkpoint, datasets=(f"tastes:{data}",)) as site:
        response = site.http.post(f"{site.address}/get_dataset?dataset_name=tastes")
        ids = [each["id"] for each in response.json()]
        site.pace.backward = 0.1
        with analysis(site, ids, methods=["grad_l2"]) as stream:
            stream.until("result", index=0)
            site.active_tasks.close()
            events = stream.until("cancelled")
    assert events[-1].data["shutdown"] is True
    assert len(predictions(events)) <= 1, "It did not end with its batch."


def test_each_batch_is_a_task_with_the_time_limit_of_a_task(
    site: Running, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks, run = list[Task](), site.active_tasks.run

    def counted(task: Task) -> contextlib.AbstractContextManager[None]:
        tasks.append(task)
        return run(task)

    monkeypatch.setattr(site.active_tasks, "run", counted)
    with analysis(site, ids, methods=["grad_l2"]) as stream:
        stream.until("done")
    assert len(set(tasks)) == len(tasks) == 3
    assert all(task.prefetch for task in tasks)
    monkeypatch.setattr(site.active_tasks, "_max_seconds", 0.05)
    site.pace.backward = 0.5
    with analysis(site, ids[:4], select="tart|eggs", methods=["grad_l2"]) as stream:
        *_, last = list(stream)
    assert last.name == "error"
    assert "A request may take 0.05 seconds" in last.data["reason"]
