"""The time of a request by its parts: waiting for the model, running it, and the rest."""

import contextlib
import contextvars
import time
from collections.abc import Iterator

Spent = dict[str, float]
"""Seconds by part."""

_current: contextvars.ContextVar[Spent | None] = contextvars.ContextVar("spent", default=None)


@contextlib.contextmanager
def collect() -> Iterator[Spent]:
    """Yields a dictionary to which `measure` adds within the context.

    >>> with collect() as spent:
    ...     with measure("queue"):
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
def measure(part: str) -> Iterator[None]:
    """Adds the time of the context to the enclosing `collect`, if there is one."""
    spent = _current.get()
    if spent is None:
        yield
        return
    start = time.perf_counter()
    try:
        yield
    finally:
        spent[part] = spent.get(part, 0.0) + time.perf_counter() - start


def server_timing(spent: Spent) -> str:
    """Returns the value of a Server-Timing header (https://www.w3.org/TR/server-timing/).

    >>> server_timing({"queue": 0.0125, "model": 2.0})
    'queue;dur=12.5, model;dur=2000.0'
    """
    return ", ".join(f"{part};dur={seconds * 1000:.1f}" for part, seconds in spent.items())
