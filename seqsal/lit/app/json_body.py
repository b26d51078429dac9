"""Parses untrusted JSON, with a limit on nesting that does not depend on the parser.

json.loads, msgspec and orjson fail at depths of their own (the recursion limit, or 1,024 in orjson
3.11), and LIT's conversion of objects at others. The depth is therefore counted before parsing.
"""

import json
from collections.abc import Callable
from typing import Any, Final

import numpy as np

MAX_DEPTH: Final = 64
"""Nested lists and objects. LIT's page and ours send at most 8."""

_OTHER_BYTES: Final = bytes(set(range(256)) - set(b'[]{}"'))
_STEPS: Final = np.zeros(256, np.int8)
_STEPS[list(b"[{")], _STEPS[list(b"]}")] = 1, -1
_CHUNK_BYTES: Final = 1 << 20


def parse(body: bytes, object_hook: Callable[[dict[str, Any]], Any] | None = None) -> Any:
    """Returns the value of a JSON text.

    Args:
        body: JSON in UTF-8.
        object_hook: called with each object; its result replaces the object.

    Raises:
        ValueError: the body is not UTF-8, is not JSON, is nested too deeply, or has a constant
            such as NaN that JSON does not define.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("A request must be in UTF-8; this one is not.") from None
    if (deep := depth(body)) > MAX_DEPTH:
        raise ValueError(
            f"The JSON of a request is nested too deeply: expected at most {MAX_DEPTH} nested lists"
            f" and objects, got {deep}. Send it with fewer levels."
        )
    try:
        return json.loads(text, object_hook=object_hook, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise ValueError(f"A request must be JSON; this one is not: {error}.") from None


def depth(body: bytes) -> int:
    """Returns the maximum nesting of lists and objects, by the brackets outside of strings.

    >>> depth(b'{"a": [1, [2], "[[["]}')
    3
    """
    marks = body.replace(rb"\\", b"").replace(rb"\"", b"").translate(None, _OTHER_BYTES)
    quotes = now = deepest = 0
    for start in range(0, len(marks), _CHUNK_BYTES):
        chunk = np.frombuffer(marks[start : start + _CHUNK_BYTES], np.uint8)
        seen = quotes + np.cumsum(chunk == ord('"'))
        depths = now + np.cumsum(np.where(seen % 2, 0, _STEPS[chunk]))
        quotes, now, deepest = seen[-1] % 2, depths[-1], max(deepest, depths.max())
    return int(deepest)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"JSON has no {name}.")
