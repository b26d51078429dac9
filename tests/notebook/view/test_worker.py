import threading
from collections.abc import Iterator

import pytest

from seqsal.models.progress.tasks import CancelledError, current
from seqsal.notebook.view.worker import Worker


class Work:
    """Jobs that say what has run, and one that goes on until it is let go or cancelled."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.idle_calls = threading.Semaphore(0)
        self.worker = Worker(self.idle_calls.release)
        self.begun, self.let_go = threading.Event(), threading.Event()

    def put(self, name: str, key: str | None = None) -> None:
        self.worker.submit(key or name, lambda: self.done.append(name))

    def put_long(self, key: str) -> None:
        def run() -> None:
            self.begun.set()
            while not self.let_go.wait(0.01):
                try:
                    current().check()
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
    work.let_go.set()
    work.worker.close()
    work.worker.wait()


def test_jobs_run_one_after_another_in_their_order(work: Work) -> None:
    for name in ("a", "b", "c"):
        work.put(name)
    work.worker.wait()
    assert work.done == ["a", "b", "c"]


def test_the_newest_job_of_a_key_replaces_one_that_waits_and_one_that_runs(work: Work) -> None:
    work.put_long("settle")
    work.put("other")
    work.put("old", "settle")
    work.put("new", "settle")
    work.worker.wait()
    assert work.done == ["cancelled", "other", "new"]


def test_a_job_that_is_cancelled_before_it_runs_never_does(work: Work) -> None:
    work.put_long("long")
    work.put("a")
    work.worker.cancel("a")
    work.worker.cancel("never put")
    work.let_go.set()
    work.worker.wait()
    assert work.done == ["long"]


def test_after_the_work_there_is_one_rest_and_no_thread_is_left(work: Work) -> None:
    before = threading.active_count()
    work.put("a")
    assert work.idle_calls.acquire(timeout=30)
    assert not work.idle_calls.acquire(timeout=1.5)
    assert threading.active_count() <= before
    work.put("b")
    work.worker.wait()
    assert work.done == ["a", "b"]


def test_the_thread_of_the_jobs_knows_itself(work: Work) -> None:
    seen: list[bool] = []
    work.worker.submit("a", lambda: seen.append(work.worker.is_current_thread()))
    work.worker.wait()
    assert seen == [True] and not work.worker.is_current_thread()


def test_a_job_that_fails_stops_no_other(work: Work, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise OSError("the page is gone")

    work.worker.submit("a", fail)
    work.put("b")
    work.worker.wait()
    assert work.done == ["b"] and "the page is gone" in caplog.text
