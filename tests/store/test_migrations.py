"""Tables of older versions are migrated; those of newer versions are left unchanged."""

import psutil
import pytest
import sqlalchemy as sa

from seqsal.store import migrations, schema
from seqsal.store.database import Database
from seqsal.store.faults import StoreError
from seqsal.store.store import Store
from tests.store import samples
from tests.store.samples import prompt


def _first(connection: sa.Connection) -> None:
    connection.execute(sa.text("ALTER TABLE prompts ADD COLUMN note INTEGER DEFAULT 7"))


def _second(connection: sa.Connection) -> None:
    connection.execute(sa.text("UPDATE prompts SET note = note * 6"))


def _failing(connection: sa.Connection) -> None:
    _first(connection)
    connection.execute(sa.text("UPDATE nothing SET note = 1"))


def _with_a_prompt(url: sa.URL) -> Database:
    store = Store(url, megabytes=1)
    store.add_prompts("mine", [prompt("stored")])
    store.close()
    return Database(url)


def _state(database: Database, query: str) -> list[tuple[object, ...]]:
    with database.reading() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def test_new_tables_have_the_newest_version(url: sa.URL) -> None:
    database = Database(url)
    newest = schema.VERSION_1 + len(migrations.STEPS)
    assert _state(database, "SELECT version FROM schema_version") == [(newest,)]
    database.close()


def test_each_step_runs_once_and_in_order(url: sa.URL) -> None:
    database = _with_a_prompt(url)
    steps = (*migrations.STEPS, _first, _second)
    for _ in range(2):
        with database.writing() as connection:
            migrations.upgrade(connection, steps)
    assert _state(database, "SELECT note FROM prompts") == [(42,)]
    newest = schema.VERSION_1 + len(steps)
    assert _state(database, "SELECT version FROM schema_version") == [(newest,)]
    database.close()


def test_a_step_that_fails_is_rolled_back(url: sa.URL) -> None:
    database = _with_a_prompt(url)
    before = _state(database, "SELECT * FROM schema_version")
    steps = (*migrations.STEPS, _failing)
    with pytest.raises(sa.exc.DBAPIError), database.writing() as connection:
        migrations.upgrade(connection, steps)
    assert _state(database, "SELECT * FROM schema_version") == before
    with database.reading() as connection:
        columns = {column["name"] for column in sa.inspect(connection).get_columns("prompts")}
    assert columns == {column.name for column in schema.prompts.columns}
    database.close()


def test_tables_of_a_newer_version_are_left_unchanged_and_reported(url: sa.URL) -> None:
    database = _with_a_prompt(url)
    with database.writing() as connection:
        connection.execute(schema.schema_version.update().values(version=99))
    with pytest.raises(StoreError, match=r"expected tables of version \d or older, got version 99"):
        Database(url)
    store = Store(url, megabytes=1)
    assert store.fault == "a newer seqsal wrote the store"
    assert not store.add_prompts("mine", [prompt("new")])
    assert store.added_prompts("mine") == [prompt("new")]
    store.close()
    assert _state(database, "SELECT count(*) FROM prompts") == [(1,)]
    database.close()


def test_an_unusable_store_leaves_no_connection_open(url: sa.URL) -> None:
    database = _with_a_prompt(url)
    with database.writing() as connection:
        connection.execute(schema.schema_version.update().values(version=99))
    database.close()
    before = psutil.Process().num_fds()
    for _ in range(5):
        with pytest.raises(StoreError):
            Database(url)
    assert psutil.Process().num_fds() <= before


def test_concurrent_processes_create_the_tables_once(url: sa.URL) -> None:
    address = url.render_as_string(hide_password=False)
    with (
        samples.started(samples.fault_of, address) as first,
        samples.started(samples.fault_of, address) as second,
        samples.started(samples.fault_of, address) as third,
    ):
        assert [first(), second(), third()] == ["", "", ""]
