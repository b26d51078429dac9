"""A lock that goes to whoever has waited longest."""

import threading
from collections import deque
from types import TracebackType

from seqsal import timings


class FairLock:
    """A mutual exclusion lock, handed over in the order in which it was asked for.

    A plain `threading.Lock` mostly goes back to the thread that has just let it go. While LIT's
    page has every prompt of a dataset answered, a person's click would wait for all of them.
    """

    def __init__(self) -> None:
        self._state = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Event] = deque()

    def __enter__(self) -> None:
        turn = threading.Event()
        with self._state:
            if not self._held:
                self._held = True
                return
            self._waiting.append(turn)
        with timings.spending("queue"):
            turn.wait()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._state:
            if self._waiting:
                self._waiting.popleft().set()  # Still held, by the next one now.
            else:
                self._held = False
