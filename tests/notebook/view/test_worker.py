import threading
from collections.abc import Iterator

import pytest

from seqsal.models.progress.tasks import CancelledError, current_task
from seqsal.notebook.view.worker import Worker


class Work:
    """Jobs that record their names, and one that runs until it is released or cancelled."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.idle_calls = threading.Semaphore(0)
        self.worker = Worker(self.idle_calls.release)
        self.begun, self.released = threading.Event(), threading.Event()

    def put(self, name: str, key: str | None = None) -> None:
        self.worker.submit(key or name, lambda: self.done.append(name))

    def put_long(self, key: str) -> None:
        def run() -> None:
            self.begun.set()
            while not self.released.wait(0.01):
                try:
                    current_task().raise_if_cancelled()
                except CancelledError:
                    self.done.append("cancelled")
                    raise
            self.done.append("long")

        self.worker.submit(key, run)
        assert self.begun.wait(30)


@pytest.fixture
def work() -> Iterator[Work]:
    work = Work()
    yield work
    work.released.set()
    work.worker.close()
    work.worker.wait()


def test_jobs_run_one_after_another_in_their_order(work: Work) -> None:
    for name in ("a", "b", "c"):
        work.put(name)
    work.worker.wait()
    assert work.done == ["a", "b", "c"]


def test_a_new_job_replaces_waiting_and_running_jobs_with_its_key(work: Work) -> None:
    work.put_long("settle")
    work.put("other")
    work.put("old", "settle")
    work.put("new", "settle")
    work.worker.wait()
    assert work.done == ["cancelled", "other", "new"]


def test_a_cancelled_waiting_job_never_runs(work: Work) -> None:
    work.put_long("long")
    work.put("a")
    work.worker.cancel("a")
    work.worker.cancel("never put")
    work.released.set()
    work.worker.wait()
    assert work.done == ["long"]


def test_on_idle_is_called_once_and_the_thread_ends(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seqsal.notebook.view.worker._IDLE_SECONDS", 0.05)
    before = set(threading.enumerate())
    work.put("a")
    started = set(threading.enumerate()) - before
    assert work.idle_calls.acquire(timeout=30)
    for thread in started:
        thread.join(timeout=30)
        assert not thread.is_alive()
    assert not work.idle_calls.acquire(blocking=False)
    work.put("b")
    work.worker.wait()
    assert work.done == ["a", "b"]


def test_is_current_thread_is_true_only_in_a_job(work: Work) -> None:
    seen: list[bool] = []
    work.worker.submit("a", lambda: seen.append(work.worker.is_current_thread()))
    work.worker.wait()
    assert seen == [True] and not work.worker.is_current_thread()


def test_a_failing_job_does_not_stop_others(work: Work, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise OSError("the page is gone")

    work.worker.submit("a", fail)
    work.put("b")
    work.worker.wait()
    assert work.done == ["b"] and "the page is gone" in caplog.text
