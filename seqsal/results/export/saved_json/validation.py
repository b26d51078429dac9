"""Checks that JSON is a saved result and that its parts are consistent.

The schema in `seqsal/shared/saved_result.schema.json` describes the files that seqsal writes. A
reader accepts more: it ignores unknown fields and unknown display settings of later releases. It
also checks what a schema cannot express: lengths, the order of ranges, and finite numbers. So
this module does not run the schema. (jsonschema also takes 30 times as long for large files.)
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from seqsal.shared.resources import shared_data

_PROPERTIES: Final[Mapping[str, Any]] = shared_data("saved_result.schema.json")["properties"]
FORMAT: Final[str] = _PROPERTIES["format"]["const"]
VERSION: Final[int] = _PROPERTIES["version"]["const"]
_SOURCES: Final[Sequence[str]] = _PROPERTIES["source"]["enum"]
_ROLES: Final[Sequence[str]] = _PROPERTIES["messages"]["items"]["properties"]["role"]["enum"]
_DESCRIPTION: Final[Mapping[str, Any]] = _PROPERTIES["method_descriptions"]["items"]
_SCORED: Final[Sequence[str]] = _DESCRIPTION["properties"]["scores"]["enum"]
_COST: Final[Mapping[str, Any]] = _DESCRIPTION["properties"]["cost"]["properties"]
_MAX_SHOWN: Final = 60


def check(value: Any) -> dict[str, Any]:
    """Returns the fields of a saved result.

    Args:
        value: parsed JSON.

    Raises:
        ValueError: the value is not a saved result, is of a newer version, or is inconsistent.
    """
    fields = _object(value, "A saved result")
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
        _expect(_is_text(fields.get(name)), name, "a text", fields)
    _expect(fields.get("source") in _SOURCES, "source", '"response" or "target"', fields)
    _expect(isinstance(fields.get("selected"), bool), "selected", "true or false", fields)
    _check_lists(fields)
    view = _object(fields.get("view"), "view")
    _expect(all(map(_is_text, view.values())), "view", "texts by name", fields)
    return dict(fields)


def _check_lists(fields: Mapping[str, Any]) -> None:
    count = len(_list(fields, "tokens", _is_text))
    _list(fields, "special_tokens_mask", _is_mark, count)
    if "messages" in fields:
        _check_messages(fields, count)
    if "thinking" in fields:
        _check_segments(fields, "thinking", count)
    if "omitted" in fields:
        _check_segments(fields, "omitted", len(fields["prompt"]), "characters")
    if "token_ids" in fields:
        _list(fields, "token_ids", _is_integer, count)
    if "logprobs" in fields:
        _list(fields, "logprobs", lambda each: each is None or _is_number(each), count)
    methods = _list(fields, "methods", _is_text)
    if "method_descriptions" in fields:
        _check_descriptions(fields, methods)
    for entry in _list(fields, "salience", lambda each: True):
        _check_salience(_object(entry, "An entry of salience"), count)
    has_selection = fields["salience"] or not fields["selected"]
    _expect(bool(has_selection), "salience", "not empty where selected is true", fields)


def _check_messages(fields: Mapping[str, Any], count: int) -> None:
    end = 0
    for each in _list(fields, "messages", lambda each: isinstance(each, dict)):
        _expect(each.get("role") in _ROLES, "role", f"one of {', '.join(_ROLES)}", each)
        span = each.get("tokens")
        fits = _is_range(span) and end <= span[0] <= span[1] <= count
        _expect(fits, "tokens", f"a range [start, end) of {count} tokens, in order", each)
        end = span[1]
    pairs = zip(fields["tokens"], fields["special_tokens_mask"], strict=True)
    text = "".join(token for token, special in pairs if not special)
    exact = not fields["messages"] or text.endswith(fields["target"])
    _expect(exact, "target", "the end of the tokens", fields)


def _check_descriptions(fields: Mapping[str, Any], methods: Sequence[str]) -> None:
    descriptions = _list(fields, "method_descriptions", lambda each: isinstance(each, dict))
    for each in descriptions:
        if any(name not in each for name in _DESCRIPTION["required"]):
            expected = f"objects with {', '.join(_DESCRIPTION['required'])}"
            raise _invalid("method_descriptions", expected, each)
        for name in ("name", "label", "help", "family"):
            _expect(_is_text(each[name]), name, "a text", each)
        signed = each["signed"]
        _expect(signed is None or isinstance(signed, bool), "signed", "true, false or null", each)
        _expect(each["scores"] in _SCORED, "scores", f"one of {', '.join(_SCORED)}", each)
        _check_cost(each)
    names = [each["name"] for each in descriptions]
    if names != methods:
        raise _invalid("method_descriptions", "of the methods, in the same order", names)


def _check_cost(description: Mapping[str, Any]) -> None:
    cost = _object(description["cost"], "cost of a method")
    fits = cost.keys() == _COST.keys() and cost["per"] in _COST["per"]["enum"]
    fits = fits and _is_number(cost["forward"]) and _is_number(cost["backward"])
    _expect(fits, "cost", "an object with forward, backward and per", description)


def _check_salience(entry: Mapping[str, Any], count: int) -> None:
    last = -1
    for span in _list(entry, "selection", _is_range):
        fits = last < span[0] < span[1] <= count
        _expect(fits, "selection", f"ranges [start, end) of {count} tokens, in order", entry)
        last = span[1]
    _expect(last >= 0, "selection", "at least one range", entry)
    scores = _object(entry.get("scores"), "scores")
    for method in scores:
        _list(scores, method, _is_number, count)
    segments = _object(entry.get("segments", {}), "segments")
    for method in segments:
        _check_segments(segments, method, count)
    for check in _list({"checks": entry.get("checks", [])}, "checks", lambda each: True):
        _check_removals(_object(check, "An entry of checks"), count)
    through = entry.get("through_thinking", False)
    _expect(isinstance(through, bool), "through_thinking", "true or false", entry)
    totals = _object(entry.get("totals", {}), "totals")
    _expect(all(map(_is_number, totals.values())), "totals", "a number by method", entry)
    if "contrast" in entry:
        contrast = _object(entry["contrast"], "contrast")
        _expect(_is_text(contrast.get("text")), "text", "a text", contrast)
        logprobs = _list(contrast, "logprobs", _is_number)
        _expect(len(logprobs) == 2, "logprobs of a contrast", "two numbers", contrast)
        for name in ("token", "shared"):
            fits = name not in contrast or _is_count(contrast[name])
            _expect(fits, name, "a whole number from 0", contrast)


def _check_removals(check: Mapping[str, Any], count: int) -> None:
    segments = _check_segments(check, "segments", count)
    effects = _list(check, "effects", lambda each: each is None or _is_number(each))
    _expect(len(effects) == len(segments), "effects", "one entry for each segment", check)
    for each in _list({"together": check.get("together", [])}, "together", lambda each: True):
        removal = _object(each, "An entry of together")
        _check_segments(removal, "removed", count)
        _expect(_is_number(removal.get("effect")), "effect", "a number", removal)


def _check_segments(
    fields: Mapping[str, Any], name: str, count: int, of: str = "tokens"
) -> Sequence[Any]:
    """Returns ranges of tokens; neighbouring segments have no gap between them."""
    end = 0
    segments = _list(fields, name, _is_range)
    for span in segments:
        fits = end <= span[0] < span[1] <= count
        _expect(fits, name, f"ranges [start, end) of {count} {of}, in order", fields)
        end = span[1]
    return segments


def _list(
    fields: Mapping[str, Any],
    name: str,
    fits: Callable[[Any], bool],
    count: int | None = None,
) -> Sequence[Any]:
    value = fields.get(name)
    if not isinstance(value, list) or not all(map(fits, value)):
        raise _invalid(name, "a list with entries of one kind", value)
    if count is not None and len(value) != count:
        raise _invalid(name, f"{count} long, one entry for each token", len(value))
    return value


def _expect(fits: bool, name: str, what: str, fields: Mapping[str, Any]) -> None:
    if not fits:
        raise _invalid(name, what, fields.get(name))


def _invalid(name: str, what: str, got: Any) -> ValueError:
    return ValueError(f"{name} of a saved result must be {what}, but is {_shown(got)}.")


def _object(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{what} must be an object with fields, but is {_shown(value)}.")
    return value


def _shown(value: Any) -> str:
    text = "missing" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return _is_integer(value) and value >= 0


def _is_number(value: Any) -> bool:
    return _is_integer(value) or (isinstance(value, float) and math.isfinite(value))


def _is_mark(value: Any) -> bool:
    return _is_integer(value) and value in (0, 1)


def _is_range(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_integer, value))
