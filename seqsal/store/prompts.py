"""The prompts that users added or edited."""

import dataclasses
import datetime
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from seqsal.store import keys, rows, schema


@dataclasses.dataclass(frozen=True, kw_only=True)
class Prompt:
    """A user's prompt.

    Attributes:
        source: what it is called.
        prompt: its text.
        target: the text after it; empty for none.
    """

    source: str
    prompt: str
    target: str


def add(connection: sa.Connection, dataset: str, added: Iterable[Prompt]) -> None:
    """Keeps prompts of a dataset; one that is kept already stays as it is."""
    put_back(
        connection,
        [{"dataset": dataset, "created": now(), **dataclasses.asdict(each)} for each in added],
    )


def put_back(connection: sa.Connection, saved: Iterable[Mapping[str, Any]]) -> None:
    """Keeps prompts that were kept elsewhere: rows of all columns but `id` and `key`."""
    keyed = [
        {"key": keys.of_prompt(row["dataset"], row["prompt"], row["target"]), **row}
        for row in saved
    ]
    if keyed:
        rows.insert_new(connection, schema.prompts, keyed)


def of_dataset(connection: sa.Connection, dataset: str) -> list[Prompt]:
    """Returns the prompts of a dataset, the oldest first."""
    table = schema.prompts.c
    query = (
        sa.select(table.source, table.prompt, table.target)
        .where(table.dataset == dataset)
        .order_by(table.id)
    )
    return [Prompt(**row._mapping) for row in connection.execute(query)]


def now() -> str:
    """Returns the time in UTC, for people to read; nothing is ordered by it."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
