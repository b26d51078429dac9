"""The database of a store: connections, checks and transactions."""

import contextlib
import os
import pathlib
import sqlite3
import time
import weakref
from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa

from seqsal.store import faults, location, migrations, recovery, schema

_TIMEOUT: Final = 5
"""Seconds to wait for the lock of another writer, or for a server to respond."""
_WRITE_LOCK_ID: Final = 0x5E95A1
"""The id of the PostgreSQL advisory lock that writers take. The value is arbitrary."""
_CONNECTIONS: Final = 32


class Database:
    """A database whose tables exist and have the current schema version."""

    def __init__(self, url: sa.URL) -> None:
        """Opens the database; creates the folder and the tables if they do not exist.

        A damaged SQLite file is renamed. A new one takes its place, with the users' prompts and
        trails that can still be read from the damaged file.

        Raises:
            StoreError: a newer version of seqsal wrote the tables.
            OSError: the folder cannot be created.
            sqlalchemy.exc.SQLAlchemyError: the database cannot be opened or written.
        """
        file = location.sqlite_file(url)
        if file is not None:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._open(url)
        try:
            self._check()
        except sa.exc.DatabaseError as error:
            self.close()
            if file is None or not faults.is_corruption(error):
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
        """Yields a connection in a transaction, which is committed at the end or rolled back.

        There is one writer at a time, across processes too. A transaction locks rows in no fixed
        order, so two concurrent ones could deadlock.
        """
        with self._writing.begin() as connection:
            yield connection

    def compact(self) -> None:
        """Removes deleted data from an SQLite file; does nothing for PostgreSQL."""
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
                recovery.check_integrity(connection)
        with self.writing() as connection:
            migrations.upgrade(connection)
            # SQLite begins a transaction on a read-only file without an error. Write, to fail now.
            version = schema.schema_version
            connection.execute(version.update().values(version=version.c.version))

    def _replace(self, url: sa.URL, file: pathlib.Path) -> None:
        rows = recovery.set_aside(file)
        self._open(url)
        self._check()
        with self.writing() as connection:
            recovery.restore(connection, rows)


_engines: Final = weakref.WeakSet[sa.Engine]()


def _discard_connections() -> None:
    """Makes a forked process open its own connections, without closing those of its parent."""
    for engine in _engines:
        engine.dispose(close=False)


os.register_at_fork(after_in_child=_discard_connections)


def _engine(url: sa.URL) -> sa.Engine:
    pool = {"pool_size": _CONNECTIONS, "pool_timeout": _TIMEOUT}
    if location.sqlite_file(url) is None:
        options = f"-c statement_timeout={_TIMEOUT * 2000} -c lock_timeout={_TIMEOUT * 1000}"
        arguments = {"connect_timeout": _TIMEOUT, "options": options}
        engine = sa.create_engine(url, connect_args=arguments, pool_pre_ping=True, **pool)
        sa.event.listen(engine, "begin", _begin_postgresql)
        return engine
    engine = sa.create_engine(url, connect_args={"timeout": _TIMEOUT}, **pool)
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Autocommit: sqlite3's implicit BEGIN takes the write lock too late to wait for it.
    connection.isolation_level = None
    _use_write_ahead_log(connection)
    for setting in (
        # A commit is written to the file system, so it survives the process. A power failure can
        # lose the last transactions but does not corrupt the file.
        "synchronous = NORMAL",
        "secure_delete = ON",
        "journal_size_limit = 16777216",
    ):
        connection.execute(f"PRAGMA {setting}")


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Sets the journal mode of a file.

    Where two connections set it on a new file at the same time, SQLite fails at once instead of
    waiting for the lock.
    """
    end = time.monotonic() + _TIMEOUT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)


def _begin_sqlite(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _writes(connection) else "BEGIN")


def _begin_postgresql(connection: sa.Connection) -> None:
    if _writes(connection):
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_WRITE_LOCK_ID)))


def _writes(connection: sa.Connection) -> bool:
    return bool(connection.get_execution_options().get("seqsal_writes"))
