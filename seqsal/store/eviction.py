"""The size limit: what was used longest ago goes first, results before answers."""

from typing import Final

import sqlalchemy as sa

from seqsal.store import rows, schema

_AT_ONCE: Final = 256


def make_room(connection: sa.Connection, most_bytes: int) -> None:
    """Deletes results, and then answers, until what is left fits. Users' prompts stay.

    Args:
        connection: in a transaction that writes.
        most_bytes: how many bytes results and answers may have together.
    """
    excess = _held(connection, schema.answers) + _held(connection, schema.results) - most_bytes
    for table in (schema.results, schema.answers):
        while excess > 0 and (oldest := _oldest(connection, table)):
            going = []
            for row in oldest:
                if excess <= 0:
                    break
                going.append(row.key)
                excess -= row.bytes
            for chunk in rows.chunks(going):
                connection.execute(table.delete().where(table.c.key.in_(chunk)))


def _held(connection: sa.Connection, table: sa.Table) -> int:
    return int(connection.execute(sa.select(sa.func.sum(table.c.bytes))).scalar_one() or 0)


def _oldest(connection: sa.Connection, table: sa.Table) -> list[rows.Row]:
    """Returns key and bytes of what was used longest ago; all samples of a prompt are one."""
    query = (
        sa.select(table.c.key, sa.func.sum(table.c.bytes).label("bytes"))
        .group_by(table.c.key)
        .order_by(sa.func.min(table.c.used), table.c.key)
        .limit(_AT_ONCE)
    )
    return list(connection.execute(query))
