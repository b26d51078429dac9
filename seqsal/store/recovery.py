"""Recovery from a damaged SQLite file: check it, rename it, and read its prompts."""

import contextlib
import itertools
import os
import pathlib
import sqlite3
from typing import Any, Final

import sqlalchemy as sa
from absl import logging

from seqsal.store import schema

_SUFFIXES: Final = ("", "-wal", "-shm")
_PROMPT_COLUMNS: Final = ("dataset", "source", "prompt", "target", "created")


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


def set_aside(file: pathlib.Path) -> list[dict[str, Any]]:
    """Renames a damaged file.

    Returns:
        The rows of users' prompts that can still be read.

    Raises:
        OSError: the file cannot be renamed.
    """
    names = (file.with_name(f"{file.stem}.damaged-{n}{file.suffix}") for n in itertools.count(1))
    aside = next(name for name in names if not name.exists())
    for suffix in _SUFFIXES:
        with contextlib.suppress(FileNotFoundError):
            os.replace(f"{file}{suffix}", f"{aside}{suffix}")
    prompts = _readable_prompts(aside)
    logging.error(
        "The store %s is damaged. It was renamed to %s and a new store was created, with %d users'"
        " prompts that were read from the damaged file.",
        file,
        aside.name,
        len(prompts),
    )
    return prompts


def _readable_prompts(file: pathlib.Path) -> list[dict[str, Any]]:
    columns = [schema.prompts.c[name] for name in _PROMPT_COLUMNS]
    query = sa.select(*columns).order_by(schema.prompts.c.id)
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(file)))
    rows: list[dict[str, Any]] = []
    unreadable = contextlib.suppress(sa.exc.SQLAlchemyError, UnicodeDecodeError)
    with unreadable, engine.connect() as connection:
        for row in connection.execution_options(yield_per=1).execute(query):
            rows.append(dict(row._mapping))
    engine.dispose()
    return rows
