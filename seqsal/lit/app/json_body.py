"""JSON that strangers send: read within bounds that do not depend on who reads it."""

import json
from collections.abc import Callable
from typing import Any, Final

import numpy as np

MOST_DEPTH: Final = 64
"""Lists and objects within each other. LIT's page and ours send 8 at most."""

_NO_MARKS: Final = bytes(set(range(256)) - set(b'[]{}"'))
_STEPS: Final = np.zeros(256, np.int8)
_STEPS[list(b"[{")], _STEPS[list(b"]}")] = 1, -1
_AT_ONCE: Final = 1 << 20


def parse(body: bytes, make: Callable[[dict[str, Any]], Any] | None = None) -> Any:
    """Returns what JSON says.

    Args:
        body: JSON in UTF-8.
        make: called with each object, for what to have in its place.

    Raises:
        ValueError: it is no JSON in UTF-8, is nested too deeply, or has a number that JSON has not.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("A request must be in UTF-8; this one is not.") from None
    if (deep := depth(body)) > MOST_DEPTH:
        raise ValueError(
            f"The JSON of a request is nested too deeply: expected at most {MOST_DEPTH} lists and"
            f" objects within each other, got {deep}. Send it with fewer brackets around."
        )
    try:
        return json.loads(text, object_hook=make, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise ValueError(f"A request must be JSON; this one is not: {error}.") from None


def depth(body: bytes) -> int:
    """Returns how deep lists and objects stand within each other, by brackets outside of strings.

    It is found out before anything is parsed.

    >>> depth(b'{"a": [1, [2], "[[["]}')
    3
    """
    marks = body.replace(rb"\\", b"").replace(rb"\"", b"").translate(None, _NO_MARKS)
    quotes = now = deepest = 0
    for start in range(0, len(marks), _AT_ONCE):
        part = np.frombuffer(marks[start : start + _AT_ONCE], np.uint8)
        seen = quotes + np.cumsum(part == ord('"'))
        depths = now + np.cumsum(np.where(seen % 2, 0, _STEPS[part]))
        quotes, now, deepest = seen[-1] % 2, depths[-1], max(deepest, depths.max())
    return int(deepest)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"JSON has no {name}.")
