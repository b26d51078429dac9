"""The prompts that users added or edited."""

import dataclasses
import datetime
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from seqsal.store import keys, queries, schema, trails


@dataclasses.dataclass(frozen=True, kw_only=True)
class Prompt:
    """A user's prompt.

    Attributes:
        source: the name of the prompt.
        prompt: the text.
        target: the target text; empty for none.
        parent: the key of the prompt that it was made from; None for none.
    """

    source: str
    prompt: str
    target: str
    parent: bytes | None = None


def add(connection: sa.Connection, dataset: str, added: Iterable[Prompt]) -> None:
    """Stores prompts of a dataset; a prompt that is already stored is left unchanged."""
    given = list(added)
    restore(
        connection,
        [
            {
                "dataset": dataset,
                "created": now(),
                "source": each.source,
                "prompt": each.prompt,
                "target": each.target,
            }
            for each in given
        ],
    )
    parents = {
        keys.of_prompt(dataset, each.prompt, each.target): each.parent
        for each in given
        if each.parent is not None
    }
    trails.add_parents(connection, dataset, parents)


def restore(connection: sa.Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Stores rows of another store: all columns except `id` and `key`."""
    keyed = [
        {"key": keys.of_prompt(row["dataset"], row["prompt"], row["target"]), **row} for row in rows
    ]
    if keyed:
        queries.insert_new(connection, schema.prompts, keyed)


def of_dataset(connection: sa.Connection, dataset: str) -> list[Prompt]:
    """Returns the prompts of a dataset, oldest first."""
    table, tries = schema.prompts.c, schema.tries.c
    query = (
        sa.select(table.source, table.prompt, table.target, tries.parent)
        .outerjoin_from(schema.prompts, schema.tries, table.key == tries.key)
        .where(table.dataset == dataset)
        .order_by(table.id)
    )
    return [Prompt(**row._mapping) for row in connection.execute(query)]


def keys_of_dataset(connection: sa.Connection, dataset: str) -> set[bytes]:
    """Returns the keys of the prompts of a dataset."""
    table = schema.prompts.c
    query = sa.select(table.key).where(table.dataset == dataset)
    return {bytes(key) for key in connection.scalars(query)}


def now() -> str:
    """Returns the time in UTC. It is for display only: rows are never ordered by it."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
