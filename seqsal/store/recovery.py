"""Recovery from a damaged SQLite file: check it, rename it, and read what users wrote."""

import contextlib
import itertools
import os
import pathlib
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from absl import logging

from seqsal.store import queries, schema

_SUFFIXES: Final = ("", "-wal", "-shm")

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Rows by the name of their table."""

_TABLES: Final = (schema.prompts, schema.tries, schema.answer_checks)
"""What users wrote. Everything else in the store can be computed again."""


def check_integrity(connection: sa.Connection) -> None:
    """Checks that an SQLite file is not corrupt.

    Raises:
        sqlalchemy.exc.DatabaseError: the file is corrupt.
    """
    result = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    if result != "ok":
        error = sqlite3.DatabaseError(result)
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise sa.exc.DatabaseError("PRAGMA quick_check", None, error)


def set_aside(file: pathlib.Path) -> Rows:
    """Renames a damaged file.

    Returns:
        What users wrote, as far as it can still be read: prompts, trails and checks of answers.

    Raises:
        OSError: the file cannot be renamed.
    """
    names = (file.with_name(f"{file.stem}.damaged-{n}{file.suffix}") for n in itertools.count(1))
    aside = next(name for name in names if not name.exists())
    for suffix in _SUFFIXES:
        with contextlib.suppress(FileNotFoundError):
            os.replace(f"{file}{suffix}", f"{aside}{suffix}")
    rows = {table.name: _readable_rows(aside, table) for table in _TABLES}
    logging.error(
        "The store %s is damaged. It was renamed to %s and a new store was created, with %d users'"
        " prompts that were read from the damaged file.",
        file,
        aside.name,
        len(rows[schema.prompts.name]),
    )
    return rows


def restore(connection: sa.Connection, rows: Rows) -> None:
    """Stores the rows that `set_aside` returned; existing rows are left unchanged."""
    for table in _TABLES:
        if rows[table.name]:
            queries.insert_new(connection, table, rows[table.name])


def _readable_rows(file: pathlib.Path, table: sa.Table) -> list[dict[str, Any]]:
    columns = [column for column in table.c if column.autoincrement is not True]
    query = sa.select(*columns).order_by(*table.primary_key)
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(file)))
    rows: list[dict[str, Any]] = []
    unreadable = contextlib.suppress(sa.exc.SQLAlchemyError, UnicodeDecodeError)
    with unreadable, engine.connect() as connection:
        for row in connection.execution_options(yield_per=1).execute(query):
            rows.append(dict(row._mapping))
    engine.dispose()
    return rows
