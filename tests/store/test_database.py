"""Concurrent write transactions."""

import contextlib
import threading

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
