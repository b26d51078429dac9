"""Faults of a store, described for users."""

import sqlite3
import zlib
from typing import Final

from sqlalchemy.exc import DBAPIError

_SQLITE: Final = {
    sqlite3.SQLITE_CORRUPT: "the store is damaged",
    sqlite3.SQLITE_NOTADB: "the store is damaged",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk cannot be read or written",
    sqlite3.SQLITE_READONLY: "the store is read-only",
    sqlite3.SQLITE_PERM: "the store is read-only",
    sqlite3.SQLITE_CANTOPEN: "the store cannot be opened",
    sqlite3.SQLITE_BUSY: "another program has locked the store",
    sqlite3.SQLITE_LOCKED: "another program has locked the store",
}


class StoreError(Exception):
    """The store cannot be used.

    Attributes:
        reason: the cause, in a few words.
        details: the cause in full, for the log.
    """

    def __init__(self, reason: str, details: str) -> None:
        super().__init__(f"{reason}: {details}")
        self.reason, self.details = reason, details


def describe(error: Exception) -> StoreError:
    """Converts an error of the database or the file system to a `StoreError`."""
    if isinstance(error, StoreError):
        return error
    if isinstance(error, ValueError | zlib.error):
        return StoreError("an entry of the store is damaged", str(error))
    if isinstance(error, OSError):
        return StoreError("the folder of the store is not writable", str(error))
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    lines = str(cause).strip().splitlines() or [type(cause).__name__]
    if code := _sqlite_code(cause):
        return StoreError(_SQLITE.get(code, "SQLite reported an error"), lines[0])
    return StoreError("the database is unavailable", lines[0])


def is_corruption(error: Exception) -> bool:
    """Returns whether an error means that an SQLite file is corrupt."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return _sqlite_code(cause) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _sqlite_code(error: BaseException | None) -> int:
    """Returns the primary SQLite result code of an error, or 0."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
