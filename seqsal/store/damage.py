"""A damaged SQLite file: found, set aside, and its prompts saved."""

import contextlib
import itertools
import os
import pathlib
import sqlite3
from typing import Any, Final

import sqlalchemy as sa
from absl import logging

from seqsal.store import schema

_COMPANIONS: Final = ("", "-wal", "-shm")
_SAVED: Final = ("dataset", "source", "prompt", "target", "created")


def check(connection: sa.Connection) -> None:
    """Checks that an SQLite file is whole.

    Raises:
        sqlalchemy.exc.DatabaseError: it is not.
    """
    found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    if found != "ok":
        error = sqlite3.DatabaseError(found)
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise sa.exc.DatabaseError("PRAGMA quick_check", None, error)


def set_aside(file: pathlib.Path) -> list[dict[str, Any]]:
    """Gives a damaged file another name.

    Returns:
        The rows of the user's prompts that can still be read.

    Raises:
        OSError: it can not be renamed.
    """
    names = (file.with_name(f"{file.stem}.damaged-{n}{file.suffix}") for n in itertools.count(1))
    aside = next(name for name in names if not name.exists())
    for companion in _COMPANIONS:
        with contextlib.suppress(FileNotFoundError):
            os.replace(f"{file}{companion}", f"{aside}{companion}")
    saved = _readable_prompts(aside)
    logging.error(
        "The store %s is damaged. It is kept as %s, and a new one is begun; %d prompts of users"
        " were read from the old one.",
        file,
        aside.name,
        len(saved),
    )
    return saved


def _readable_prompts(file: pathlib.Path) -> list[dict[str, Any]]:
    columns = [schema.prompts.c[name] for name in _SAVED]
    query = sa.select(*columns).order_by(schema.prompts.c.id)
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(file)))
    rows: list[dict[str, Any]] = []
    unreadable = contextlib.suppress(sa.exc.SQLAlchemyError, UnicodeDecodeError)
    with unreadable, engine.connect() as connection:
        for row in connection.execution_options(yield_per=1).execute(query):
            rows.append(dict(row._mapping))
    engine.dispose()
    return rows
