"""The size limit: least recently used entries are evicted first, results before answers."""

from typing import Final

import sqlalchemy as sa

from seqsal.store import queries, schema

_BATCH_SIZE: Final = 256


def evict(connection: sa.Connection, max_bytes: int) -> None:
    """Deletes results, and then answers, until the rest fits. Users' prompts are never deleted.

    Args:
        connection: a connection in a write transaction.
        max_bytes: the maximum total size of results and answers.
    """
    excess = _total_bytes(connection, schema.answers)
    excess += _total_bytes(connection, schema.results) - max_bytes
    for table in (schema.results, schema.answers):
        while excess > 0 and (oldest := _least_recently_used(connection, table)):
            evicted = []
            for row in oldest:
                if excess <= 0:
                    break
                evicted.append(row.key)
                excess -= row.bytes
            for chunk in queries.chunks(evicted):
                connection.execute(table.delete().where(table.c.key.in_(chunk)))


def _total_bytes(connection: sa.Connection, table: sa.Table) -> int:
    return int(connection.execute(sa.select(sa.func.sum(table.c.bytes))).scalar_one() or 0)


def _least_recently_used(connection: sa.Connection, table: sa.Table) -> list[queries.Row]:
    """Returns `key` and `bytes` of a batch of entries; all samples of a prompt are one entry."""
    query = (
        sa.select(table.c.key, sa.func.sum(table.c.bytes).label("bytes"))
        .group_by(table.c.key)
        .order_by(sa.func.min(table.c.used), table.c.key)
        .limit(_BATCH_SIZE)
    )
    return list(connection.execute(query))
