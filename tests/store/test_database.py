"""Concurrent write transactions."""

import contextlib
import pathlib
import sqlite3
import threading
from typing import Any

import pytest
import sqlalchemy as sa

from seqsal.store import prompts, schema
from seqsal.store.database import Database
from tests.store.samples import prompt


def test_writers_that_update_the_same_rows_in_opposite_order_do_not_deadlock(url: sa.URL) -> None:
    database = Database(url)
    with database.writing() as connection:
        prompts.add(connection, "mine", [prompt("a"), prompt("b")])

    def work(*texts: str) -> None:
        table = schema.prompts
        try:
            with database.writing() as connection:
                for text in texts:
                    changed = table.update().where(table.c.prompt == text)
                    connection.execute(changed.values(source=f"{texts}"))
                    # If both writers pass here with one row locked each, they deadlock.
                    with contextlib.suppress(threading.BrokenBarrierError):
                        both_hold_a_row.wait(timeout=1)
        except sa.exc.DBAPIError as error:
            faults.append(error)

    both_hold_a_row = threading.Barrier(2)
    faults: list[sa.exc.DBAPIError] = []
    writers = [threading.Thread(target=work, args=order) for order in (("a", "b"), ("b", "a"))]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert faults == []
    with database.reading() as connection:
        assert len({each.source for each in prompts.of_dataset(connection, "mine")}) == 1
    database.close()


class _BusyAtFirst(sqlite3.Connection):
    """A connection on which setting the journal mode fails a few times.

    So it does where two processes set it on a new file at the same moment, which no test can time.
    """

    failures = 2

    def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
        if "journal_mode" in sql and self.failures > 0:
            self.failures -= 1
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = sqlite3.SQLITE_BUSY
            raise error
        return super().execute(sql, *arguments)


def test_setting_the_journal_mode_is_repeated_while_another_process_sets_it(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = sqlite3.connect
    monkeypatch.setattr(
        "sqlite3.dbapi2.connect", lambda *args, **kw: connect(*args, factory=_BusyAtFirst, **kw)
    )
    database = Database(sa.URL.create("sqlite", database=str(tmp_path / "seqsal.sqlite")))
    with database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    database.close()
