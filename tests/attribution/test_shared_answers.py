"""Several who wait for one answer."""

import threading
from typing import Any

import pytest

from seqsal.attribution.shared_answers import Sharing
from seqsal.models.progress import tasks
from seqsal.models.progress.tasks import CancelledError, Task


def _task(told: list[Any]) -> Task:
    return Task(tell=lambda event, details: told.append(details.get("text", details["stage"])))


def test_all_who_ask_are_told_and_who_comes_late_is_told_all_so_far() -> None:
    sharing, first, late, other = Sharing(), list[Any](), list[Any](), list[Any]()
    with tasks.working_on(_task(first)), sharing.asking(["p"]), sharing.writing("p"):
        tasks.current().tell("progress", stage="forward")
        tasks.current().tell("progress", stage="writing", text="a")
        writer = tasks.current()
        with (
            tasks.working_on(_task(late)),
            sharing.asking(["p"]),
            tasks.working_on(_task(other)),
            sharing.asking(["q"]),
        ):
            writer.tell("progress", stage="writing", text="b")
        writer.tell("progress", stage="writing", text="c")
    assert first == ["forward", "a", "b", "c"]
    assert late == ["a", "b"]
    assert other == []


def test_the_writing_ends_where_the_one_it_is_done_for_is_cancelled() -> None:
    sharing, task = Sharing(), Task()
    with tasks.working_on(task), sharing.asking(["p"]), sharing.writing("p"):
        tasks.current().check()
        threading.Thread(target=task.cancel).start()
        with pytest.raises(CancelledError):
            while True:
                tasks.current().check()


def test_nothing_is_held_afterwards() -> None:
    sharing = Sharing()
    with pytest.raises(ZeroDivisionError), sharing.asking(["p", "p"]), sharing.writing("p"):
        raise ZeroDivisionError
    assert not sharing._asking
    assert not sharing._texts
