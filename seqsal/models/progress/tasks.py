"""A piece of work that somebody waits for: who does, how it goes, and whether they still do."""

import contextlib
import contextvars
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

Tell = Callable[[str, dict[str, Any]], None]
"""Called as tell(event, details), from any thread; must return at once and never raise."""


class CancelledError(Exception):
    """Nobody waits for this work any more."""


class Task:
    """Work for one client; what does it tells how it goes, and asks whether to go on.

    Attributes:
        client: who asked; clients take turns.
        ahead: whether nobody waits for it yet, so that everything else comes first.
        watched: whether anybody looks at how it goes.
    """

    def __init__(self, client: str = "", *, ahead: bool = False, tell: Tell | None = None) -> None:
        self.client, self.ahead, self.watched = client, ahead, tell is not None
        self._tell = tell
        self._lock = threading.Lock()
        self._cancelled = False
        self._calls: list[Callable[[], None]] = []

    def tell(self, event: str, **details: Any) -> None:
        """Tells whoever watches what has happened."""
        if self._tell is not None:
            self._tell(event, details)

    def check(self) -> None:
        """Does nothing while somebody waits.

        Raises:
            CancelledError: nobody does.
        """
        if self._cancelled:
            raise CancelledError

    def cancel(self) -> None:
        """Has the work end at its next check."""
        with self._lock:
            self._cancelled = True
            calls = list(self._calls)
        for call in calls:
            call()

    @contextlib.contextmanager
    def on_cancel(self, call: Callable[[], None]) -> Iterator[None]:
        """Has something called where the work is cancelled in this context, or was before it."""
        with self._lock:
            self._calls.append(call)
            before = self._cancelled
        if before:
            call()
        try:
            yield
        finally:
            with self._lock:
                self._calls.remove(call)


UNWATCHED: Final = Task()
"""Work that nobody looks at, and that goes on to its end."""

_current: contextvars.ContextVar[Task] = contextvars.ContextVar("task", default=UNWATCHED)


def current() -> Task:
    """Returns the task that this thread works on.

    LIT stands between who asks and what is run, and hands nothing through.
    """
    return _current.get()


@contextlib.contextmanager
def working_on(task: Task) -> Iterator[Task]:
    """Makes a task the current one."""
    token = _current.set(task)
    try:
        yield task
    finally:
        _current.reset(token)
