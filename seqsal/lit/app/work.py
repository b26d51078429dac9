"""What the server is working on, so that it can finish it before it ends."""

import contextlib
import threading
from collections.abc import Iterator

from seqsal.models.progress import tasks
from seqsal.models.progress.tasks import CancelledError, Task


class ClosedError(Exception):
    """The server takes no new work."""

    def __init__(self) -> None:
        super().__init__("The server is being stopped, and takes nothing new. Ask again shortly.")


class TooLongError(Exception):
    """Work has been ended after the time that it may take."""

    def __init__(self, seconds: float | int) -> None:
        super().__init__(
            f"A request may take {seconds:g} seconds; this one took longer and has been ended. Ask"
            " for less at a time, or start the server with a higher --max_seconds."
        )


class Work:
    """The tasks that run now; none begins any more once it is closed."""

    def __init__(self, most_seconds: float | int = float("inf")) -> None:
        """Starts with nothing running.

        Args:
            most_seconds: after how long a task is ended.
        """
        self._lock = threading.Lock()
        self._most_seconds = most_seconds
        self._running: set[Task] = set()
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether nothing new is taken."""
        return self._closed

    @property
    def running(self) -> int:
        """How many tasks run, or wait for their turn."""
        return len(self._running)

    @contextlib.contextmanager
    def on(self, task: Task) -> Iterator[None]:
        """Works on a task in this thread.

        Raises:
            ClosedError: nothing new is taken.
            TooLongError: it took too long, and has been ended.
        """
        with self._lock:
            self.check()
            self._running.add(task)
        try:
            with tasks.working_on(task), self._ended_in_time(task):
                yield
        finally:
            with self._lock:
                self._running.discard(task)

    @contextlib.contextmanager
    def _ended_in_time(self, task: Task) -> Iterator[None]:
        late = threading.Event()

        def end() -> None:
            late.set()
            task.cancel()

        timer = threading.Timer(min(self._most_seconds, threading.TIMEOUT_MAX), end)
        timer.daemon = True
        timer.start()
        try:
            yield
        except CancelledError:
            if late.is_set():
                raise TooLongError(self._most_seconds) from None
            raise
        finally:
            timer.cancel()

    def check(self) -> None:
        """Does nothing while new tasks are taken.

        Raises:
            ClosedError: they are not.
        """
        if self._closed:
            raise ClosedError

    def close(self) -> None:
        """Takes nothing new; what runs goes on."""
        self._closed = True

    def cancel(self) -> None:
        """Takes nothing new, and ends what runs as soon as it can be ended."""
        self.close()
        with self._lock:
            running = list(self._running)
        for task in running:
            task.cancel()
