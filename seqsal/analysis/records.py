"""Streams of records: prompts with the place that each comes from."""

import dataclasses
import hashlib
import itertools
import json
import os
import pathlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from seqsal.datasets import files
from seqsal.shared import fields
from seqsal.shared.named_paths import split_name

Datasets = (
    str
    | os.PathLike[str]
    | Sequence[str | os.PathLike[str]]
    | Mapping[str, str | os.PathLike[str] | Iterable[Mapping[str, object]]]
)
"""A file, several, or by name files or records with `prompt` or `messages`."""

_COLUMNS_TO_LEAVE = (fields.PROMPT, fields.TARGET, fields.SOURCE, fields.MESSAGES)


@dataclasses.dataclass(frozen=True)
class InputRecord:
    """A record, or a malformed line.

    Attributes:
        dataset: the name of its data set.
        number: its place in the data set, from 0; malformed lines count.
        line: its line in the file, from 1; of records in memory, their place, from 1.
        prompt: what the model reads; empty for a malformed line.
        target: the text after it that the data has; empty for none.
        source: the source that the data names.
        columns: the other fields of the record.
        error: what is wrong with the line; empty if nothing is.
    """

    dataset: str
    number: int
    line: int
    prompt: str = ""
    target: str = ""
    source: str = ""
    columns: Mapping[str, object] = dataclasses.field(default_factory=dict)
    error: str = ""


@dataclasses.dataclass(frozen=True)
class RecordSource:
    """A data set that can be read again and again.

    Attributes:
        name: its name.
        path: its file; None for records in memory.
        values: the records in memory.
    """

    name: str
    path: pathlib.Path | None
    values: tuple[Mapping[str, object], ...] = ()

    def __iter__(self) -> Iterator[InputRecord]:
        """Yields the records in order, one at a time.

        Raises:
            ValueError: the file cannot be read, or has another extension.
        """
        lines = self._of_values() if self.path is None else files.stream(self.path)
        for number, line in enumerate(lines):
            if line.record is None:
                yield InputRecord(self.name, number, line.number, error=line.error)
                continue
            yield InputRecord(
                self.name,
                number,
                line.number,
                prompt=line.record[fields.PROMPT],
                target=line.record[fields.TARGET],
                source=line.record[fields.SOURCE],
                columns={
                    name: value
                    for name, value in line.values.items()
                    if name not in _COLUMNS_TO_LEAVE
                },
            )

    def fingerprint(self) -> str:
        """Returns a hash of the content.

        Raises:
            ValueError: the file cannot be read.
        """
        if self.path is None:
            content = json.dumps([dict(value) for value in self.values], default=str)
            return hashlib.sha256(content.encode()).hexdigest()
        try:
            with self.path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ValueError(
                f"{self.path} cannot be read: {error.strerror}. Check the path."
            ) from None

    def _of_values(self) -> Iterator[files.Line]:
        for number, value in enumerate(self.values, start=1):
            try:
                yield files.Line(number, files.record_of(value, self.name), value)
            except ValueError as error:
                yield files.Line(number, None, error=str(error))


def find_sources(datasets: Datasets) -> list[RecordSource]:
    """Returns the data sets.

    Args:
        datasets: paths or `name:path` of .jsonl and .txt files, or the names of files that ship
            with seqsal; or by name paths or records.

    Raises:
        ValueError: there is none, or two have the same name.
    """
    if isinstance(datasets, Mapping):
        found = [_named(name, value) for name, value in datasets.items()]
    else:
        single = isinstance(datasets, str | os.PathLike)
        paths: Sequence[str | os.PathLike[str]] = [datasets] if single else datasets  # type: ignore[list-item,assignment]
        found = [_of_path(os.fspath(path)) for path in paths]
    names = [source.name for source in found]
    if not names or len(set(names)) < len(names):
        raise ValueError(
            f"datasets must be at least one, each with a name of its own; got {names}. Name them"
            " as name:path."
        )
    return found


def chunks(source: RecordSource, size: int, limit: int | None) -> Iterator[list[InputRecord]]:
    """Yields the records of a data set in lists of a size.

    >>> values = tuple({"prompt": str(i)} for i in range(5))
    >>> [len(each) for each in chunks(RecordSource("a", None, values), 2, None)]
    [2, 2, 1]

    Args:
        source: the data set.
        size: the number of records in a list; the last one may have fewer.
        limit: the number of records to read; None for all.
    """
    records = itertools.islice(source, limit)
    while chunk := [*itertools.islice(records, size)]:
        yield chunk


def _of_path(path: str) -> RecordSource:
    if path in files.SHIPPED:
        return RecordSource(path, files.HERE / f"{path}.jsonl")
    if os.path.exists(path):
        return RecordSource(pathlib.Path(path).stem, pathlib.Path(path))
    name, path = split_name(path, "dataset")
    return RecordSource(name, pathlib.Path(path).expanduser())


def _named(
    name: str, value: str | os.PathLike[str] | Iterable[Mapping[str, object]]
) -> RecordSource:
    if isinstance(value, str | os.PathLike):
        return RecordSource(name, pathlib.Path(value).expanduser())
    return RecordSource(name, None, tuple(value))
