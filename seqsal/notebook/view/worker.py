"""A thread for the work of a view, so that the kernel stays usable meanwhile."""

import dataclasses
import logging
import sys
import threading
from collections.abc import Callable
from typing import Final

from seqsal.models.progress.tasks import CancelledError, Task, Tell, working_on

Run = Callable[[], None]

_REST: Final = 1.0
"""Seconds without work after which there is time for what nobody waits for."""
_REST_KEY: Final = ""
_log: Final = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class _Job:
    key: str
    run: Run
    task: Task


class Worker:
    """Runs one job after another in a thread of its own; the newest of a key replaces the others.

    The thread ends when there is nothing to do, and a later job starts another.
    """

    def __init__(self, rested: Run) -> None:
        """Begins idle.

        Args:
            rested: called in the thread after a second without work.
        """
        self._rested = rested
        self._changed = threading.Condition()
        self._waiting: dict[str, _Job] = {}
        self._running: _Job | None = None
        self._thread: threading.Thread | None = None

    def put(self, key: str, run: Run, tell: Tell | None = None) -> None:
        """Has a job run after those before it.

        Args:
            key: a job of the same key that waits is dropped, and one that runs is cancelled.
            run: the job; `CancelledError` ends it, any other error goes to the log.
            tell: hears how the job goes.
        """
        self.cancel(key)
        with self._changed:
            self._waiting[key] = _Job(key, run, Task(tell=tell))
            if self._thread is None:
                self._thread = _thread_class()(target=self._work, daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def cancel(self, key: str) -> None:
        """Drops a job: nobody waits for it any more."""
        with self._changed:
            self._waiting.pop(key, None)
            running = self._running
            self._changed.notify_all()
        if running is not None and running.key == key:
            running.task.cancel()

    def works_here(self) -> bool:
        """Whether this is the thread of the jobs."""
        return threading.current_thread() is self._thread

    def wait(self) -> None:
        """Returns when all jobs are done. Not to be called by a job."""
        with self._changed:
            # In short waits, or an interrupt of the kernel would not be heard on every system.
            while not self._changed.wait_for(self._idle, timeout=0.5):
                pass

    def close(self) -> None:
        """Drops all jobs."""
        with self._changed:
            keys = [*self._waiting, *([self._running.key] if self._running else [])]
        for key in keys:
            self.cancel(key)

    def _idle(self) -> bool:
        return not self._waiting and self._running is None

    def _work(self) -> None:
        rested = False
        while job := self._take(rested):
            rested = job.key == _REST_KEY
            try:
                with working_on(job.task):
                    job.run()
            except CancelledError:
                pass
            except Exception:  # As where the page is gone: the next job is for another.
                _log.exception("A job of a view has failed.")
            with self._changed:
                self._running = None
                self._changed.notify_all()

    def _take(self, rested: bool) -> _Job | None:
        """Returns the next job, which may be what there is time for in a rest, or None to end."""
        with self._changed:
            if self._changed.wait_for(lambda: bool(self._waiting), timeout=0 if rested else _REST):
                self._running = self._waiting.pop(next(iter(self._waiting)))
            elif not rested:
                self._running = _Job(_REST_KEY, self._rested, Task())
            else:
                self._thread = None
            return self._running


def _thread_class() -> type[threading.Thread]:
    """Returns marimo's own kind of thread in marimo, whose others can not reach the page."""
    kind: type[threading.Thread] = getattr(sys.modules.get("marimo"), "Thread", threading.Thread)
    return kind
