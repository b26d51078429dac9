"""Tasks: the client, the progress and the cancellation of a piece of work."""

import contextlib
import contextvars
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

ReportProgress = Callable[[str, dict[str, Any]], None]
"""A callback for progress: report(event, details), from any thread; it must not block or raise."""


class CancelledError(Exception):
    """The task was cancelled."""


class Task:
    """Work for one client, which reports its progress and can be cancelled.

    Attributes:
        client: identity of the client; clients take turns.
        prefetch: whether the result is wanted for later; all other tasks run first.
        reports_progress: whether there is a callback for progress.
    """

    def __init__(
        self, client: str = "", *, prefetch: bool = False, report: ReportProgress | None = None
    ) -> None:
        self.client, self.prefetch = client, prefetch
        self.reports_progress, self._report = report is not None, report
        self._lock = threading.Lock()
        self._cancelled = False
        self._calls: list[Callable[[], None]] = []

    def report(self, event: str, **details: Any) -> None:
        """Reports an event to the callback, if there is one."""
        if self._report is not None:
            self._report(event, details)

    def raise_if_cancelled(self) -> None:
        """Raises an error if the task was cancelled.

        Raises:
            CancelledError: the task was cancelled.
        """
        if self._cancelled:
            raise CancelledError

    def cancel(self) -> None:
        """Cancels the task: its next `raise_if_cancelled` raises."""
        with self._lock:
            self._cancelled = True
            calls = list(self._calls)
        for call in calls:
            call()

    @contextlib.contextmanager
    def on_cancel(self, call: Callable[[], None]) -> Iterator[None]:
        """Calls a function if the task is cancelled within this context, or was before it."""
        with self._lock:
            self._calls.append(call)
            is_cancelled = self._cancelled
        if is_cancelled:
            call()
        try:
            yield
        finally:
            with self._lock:
                self._calls.remove(call)


NO_TASK: Final = Task()
"""A task without a client, which reports nothing and is never cancelled."""

_current: contextvars.ContextVar[Task] = contextvars.ContextVar("task", default=NO_TASK)


def current_task() -> Task:
    """Returns the task of this thread.

    It is a context variable because LIT, which calls the models, passes no arguments through.
    """
    return _current.get()


@contextlib.contextmanager
def use_task(task: Task) -> Iterator[Task]:
    """Makes a task the current one within the context."""
    token = _current.set(task)
    try:
        yield task
    finally:
        _current.reset(token)
