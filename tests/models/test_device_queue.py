"""The order of turns in the queue, and the places that it reports."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from seqsal.models.device_queue import DeviceQueue, Ticket, in_turn, queue_of
from seqsal.models.progress import tasks
from seqsal.models.progress.tasks import CancelledError, Task


def _start(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "This did not come to pass within a minute."
        time.sleep(0.001)


class _Line:
    """Threads that wait in a queue one behind the other, and the order in which they went."""

    def __init__(self) -> None:
        self.queue, self.order, self.places = DeviceQueue(), list[str](), dict[str, list[int]]()
        self._threads = list[threading.Thread]()

    def join(self, name: str, client: str = "", *, prefetch: bool = False) -> Task:
        self.places[name] = []

        def report(event: str, details: dict[str, Any]) -> None:
            assert event == "queued"
            self.places[name].append(details["place"])

        task = Task(client, prefetch=prefetch, report=report)

        def work() -> None:
            with tasks.use_task(task), self.queue:
                self.order.append(name)

        waiting = self.queue.length
        self._threads.append(_start(work))
        _until(lambda: self.queue.length == waiting + 1)
        return task

    def wait(self) -> None:
        for thread in self._threads:
            thread.join(timeout=60)


def test_one_thread_at_a_time() -> None:
    queue, inside, most = DeviceQueue(), 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(200):
            with queue:
                inside += 1
                most = max(most, inside)
                time.sleep(0)
                inside -= 1

    threads = [_start(work) for _ in range(5)]
    for thread in threads:
        thread.join(timeout=60)
    assert most == 1
    assert inside == 0


def test_a_waiting_thread_goes_before_one_that_returns() -> None:
    line = _Line()
    with line.queue:
        line.join("click")
    with line.queue:
        line.order.append("next prompt")
    line.wait()
    assert line.order == ["click", "next prompt"]


def test_clients_take_turns_and_each_has_its_own_order() -> None:
    line = _Line()
    with line.queue:
        for name in ("a1", "a2", "a3"):
            line.join(name, "a")
        line.join("b1", "b")
        line.join("c1", "c")
        line.join("b2", "b")
    line.wait()
    assert line.order == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_a_client_with_a_recent_turn_waits_for_the_others() -> None:
    waiting = [Ticket(Task(client), thread=i) for i, client in enumerate("abc")]
    assert [ticket.task.client for ticket in in_turn(waiting, {"a": 7, "b": 5})] == ["c", "b", "a"]


def test_prefetches_go_last_for_every_client() -> None:
    line = _Line()
    with line.queue:
        line.join("prefetch", "a", prefetch=True)
        line.join("click of b", "b")
        line.join("second click of b", "b")
        line.join("click of a", "a")
    line.wait()
    assert line.order == ["click of b", "click of a", "second click of b", "prefetch"]


def test_waiting_tasks_are_informed_of_each_change_of_their_place() -> None:
    line = _Line()
    with line.queue:
        line.join("prefetch", "a", prefetch=True)
        line.join("first", "b")
        line.join("second", "c")
    line.wait()
    assert line.places == {"prefetch": [1, 2, 3, 2, 1, 0], "first": [1, 0], "second": [2, 1, 0]}


def test_a_task_that_does_not_wait_gets_no_place() -> None:
    places: list[str] = []
    task = Task(report=lambda event, details: places.append(event))
    with tasks.use_task(task), DeviceQueue():
        pass
    assert places == []


def test_a_cancelled_task_leaves_the_queue_at_once_and_the_others_go_on() -> None:
    line = _Line()
    failed: list[BaseException | None] = []
    threading.excepthook, before = lambda args: failed.append(args.exc_value), threading.excepthook
    try:
        with line.queue:
            gone = line.join("gone", "a")
            line.join("stays", "b")
            gone.cancel()
            _until(lambda: line.queue.length == 1)
            assert line.places["stays"] == [2, 1]
        line.wait()
    finally:
        threading.excepthook = before
    assert line.order == ["stays"]
    assert [type(error) for error in failed] == [CancelledError]


def test_a_task_that_was_cancelled_before_does_not_run() -> None:
    task, queue = Task(), DeviceQueue()
    task.cancel()
    with tasks.use_task(task), pytest.raises(CancelledError), queue:
        raise AssertionError("It ran.")
    with queue:  # It has let the queue go.
        pass


def test_its_holder_may_take_it_again() -> None:
    line = _Line()
    with line.queue:
        with line.queue:
            line.join("other")
        time.sleep(0.02)
        assert line.order == []
    line.wait()
    assert line.order == ["other"]


def test_an_exception_lets_it_go() -> None:
    queue = DeviceQueue()
    with pytest.raises(ZeroDivisionError), queue:
        raise ZeroDivisionError
    other = _start(queue.__enter__)
    other.join(timeout=60)
    assert not other.is_alive()


def test_models_on_one_device_share_its_queue() -> None:
    assert queue_of("cuda:0") is queue_of("cuda:0")
    assert queue_of("cuda:0") is not queue_of("cuda:1")


def test_a_prefetch_gives_way_to_a_click_and_goes_on_before_other_prefetches() -> None:
    line, task = _Line(), Task(prefetch=True)
    with tasks.use_task(task), line.queue, line.queue:
        line.queue.give_way()  # Nobody waits.
        line.join("later", prefetch=True)
        line.queue.give_way()  # Another prefetch is no reason.
        line.join("click")
        line.join("second click")
        assert line.order == []
        line.queue.give_way()
        assert line.order == ["click", "second click"]
        line.join("third click")
        line.queue.give_way()
        assert line.order[-1] == "third click"
    line.wait()
    assert line.order[-1] == "later"
    with line.queue:  # The lock was released as often as it was acquired.
        pass


def test_a_click_gives_way_to_nobody() -> None:
    line = _Line()
    with tasks.use_task(Task()), line.queue:
        line.join("click")
        line.queue.give_way()
        assert line.order == []
    line.wait()


def test_a_prefetch_that_is_cancelled_while_it_gives_way_releases_the_queue() -> None:
    line, task = _Line(), Task(prefetch=True)
    with pytest.raises(CancelledError), tasks.use_task(task), line.queue:
        line.join("click")
        task.cancel()
        line.queue.give_way()
        task.raise_if_cancelled()
    line.wait()
    with line.queue:
        assert line.order == ["click"]
