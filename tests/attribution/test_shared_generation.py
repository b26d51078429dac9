"""Concurrent requests that wait for the same answer."""

import threading
from typing import Any

import pytest

from seqsal.attribution.shared_generation import SharedGeneration
from seqsal.models.progress import tasks
from seqsal.models.progress.tasks import CancelledError, Task


def _task(events: list[Any]) -> Task:
    return Task(report=lambda event, details: events.append(details.get("text", details["stage"])))


def test_all_subscribers_get_progress_and_late_ones_the_text_so_far() -> None:
    shared, first, late, other = SharedGeneration(), list[Any](), list[Any](), list[Any]()
    with tasks.use_task(_task(first)), shared.subscribe(["p"]), shared.broadcast("p"):
        tasks.current_task().report("progress", stage="forward")
        tasks.current_task().report("progress", stage="writing", text="a")
        writer = tasks.current_task()
        with (
            tasks.use_task(_task(late)),
            shared.subscribe(["p"]),
            tasks.use_task(_task(other)),
            shared.subscribe(["q"]),
        ):
            writer.report("progress", stage="writing", text="b")
        writer.report("progress", stage="writing", text="c")
    assert first == ["forward", "a", "b", "c"]
    assert late == ["a", "b"]
    assert other == []


def test_late_subscribers_get_what_is_said_of_the_text() -> None:
    shared, late = SharedGeneration(), list[Any]()
    with shared.subscribe(["p"]), shared.broadcast("p"):
        writer = tasks.current_task()
        for text in ("Hm", "."):
            writer.report("progress", stage="writing", text=text, opened="<think>")
        task = Task(report=lambda event, details: late.append((event, details)))
        with tasks.use_task(task), shared.subscribe(["p"]):
            pass
    assert late == [("progress", {"stage": "writing", "text": "Hm.", "opened": "<think>"})]


def test_cancelling_the_first_task_cancels_the_generation() -> None:
    shared, task = SharedGeneration(), Task()
    with tasks.use_task(task), shared.subscribe(["p"]), shared.broadcast("p"):
        tasks.current_task().raise_if_cancelled()
        threading.Thread(target=task.cancel).start()
        with pytest.raises(CancelledError):
            while True:
                tasks.current_task().raise_if_cancelled()


def test_an_error_leaves_no_state() -> None:
    shared = SharedGeneration()
    with pytest.raises(ZeroDivisionError), shared.subscribe(["p", "p"]), shared.broadcast("p"):
        raise ZeroDivisionError
    assert not shared._subscribers
    assert not shared._partial


def test_a_prefetch_that_somebody_waits_for_is_no_longer_one() -> None:
    shared = SharedGeneration()
    with tasks.use_task(Task(prefetch=True)), shared.subscribe(["p"]), shared.broadcast("p"):
        running = tasks.current_task()
        with tasks.use_task(Task(prefetch=True)), shared.subscribe(["p"]):
            assert running.prefetch
        with tasks.use_task(Task()), shared.subscribe(["q"]):
            assert running.prefetch
        with tasks.use_task(Task()), shared.subscribe(["p"]):
            assert not running.prefetch


def test_a_prefetch_is_none_if_somebody_waited_before_it_began() -> None:
    shared = SharedGeneration()
    with (
        tasks.use_task(Task()),
        shared.subscribe(["p"]),
        tasks.use_task(Task(prefetch=True)),
        shared.subscribe(["p"]),
        shared.broadcast("p"),
    ):
        assert not tasks.current_task().prefetch
