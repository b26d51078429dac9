"""Readers of prompt files. Errors contain the file and the line."""

import dataclasses
import json
import pathlib
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from seqsal.shared import fields
from seqsal.shared.openai_format import prompt_of_messages

SHIPPED: Final = ("sample_prompts", "chat_prompts", "published_prompts")
"""The files in this folder: prompts for the models that ship, questions to a chat model, and the
prompts of the paper (Tenney et al. 2024) and of its tutorial."""
HERE: Final = pathlib.Path(__file__).parent

Record = dict[str, str]

_FIELDS = (fields.SOURCE, fields.PROMPT, fields.TARGET)


@dataclasses.dataclass(frozen=True)
class Line:
    """A line of a prompt file.

    Attributes:
        number: from 1 on.
        record: its record; None if the line is malformed.
        values: all fields of its JSON object; empty for a .txt file and a malformed line.
        error: what is wrong with it; empty if nothing is.
    """

    number: int
    record: Record | None
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)
    error: str = ""


def read(path: pathlib.Path) -> list[Record]:
    """Returns the records of a file: `source`, `prompt` and `target`, all text.

    * .jsonl: one JSON object per line, with `prompt`, or `messages` and perhaps `documents` and
      `tools`, and optionally `target` and `source`. Messages become a prompt in message form
      (`seqsal.shared.messages`).
    * .txt: one prompt per line; `target` is empty and `source` is the file name.

    Blank lines are skipped.

    Raises:
        ValueError: the file cannot be read, has another extension, or a line is malformed.
    """
    reader = {".jsonl": _read_jsonl_line, ".txt": _read_txt_line}[_checked(path).suffix]
    records = []
    for number, line in _lines(path):
        try:
            records.append(reader(line, path))
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from None
    if not records:
        raise ValueError(f"{path} has no prompt. Expected at least one line with a prompt.")
    return records


def stream(path: pathlib.Path) -> Iterator[Line]:
    """Yields the lines of a file that are not blank, without holding the file in memory.

    A malformed line has an error, and the lines after it follow.

    Args:
        path: as in `read`.

    Raises:
        ValueError: the file cannot be read, or has another extension.
    """
    parse = {".jsonl": _jsonl_line, ".txt": _txt_line}[_checked(path).suffix]
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, start=1):
                line = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
                if line.strip():
                    yield _parsed(number, line.rstrip(b"\r\n"), path, parse)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}. Check the path.") from None


_Parsed = tuple[Record, Mapping[str, object]]


def _parsed(
    number: int,
    line: bytes,
    path: pathlib.Path,
    parse: Callable[[str, pathlib.Path], _Parsed],
) -> Line:
    try:
        return Line(number, *parse(line.decode(), path))
    except UnicodeDecodeError as error:
        wrong = f"not UTF-8 text: byte {error.start} is {line[error.start]:#04x}."
    except ValueError as error:
        wrong = str(error)
    except RecursionError:
        wrong = "not JSON that can be read: it is nested too deeply."
    return Line(number, None, error=wrong)


def _jsonl_line(line: str, path: pathlib.Path) -> _Parsed:
    value = _json_object(line)
    return record_of(value, path.name), value


def _txt_line(line: str, path: pathlib.Path) -> _Parsed:
    return _read_txt_line(line, path), {}


def _checked(path: pathlib.Path) -> pathlib.Path:
    if path.suffix not in (".jsonl", ".txt"):
        raise ValueError(
            f"A dataset must be a .jsonl or .txt file; got {str(path)!r}. Rename or convert it."
        )
    return path


def _lines(path: pathlib.Path) -> Iterator[tuple[int, str]]:
    try:
        # Not splitlines(): it also splits at U+2028 and other characters that a prompt can contain.
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is not UTF-8 text: byte {error.start} is {error.object[error.start]:#04x}."
            " Save it as UTF-8."
        ) from None
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}. Check the path.") from None
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield number, line.removesuffix("\r")


def _read_txt_line(line: str, path: pathlib.Path) -> Record:
    return {fields.SOURCE: path.name, fields.PROMPT: line, fields.TARGET: ""}


def _read_jsonl_line(line: str, path: pathlib.Path) -> Record:
    return record_of(_json_object(line), path.name)


def _json_object(line: str) -> dict[str, object]:
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at column {error.colno}.") from None
    if not isinstance(value, dict):
        raise ValueError(f"expected a JSON object with a prompt, got {_kind(value)}.")
    return value


def record_of(value: Mapping[str, object], source: str) -> Record:
    """Returns the record of a JSON object: its prompt or messages, target and source.

    Args:
        value: the object; other fields are ignored.
        source: the default for an object without a source.

    Raises:
        ValueError: the prompt is missing, there are messages too, or a field has another type.
    """
    if value.get(fields.MESSAGES) is not None:
        value = _with_prompt(value)
    record = {fields.SOURCE: source, fields.TARGET: ""} | {
        name: value[name] for name in _FIELDS if value.get(name) is not None
    }
    if not record.get(fields.PROMPT):
        raise ValueError(f"the field 'prompt' is missing or empty; got the fields {list(value)}.")
    return {name: _text(name, text) for name, text in record.items()}


def _with_prompt(value: Mapping[str, object]) -> Mapping[str, object]:
    """Returns an object whose messages have become its prompt."""
    if value.get(fields.PROMPT):
        raise ValueError("expected 'prompt' or 'messages', got both. Leave one of them out.")
    names = (fields.MESSAGES, fields.DOCUMENTS, fields.TOOLS)
    prompt = prompt_of_messages(*(value.get(name) for name in names))
    return {**value, fields.PROMPT: prompt}


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"the field {name!r} must be text, got {_kind(value)}.")
    return value


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "text", bool: "true or false"}
    return kinds.get(type(value), "null" if value is None else "a number")
