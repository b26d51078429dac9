"""The version of the store's tables, and the steps from one to the next."""

from collections.abc import Callable, Sequence
from typing import Final

import sqlalchemy as sa

from seqsal.store import schema
from seqsal.store.faults import StoreError

Step = Callable[[sa.Connection], None]

STEPS: Final[tuple[Step, ...]] = ()
"""Step k brings tables of version k + 1 to version k + 2. New tables need none of them."""


def upgrade(connection: sa.Connection, steps: Sequence[Step] = STEPS) -> None:
    """Makes the tables where there are none, or brings them to the newest version.

    Args:
        connection: in a transaction that writes: either all of it is done, or nothing.
        steps: as `STEPS`.

    Raises:
        StoreError: the tables are of a newer seqsal.
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
            "the store is of a newer seqsal",
            f"its tables are of version {version}, and this seqsal knows {newest}. Upgrade seqsal,"
            " or name another --data_dir",
        )
    for step in steps[version - schema.VERSION_1 :]:
        step(connection)
    connection.execute(schema.schema_version.update().values(version=newest))


def _version(connection: sa.Connection) -> int | None:
    if not sa.inspect(connection).has_table(schema.schema_version.name):
        return None
    return int(connection.execute(sa.select(schema.schema_version.c.version)).scalar_one())
