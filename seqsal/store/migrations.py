"""Schema versions of the store, and the migrations between them."""

from collections.abc import Callable, Sequence
from typing import Final

import sqlalchemy as sa

from seqsal.store import schema
from seqsal.store.faults import StoreError

Step = Callable[[sa.Connection], None]


def _add_trails(connection: sa.Connection) -> None:
    schema.metadata.create_all(connection, tables=[schema.tries, schema.answer_checks])


STEPS: Final[tuple[Step, ...]] = (_add_trails,)
"""Step k migrates tables from version k + 1 to k + 2."""


def upgrade(connection: sa.Connection, steps: Sequence[Step] = STEPS) -> None:
    """Creates the tables, or migrates existing ones to the newest version.

    Args:
        connection: a connection in a write transaction, so that a failed migration is rolled back.
        steps: the migrations, as in `STEPS`.

    Raises:
        StoreError: a newer version of seqsal wrote the tables.
    """
    newest = schema.VERSION_1 + len(steps)
    version = _version(connection)
    if version == newest:
        return
    if version is None:
        schema.metadata.create_all(connection)
        connection.execute(schema.schema_version.insert().values(version=newest))
        return
    if version > newest:
        raise StoreError(
            "a newer seqsal wrote the store",
            f"expected tables of version {newest} or older, got version {version}. Upgrade seqsal"
            " or choose another --data_dir",
        )
    for step in steps[version - schema.VERSION_1 :]:
        step(connection)
    connection.execute(schema.schema_version.update().values(version=newest))


def _version(connection: sa.Connection) -> int | None:
    if not sa.inspect(connection).has_table(schema.schema_version.name):
        return None
    return int(connection.execute(sa.select(schema.schema_version.c.version)).scalar_one())
