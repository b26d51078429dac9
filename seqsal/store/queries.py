"""Queries that all tables share: dialect differences, chunks of keys, and usage counters."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from seqsal.store import schema

Row = Any
"""A row of a query. beartype 0.23 warns about SQLAlchemy 2.1's own type, which is generic over
any number of types."""

_MAX_KEYS: Final = 500
"""Keys per query, well below SQLite's limit on bound parameters."""


def insert_new(
    connection: sa.Connection, table: sa.Table, rows: Iterable[Mapping[str, Any]]
) -> None:
    """Inserts rows; an existing row with the same key is left unchanged."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(table).on_conflict_do_nothing(), [dict(row) for row in rows])


def next_use(connection: sa.Connection) -> int:
    """Returns a number greater than `used` of every row."""
    last = [
        connection.execute(sa.select(sa.func.max(table.c.used))).scalar_one() or 0
        for table in (schema.answers, schema.results)
    ]
    return max(last) + 1


def mark_used(connection: sa.Connection, keys: Iterable[bytes]) -> None:
    """Marks answers and results as the most recently used."""
    known = list(keys)
    used = next_use(connection) if known else 0
    for chunk in chunks(known):
        for table in (schema.answers, schema.results):
            connection.execute(table.update().where(table.c.key.in_(chunk)).values(used=used))


def chunks(keys: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Yields the keys in chunks that fit in one query."""
    for start in range(0, len(keys), _MAX_KEYS):
        yield keys[start : start + _MAX_KEYS]
