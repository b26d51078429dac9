"""The location of the store: a folder, a PostgreSQL server, or none."""

import importlib.util
import pathlib
from typing import Final

import platformdirs
import sqlalchemy

AUTO: Final = "auto"
OFF: Final = "off"
_FILE: Final = "seqsal.sqlite"
_DRIVER: Final = "postgresql+psycopg"


def database_url(data_dir: str) -> sqlalchemy.URL | None:
    """Returns the database URL for a value of `--data_dir`, or None for off.

    >>> database_url("/srv/seqsal").render_as_string()
    'sqlite:////srv/seqsal/seqsal.sqlite'
    >>> database_url("postgresql://db/team").render_as_string()
    'postgresql+psycopg://db/team'

    Raises:
        ValueError: the value is a URL of another kind of database, or the driver is not installed.
    """
    if data_dir == OFF:
        return None
    if "://" in data_dir:
        return _postgresql_url(data_dir)
    folder = pathlib.Path(
        platformdirs.user_data_dir("seqsal", appauthor=False) if data_dir == AUTO else data_dir
    )
    return sqlalchemy.URL.create("sqlite", database=str(folder.expanduser().absolute() / _FILE))


def sqlite_file(url: sqlalchemy.URL) -> pathlib.Path | None:
    """Returns the file of an SQLite database; None for PostgreSQL."""
    return pathlib.Path(url.database or "") if url.drivername == "sqlite" else None


def display_name(url: sqlalchemy.URL) -> str:
    """Returns a name for messages: the file, or the URL without the password."""
    return str(sqlite_file(url) or url.render_as_string(hide_password=True))


def _postgresql_url(data_dir: str) -> sqlalchemy.URL:
    try:
        url = sqlalchemy.make_url(data_dir)
    except sqlalchemy.exc.ArgumentError:
        url = None
    if url is None or url.drivername not in ("postgresql", _DRIVER):
        scheme = data_dir.partition("://")[0]
        raise ValueError(
            "data_dir must be a folder, a URL such as postgresql+psycopg://user@host/database, or"
            f" off; got a URL that begins with {scheme}://."
        )
    if importlib.util.find_spec("psycopg") is None:
        raise ValueError(
            "A store in PostgreSQL needs psycopg. Install it with: pip install 'seqsal[postgres]'"
        )
    return url.set(drivername=_DRIVER)
