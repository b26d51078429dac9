"""What SQLite and PostgreSQL say differently, and counting of uses."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from seqsal.store import schema

Row = Any
"""A row of a query. beartype 0.23 warns of SQLAlchemy 2.1's own type, which is a generic over
any number of types."""

_MOST_KEYS: Final = 500
"""Keys in a query, well below what SQLite takes."""


def insert_new(
    connection: sa.Connection, table: sa.Table, rows: Iterable[Mapping[str, Any]]
) -> None:
    """Inserts rows; where a row with the same key is there, that one stays."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(table).on_conflict_do_nothing(), [dict(row) for row in rows])


def next_use(connection: sa.Connection) -> int:
    """Returns a number above those of all uses before."""
    last = [
        connection.execute(sa.select(sa.func.max(table.c.used))).scalar_one() or 0
        for table in (schema.answers, schema.results)
    ]
    return max(last) + 1


def note_use(connection: sa.Connection, keys: Iterable[bytes]) -> None:
    """Notes that answers and results were used just now."""
    known = list(keys)
    now = next_use(connection) if known else 0
    for chunk in chunks(known):
        for table in (schema.answers, schema.results):
            connection.execute(table.update().where(table.c.key.in_(chunk)).values(used=now))


def chunks(keys: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Yields keys in parts that fit into a query."""
    for start in range(0, len(keys), _MOST_KEYS):
        yield keys[start : start + _MOST_KEYS]
