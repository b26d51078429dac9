"""Where the time of a request goes: waiting for the model, the model, and the rest."""

import contextlib
import contextvars
import time
from collections.abc import Iterator

Spent = dict[str, float]
"""Seconds by what they were spent on."""

_current: contextvars.ContextVar[Spent | None] = contextvars.ContextVar("spent", default=None)


@contextlib.contextmanager
def measured() -> Iterator[Spent]:
    """Yields what is filled with the seconds that `spending` notes inside of it.

    >>> with measured() as spent:
    ...     with spending("queue"):
    ...         pass
    >>> list(spent)
    ['queue']
    """
    spent: Spent = {}
    token = _current.set(spent)
    try:
        yield spent
    finally:
        _current.reset(token)


@contextlib.contextmanager
def spending(what: str) -> Iterator[None]:
    """Adds the time until its end to what is measured around it, if anything is."""
    spent = _current.get()
    if spent is None:
        yield
        return
    start = time.perf_counter()
    try:
        yield
    finally:
        spent[what] = spent.get(what, 0.0) + time.perf_counter() - start


def server_timing(spent: Spent) -> str:
    """Returns the value of a Server-Timing header (https://www.w3.org/TR/server-timing/).

    >>> server_timing({"queue": 0.0125, "model": 2.0})
    'queue;dur=12.5, model;dur=2000.0'
    """
    return ", ".join(f"{what};dur={seconds * 1000:.1f}" for what, seconds in spent.items())
