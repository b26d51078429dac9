r"""Calls of tools, as the text of a block `calls:` in the message form.

    calls:
    [{"name": "get_weather", "arguments": {"city": "Oslo"}}]

The block belongs to the assistant's message before it. It holds a JSON list of objects with `name`,
`arguments` and perhaps `id`. The messages `tool:` after it answer its calls, in order: the first
one that of the first call. One that does not says so in its role line:
`tool {"tool_call_id": "b"}:`.
"""

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from seqsal.shared.messages import CALLS, Message, shown

_REFERENCES: Final = ("name", "tool_call_id")
_LEXEME: Final = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+)')


@dataclasses.dataclass(frozen=True)
class Value:
    """A value, or the name of a field, in the text of some calls.

    Attributes:
        path: the indices and names of fields that lead to it.
        start: where it begins in the text; a string after its quote.
        stop: where it ends; a string before its quote.
        kind: field, string, number, literal (true, false, null), list or object.
    """

    path: tuple[int | str, ...]
    start: int
    stop: int
    kind: str


def calls_text(name: str, calls: object) -> str:
    """Returns the text of the `tool_calls` of a message in the OpenAI format.

    >>> calls_text("m", [{"function": {"name": "look", "arguments": '{"at": 3}'}, "id": "a"}])
    '[{"name": "look", "arguments": {"at": 3}, "id": "a"}]'

    Args:
        name: what they are, for errors.
        calls: the calls. Arguments may be an object, or its JSON, which is kept as it is.

    Raises:
        ValueError: they are something else.
    """
    if not isinstance(calls, Sequence) or isinstance(calls, str) or not calls:
        raise ValueError(f"{name} must be a list of calls; got {shown(calls)}.")
    texts = [_call_text(f"{name}[{i}]", call) for i, call in enumerate(calls)]
    return "[" + ",\n ".join(texts) + "]"


def calls_in(text: str) -> list[dict[str, Any]]:
    """Returns the calls in the text of a block: objects with `name`, `arguments` and perhaps `id`.

    Raises:
        ValueError: the text is something else.
    """
    try:
        calls = json.loads(text)
    except ValueError as error:
        raise ValueError(f"The content of calls: must be JSON; {error}.") from None
    if not isinstance(calls, list) or not calls:
        raise ValueError(f"The content of calls: must be a JSON list; got {shown(calls)}.")
    for call in calls:
        if not isinstance(call, dict) or not _is_call(call):
            raise ValueError(
                "A call in calls: must be an object with name (a text), arguments (an object) and"
                f" perhaps id (a text); got {shown(call)}."
            )
    return calls


def argument_texts(text: str) -> list[str]:
    """Returns the arguments of each call in the text of a block, as they are written there."""
    return [
        text[value.start : value.stop]
        for value in values_in(text)
        if value.path[1:] == ("arguments",) and value.kind == "object"
    ]


def call_starts(text: str) -> list[int]:
    """Returns where each call begins in the text of a block."""
    return [value.start for value in values_in(text) if len(value.path) == 1]


def values_in(text: str) -> list[Value]:
    """Returns all values and names of fields in a text of JSON, in order.

    >>> [(v.path, v.kind) for v in values_in('[{"name": "look"}]')]
    [((), 'list'), ((0,), 'object'), ((0, 'name'), 'field'), ((0, 'name'), 'string')]
    """
    lexemes = [*_LEXEME.finditer(text)][::-1]
    return sorted(_values(lexemes, ()), key=lambda value: (value.start, -value.stop))


def answered_by_place(before: Sequence[Message]) -> dict[str, str]:
    """Returns what a message `tool:` without a reference says of the call that it answers.

    >>> calls = Message("calls", '[{"name": "look", "arguments": {}}]')
    >>> answered_by_place([calls]), answered_by_place([calls, Message("tool", "A cat")])
    ({'name': 'look'}, {})

    Args:
        before: the messages before it.

    Returns:
        The id of the call as `tool_call_id`; of a call without one its `name`; empty if no block
        has a call for it.
    """
    block = max((i for i, each in enumerate(before) if each.role == CALLS), default=None)
    if block is None:
        return {}
    calls = calls_in(before[block].content)
    number = sum(each.role == "tool" for each in before[block:])
    if number >= len(calls):
        return {}
    call = calls[number]
    return {"tool_call_id": call["id"]} if "id" in call else {"name": call["name"]}


def reference(name: str, message: Mapping[str, Any]) -> dict[str, str]:
    """Returns what a message of the role tool says of the call that it answers.

    Args:
        name: what it is, for errors.
        message: an object with perhaps `name` and `tool_call_id`; other fields are ignored.

    Raises:
        ValueError: one of them is no text.
    """
    found = {key: message[key] for key in _REFERENCES if message.get(key) is not None}
    for key, value in found.items():
        if not isinstance(value, str):
            raise ValueError(f"{name}.{key} must be a text; got {shown(value)}.")
    return found


def reference_in(text: str) -> dict[str, str]:
    """Returns the fields in a role line `tool {...}:`, given its object.

    Raises:
        ValueError: it is no object with only `name` and `tool_call_id`, which are texts.
    """
    try:
        fields = json.loads(text)
    except ValueError:
        fields = None
    if not isinstance(fields, dict) or not fields.keys() <= set(_REFERENCES):
        raise ValueError(
            "A role line tool {...}: must hold a JSON object with tool_call_id, name, or both; got"
            f" {shown(text)}."
        )
    return reference(f"tool {text}", fields)


def _is_call(call: dict[str, Any]) -> bool:
    texts = [call.get("name"), call.get("id", "")]
    known = call.keys() <= {"name", "arguments", "id"}
    return (
        known
        and all(isinstance(each, str) for each in texts)
        and bool(texts[0])
        and isinstance(call.get("arguments"), dict)
    )


def _call_text(name: str, call: object) -> str:
    function = call.get("function", call) if isinstance(call, Mapping) else None
    if not isinstance(call, Mapping) or not isinstance(function, Mapping):
        raise ValueError(f"{name} must be an object with function; got {shown(call)}.")
    if not isinstance(function.get("name"), str) or not function["name"]:
        raise ValueError(f"{name} needs the name of a function; got {shown(call)}.")
    arguments = function.get("arguments", {})
    text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    try:
        is_object = isinstance(json.loads(text or "{}"), dict)
    except ValueError:
        is_object = False
    if not is_object:
        raise ValueError(
            f"{name}.function.arguments must be an object, or its JSON; got {shown(arguments)}."
        )
    parts = [f'"name": {_json(function["name"])}', f'"arguments": {text or "{}"}']
    if call.get("id") is not None:
        parts.append(f'"id": {_json(str(call["id"]))}')
    return f"{{{', '.join(parts)}}}"


def _values(lexemes: list[re.Match[str]], path: tuple[int | str, ...]) -> Iterator[Value]:
    """Yields the values of the first of some lexemes, which it takes; the last are the first."""
    opening = lexemes.pop()
    first, (start, stop) = opening[1], opening.span(1)
    if first in "[{":
        number = 0
        while lexemes[-1][1] not in "]}":
            key: int | str = number
            if first == "{":
                field = lexemes.pop()
                key = str(json.loads(field[1]))
                yield Value((*path, key), field.start(1) + 1, field.end(1) - 1, "field")
                lexemes.pop()  # The colon.
            yield from _values(lexemes, (*path, key))
            number += 1
            if lexemes[-1][1] == ",":
                lexemes.pop()
        yield Value(path, start, lexemes.pop().end(1), "object" if first == "{" else "list")
    elif first[0] == '"':
        yield Value(path, start + 1, stop - 1, "string")
    else:
        yield Value(path, start, stop, "literal" if first[0] in "tfnNI" else "number")


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
