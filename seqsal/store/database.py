"""A database as the store needs it: opened and checked, with short transactions."""

import contextlib
import os
import pathlib
import weakref
from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa

from seqsal.store import damage, faults, migrations, place, prompts, schema

_PATIENCE: Final = 5
"""Seconds to wait for another program that writes, or for a server."""
_LOCK: Final = 0x5E95A1
"""Any number, the same for all: who holds it on a PostgreSQL server may write."""
_CONNECTIONS: Final = 32


class Database:
    """A database whose tables are there and of this version."""

    def __init__(self, url: sa.URL) -> None:
        """Opens it, and makes what is not there yet.

        A damaged file is set aside under another name, and a new one made, with the user's
        prompts as far as the damaged one still gives them.

        Raises:
            StoreError: it is of a newer seqsal.
            OSError: its folder can not be made.
            sqlalchemy.exc.SQLAlchemyError: it can not be opened or written.
        """
        file = place.file(url)
        if file is not None:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._open(url)
        try:
            self._check()
        except sa.exc.DatabaseError as error:
            self.close()
            if file is None or not faults.is_damage(error):
                raise
            self._replace(url, file)
        except BaseException:
            self.close()
            raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Yields a connection for reading."""
        with self._engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Yields a connection in a transaction, which is committed at the end or undone.

        One writes at a time, also of several programs: rows of a transaction are locked in no
        certain order, so two at once might wait for each other.
        """
        with self._writing.begin() as connection:
            yield connection

    def compact(self) -> None:
        """Has an SQLite file forget what was deleted."""
        if self._engine.dialect.name != "sqlite":
            return
        with contextlib.closing(self._engine.raw_connection()) as connection:
            connection.cursor().execute("VACUUM")
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Closes all connections that are not in use."""
        self._engine.dispose()

    def _open(self, url: sa.URL) -> None:
        self._engine = _engine(url)
        self._writing = self._engine.execution_options(seqsal_writes=True)
        _engines.add(self._engine)

    def _check(self) -> None:
        if self._engine.dialect.name == "sqlite":
            with self.reading() as connection:
                damage.check(connection)
        with self.writing() as connection:
            migrations.upgrade(connection)
            # SQLite lets a transaction begin on a file that is read-only: tell it now.
            version = schema.schema_version
            connection.execute(version.update().values(version=version.c.version))

    def _replace(self, url: sa.URL, file: pathlib.Path) -> None:
        saved = damage.set_aside(file)
        self._open(url)
        self._check()
        with self.writing() as connection:
            prompts.put_back(connection, saved)


_engines: Final = weakref.WeakSet[sa.Engine]()


def _leave_connections() -> None:
    """A forked process must not share connections, nor close those of its parent."""
    for engine in _engines:
        engine.dispose(close=False)


os.register_at_fork(after_in_child=_leave_connections)


def _engine(url: sa.URL) -> sa.Engine:
    pool = {"pool_size": _CONNECTIONS, "pool_timeout": _PATIENCE}
    if place.file(url) is None:
        options = f"-c statement_timeout={_PATIENCE * 2000} -c lock_timeout={_PATIENCE * 1000}"
        arguments = {"connect_timeout": _PATIENCE, "options": options}
        engine = sa.create_engine(url, connect_args=arguments, pool_pre_ping=True, **pool)
        sa.event.listen(engine, "begin", _begin_postgresql)
        return engine
    engine = sa.create_engine(url, connect_args={"timeout": _PATIENCE}, **pool)
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Python's own way to begin transactions would take the lock too late to wait for it.
    connection.isolation_level = None
    for setting in (
        "journal_mode = WAL",
        # Committed is written to the file system, which outlives the process. After a power cut
        # the last transactions may be missing; the file is whole all the same.
        "synchronous = NORMAL",
        "secure_delete = ON",
        "journal_size_limit = 16777216",
    ):
        connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _writes(connection) else "BEGIN")


def _begin_postgresql(connection: sa.Connection) -> None:
    if _writes(connection):
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def _writes(connection: sa.Connection) -> bool:
    return bool(connection.get_execution_options().get("seqsal_writes"))
