"""A thread that runs the jobs of a view, so that the kernel stays responsive."""

import dataclasses
import logging
import sys
import threading
from collections.abc import Callable
from typing import Final

from seqsal.models.progress.tasks import CancelledError, ReportProgress, Task, use_task

Run = Callable[[], None]

_IDLE_SECONDS: Final = 1.0
"""Time without jobs after which `on_idle` is called."""
_IDLE_KEY: Final = ""
_log: Final = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class _Job:
    key: str
    run: Run
    task: Task


class Worker:
    """Runs jobs one after another in a thread; a new job replaces those with the same key.

    The thread ends when there are no jobs. The next job starts another thread.
    """

    def __init__(self, on_idle: Run) -> None:
        """Creates a worker without jobs.

        Args:
            on_idle: called in the thread after a second without jobs.
        """
        self._on_idle = on_idle
        self._changed = threading.Condition()
        self._waiting: dict[str, _Job] = {}
        self._running: _Job | None = None
        self._thread: threading.Thread | None = None

    def submit(self, key: str, run: Run, on_progress: ReportProgress | None = None) -> None:
        """Adds a job to the end of the queue.

        Args:
            key: removes a waiting job with the same key from the queue, and cancels a running one.
            run: the job. `CancelledError` ends it; any other exception is logged.
            on_progress: called with the progress of the job.
        """
        self.cancel(key)
        with self._changed:
            self._waiting[key] = _Job(key, run, Task(report=on_progress))
            if self._thread is None:
                self._thread = _thread_class()(target=self._work, daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def cancel(self, key: str) -> None:
        """Removes a waiting job from the queue, or cancels it if it runs."""
        with self._changed:
            self._waiting.pop(key, None)
            running = self._running
            self._changed.notify_all()
        if running is not None and running.key == key:
            running.task.cancel()

    def is_current_thread(self) -> bool:
        """Returns whether the caller runs in the worker's thread."""
        return threading.current_thread() is self._thread

    def wait(self) -> None:
        """Blocks until all jobs are done. A job must not call it."""
        with self._changed:
            # A wait without a timeout cannot be interrupted on every system.
            while not self._changed.wait_for(self._is_idle, timeout=0.5):
                pass

    def close(self) -> None:
        """Cancels all jobs."""
        with self._changed:
            keys = [*self._waiting, *([self._running.key] if self._running else [])]
        for key in keys:
            self.cancel(key)

    def _is_idle(self) -> bool:
        return not self._waiting and self._running is None

    def _work(self) -> None:
        was_idle = False
        while job := self._next_job(was_idle):
            was_idle = job.key == _IDLE_KEY
            try:
                with use_task(job.task):
                    job.run()
            except CancelledError:
                pass
            except Exception:  # For example, the page is closed. Later jobs may be for another.
                _log.exception("A job of a view failed.")
            with self._changed:
                self._running = None
                self._changed.notify_all()

    def _next_job(self, was_idle: bool) -> _Job | None:
        """Returns the next job, `on_idle` as a job after a pause, or None to end the thread."""
        timeout = 0 if was_idle else _IDLE_SECONDS
        with self._changed:
            if self._changed.wait_for(lambda: bool(self._waiting), timeout):
                self._running = self._waiting.pop(next(iter(self._waiting)))
            elif not was_idle:
                self._running = _Job(_IDLE_KEY, self._on_idle, Task())
            else:
                self._thread = None
            return self._running


def _thread_class() -> type[threading.Thread]:
    """Returns marimo's thread class in marimo, where other threads cannot reach the page."""
    kind: type[threading.Thread] = getattr(sys.modules.get("marimo"), "Thread", threading.Thread)
    return kind
