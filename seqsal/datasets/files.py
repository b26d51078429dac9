"""Reads files of prompts; a fault is named with its file and line."""

import json
import pathlib
from collections.abc import Iterator, Mapping

from seqsal.shared import fields as spec

Record = dict[str, str]

_FIELDS = (spec.SOURCE, spec.PROMPT, spec.TARGET)


def read(path: pathlib.Path) -> list[Record]:
    """Returns the records of a file: `source`, `prompt` and `target`, all text.

    * .jsonl: a JSON object on each line, with `prompt` and, if you like, `target` and `source`.
    * .txt: a prompt on each line, with `target` empty and the file's name as `source`.

    Lines of white space alone are left out.

    Raises:
        ValueError: the file can not be read, has another ending, or a line is malformed.
    """
    readers = {".jsonl": _read_jsonl_line, ".txt": _read_txt_line}
    reader = readers.get(path.suffix)
    if reader is None:
        raise ValueError(
            f"A dataset is a .jsonl or .txt file; got {str(path)!r}. Rename or convert it."
        )
    records = []
    for number, line in _lines(path):
        try:
            records.append(reader(line, path))
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from None
    if not records:
        raise ValueError(f"{path} holds no prompt. Expected at least one line with a prompt.")
    return records


def _lines(path: pathlib.Path) -> Iterator[tuple[int, str]]:
    try:
        # Not splitlines(): a prompt may hold U+2028 and other marks that it splits at.
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is not UTF-8 text: byte {error.start} is {error.object[error.start]:#04x}."
            " Save it as UTF-8."
        ) from None
    except OSError as error:
        raise ValueError(f"{path} can not be read: {error.strerror}. Check the path.") from None
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield number, line.removesuffix("\r")


def _read_txt_line(line: str, path: pathlib.Path) -> Record:
    return {spec.SOURCE: path.name, spec.PROMPT: line, spec.TARGET: ""}


def _read_jsonl_line(line: str, path: pathlib.Path) -> Record:
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at column {error.colno}.") from None
    if not isinstance(value, dict):
        raise ValueError(f"expected a JSON object with a prompt, got {_kind(value)}.")
    return record_of(value, path.name)


def record_of(value: Mapping[str, object], source: str) -> Record:
    """Returns a prompt with its target and source, where it has them.

    Args:
        value: fields of which those of a record are taken.
        source: for one that has none.

    Raises:
        ValueError: there is no prompt, or a field is no text.
    """
    record = {spec.SOURCE: source, spec.TARGET: ""} | {
        name: value[name] for name in _FIELDS if value.get(name) is not None
    }
    if not record.get(spec.PROMPT):
        raise ValueError(f"the field 'prompt' is missing or empty; the fields are {list(value)}.")
    return {name: _text(name, text) for name, text in record.items()}


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"the field {name!r} must be text, got {_kind(value)}.")
    return value


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "text", bool: "true or false"}
    return kinds.get(type(value), "null" if value is None else "a number")
