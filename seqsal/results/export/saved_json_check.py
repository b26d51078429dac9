"""Whether what a file holds is a saved result: which parts there must be, and that they fit."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

FORMAT: Final = "seqsal-salience"
VERSION: Final = 1
_SHOWN: Final = 60


def check(value: Any) -> dict[str, Any]:
    """Returns a saved result whose parts fit together.

    Args:
        value: what `json.loads` makes of a file.

    Raises:
        ValueError: it is no saved result, or one of a newer version, or its parts do not fit
            together; the message says which.
    """
    fields = _fields(value, "A saved result")
    if fields.get("format") != FORMAT:
        raise ValueError(
            f'A saved result must have "format": "{FORMAT}", but this has'
            f" {_shown(fields.get('format'))}."
        )
    if fields.get("version") != VERSION:
        raise ValueError(
            f"This reads version {VERSION} of saved results, but this one is version"
            f" {_shown(fields.get('version'))}. Use a newer seqsal."
        )
    for name in ("prompt", "target"):
        _expect(isinstance(fields.get(name), str), name, "a text", fields)
    known = fields.get("source") in ("response", "target")
    _expect(known, "source", '"response" or "target"', fields)
    _expect(isinstance(fields.get("selected"), bool), "selected", "true or false", fields)
    _check_lists(fields)
    view = _fields(fields.get("view"), "view")
    _expect(all(isinstance(text, str) for text in view.values()), "view", "texts by name", fields)
    return dict(fields)


def _check_lists(fields: Mapping[str, Any]) -> None:
    count = len(_list(fields, "tokens", _is_text))
    _list(fields, "special_tokens_mask", _is_mark, count)
    if "token_ids" in fields:
        _list(fields, "token_ids", _is_whole, count)
    if "logprobs" in fields:
        _list(fields, "logprobs", lambda each: each is None or _is_number(each), count)
    _list(fields, "methods", _is_text)
    for entry in _list(fields, "salience", lambda each: True):
        _check_salience(_fields(entry, "An entry of salience"), count)
    shown = fields["salience"] or not fields["selected"]
    _expect(bool(shown), "salience", "not empty where selected is true", fields)


def _check_salience(entry: Mapping[str, Any], count: int) -> None:
    last = -1
    for span in _list(entry, "selection", _is_range):
        fits = last < span[0] < span[1] <= count
        _expect(fits, "selection", f"ranges [start, end) of {count} tokens, in order", entry)
        last = span[1]
    _expect(last >= 0, "selection", "at least one range", entry)
    scores = _fields(entry.get("scores"), "scores")
    for method in scores:
        _list(scores, method, _is_number, count)


def _list(
    fields: Mapping[str, Any],
    name: str,
    fits: Callable[[Any], bool],
    count: int | None = None,
) -> Sequence[Any]:
    value = fields.get(name)
    if not isinstance(value, list) or not all(map(fits, value)):
        raise _wrong(name, "a list with entries of one kind", value)
    if count is not None and len(value) != count:
        raise _wrong(name, f"{count} long, one entry for each token", len(value))
    return value


def _expect(fits: bool, name: str, what: str, fields: Mapping[str, Any]) -> None:
    if not fits:
        raise _wrong(name, what, fields.get(name))


def _wrong(name: str, what: str, got: Any) -> ValueError:
    return ValueError(f"{name} of a saved result must be {what}, but is {_shown(got)}.")


def _fields(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{what} must be an object with fields, but is {_shown(value)}.")
    return value


def _shown(value: Any) -> str:
    text = "missing" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return _is_whole(value) or (isinstance(value, float) and math.isfinite(value))


def _is_mark(value: Any) -> bool:
    return _is_whole(value) and value in (0, 1)


def _is_range(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_whole, value))
