"""Fixtures that run each test on SQLite and on a real PostgreSQL server."""

import pathlib
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from seqsal.store.store import Store
from tests.store import postgresql as postgresql_server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[sa.URL]:
    """The URL of a running PostgreSQL server."""
    yield from postgresql_server.serve()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> sa.URL:
    """An empty database."""
    if request.param == "sqlite":
        return sa.URL.create("sqlite", database=str(tmp_path / "seqsal.sqlite"))
    return postgresql_server.empty_database(request.getfixturevalue("postgresql"))


@pytest.fixture
def open_store(url: sa.URL) -> Iterator[Callable[..., Store]]:
    """Opens the database as a new store on each call, as another process would."""
    stores: list[Store] = []

    def opened(megabytes: float | int = 100) -> Store:
        stores.append(Store(url, megabytes=megabytes))
        return stores[-1]

    yield opened
    for store in stores:
        store.close()


@pytest.fixture
def store(open_store: Callable[..., Store]) -> Store:
    """An empty store."""
    return open_store()
