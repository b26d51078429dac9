"""Trails: which prompt was made from which, which are starred or hidden, and checks of answers."""

import dataclasses
from collections.abc import Mapping

import sqlalchemy as sa

from seqsal.store import queries, schema


@dataclasses.dataclass(frozen=True, kw_only=True)
class Note:
    """What is noted about a prompt.

    Attributes:
        parent: the key of the prompt that it was made from; None if it was made from none.
        starred: whether a user starred it.
        hidden: whether a user hid it.
    """

    parent: bytes | None = None
    starred: bool = False
    hidden: bool = False


def add_parents(connection: sa.Connection, dataset: str, parents: Mapping[bytes, bytes]) -> None:
    """Notes the parents of prompts, by their keys; a parent that is known stays."""
    rows = [
        {"key": key, "dataset": dataset, "parent": parent, "starred": False, "hidden": False}
        for key, parent in parents.items()
    ]
    if rows:
        queries.insert_new(connection, schema.tries, rows)


def notes(connection: sa.Connection, dataset: str | None = None) -> dict[bytes, Note]:
    """Returns the notes of a dataset, or of all, by the keys of the prompts."""
    table = schema.tries.c
    query = sa.select(table.key, table.parent, table.starred, table.hidden)
    if dataset is not None:
        query = query.where(table.dataset == dataset)
    return {
        bytes(row.key): Note(
            parent=None if row.parent is None else bytes(row.parent),
            starred=bool(row.starred),
            hidden=bool(row.hidden),
        )
        for row in connection.execute(query)
    }


def mark(connection: sa.Connection, dataset: str, key: bytes, marks: Mapping[str, bool]) -> int:
    """Sets or clears the star of a prompt, or hides or shows it.

    Args:
        connection: a connection in a write transaction.
        dataset: the dataset of the prompt.
        key: the key of the prompt.
        marks: `starred`, `hidden` or both.

    Returns:
        0, since notes do not count against the maximum size of the store.
    """
    row = {"key": key, "dataset": dataset, "parent": None, "starred": False, "hidden": False}
    queries.insert_new(connection, schema.tries, [row])
    connection.execute(schema.tries.update().where(schema.tries.c.key == key).values(**dict(marks)))
    return 0


def checks(connection: sa.Connection, dataset: str) -> dict[bytes, str]:
    """Returns the checks of a dataset, as JSON, by the key of the first prompt of each trail."""
    table = schema.answer_checks.c
    query = sa.select(table.root, table.checks).where(table.dataset == dataset)
    return {bytes(row.root): row.checks for row in connection.execute(query)}


def set_checks(connection: sa.Connection, dataset: str, root: bytes, text: str) -> int:
    """Replaces the checks of a trail; returns 0, as `mark` does."""
    row = {"root": root, "dataset": dataset, "checks": text}
    queries.insert_new(connection, schema.answer_checks, [row])
    connection.execute(
        schema.answer_checks.update().where(schema.answer_checks.c.root == root).values(checks=text)
    )
    return 0
