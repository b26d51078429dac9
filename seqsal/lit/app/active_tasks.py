"""The tasks that run now: a time limit for each, and a graceful shutdown for all."""

import contextlib
import threading
from collections.abc import Iterator

from seqsal.models.progress import tasks
from seqsal.models.progress.tasks import CancelledError, Task


class ShuttingDownError(Exception):
    """The server is shutting down and accepts no new tasks."""

    def __init__(self) -> None:
        super().__init__(
            "The server is shutting down and accepts no new requests. Try again shortly."
        )


class TimeLimitError(Exception):
    """A task was cancelled because it exceeded its time limit."""

    def __init__(self, seconds: float | int) -> None:
        super().__init__(
            f"A request may take {seconds:g} seconds; this one took longer and was cancelled."
            " Request less at a time, or start the server with a higher --max_seconds."
        )


class ActiveTasks:
    """The tasks that run or wait for a device; no task starts after `close`."""

    def __init__(self, max_seconds: float | int = float("inf")) -> None:
        """Initializes an empty set of tasks.

        Args:
            max_seconds: the time after which a task is cancelled.
        """
        self._lock = threading.Lock()
        self._max_seconds = max_seconds
        self._running: set[Task] = set()
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether new tasks are refused."""
        return self._closed

    @property
    def count(self) -> int:
        """The number of tasks that run or wait for a device."""
        return len(self._running)

    @contextlib.contextmanager
    def run(self, task: Task) -> Iterator[None]:
        """Makes a task the current one of this thread, and registers it until the context ends.

        Raises:
            ShuttingDownError: new tasks are refused.
            TimeLimitError: the task exceeded the time limit and was cancelled.
        """
        with self._lock:
            self.check_open()
            self._running.add(task)
        try:
            with tasks.use_task(task), self._time_limit(task):
                yield
        finally:
            with self._lock:
                self._running.discard(task)

    @contextlib.contextmanager
    def _time_limit(self, task: Task) -> Iterator[None]:
        expired = threading.Event()

        def expire() -> None:
            expired.set()
            task.cancel()

        timer = threading.Timer(min(self._max_seconds, threading.TIMEOUT_MAX), expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        except CancelledError:
            if expired.is_set():
                raise TimeLimitError(self._max_seconds) from None
            raise
        finally:
            timer.cancel()

    def check_open(self) -> None:
        """Returns if new tasks are accepted.

        Raises:
            ShuttingDownError: new tasks are refused.
        """
        if self._closed:
            raise ShuttingDownError

    def close(self) -> None:
        """Refuses new tasks; running tasks continue."""
        self._closed = True

    def cancel(self) -> None:
        """Refuses new tasks and cancels the running ones."""
        self.close()
        with self._lock:
            running = list(self._running)
        for task in running:
            task.cancel()
