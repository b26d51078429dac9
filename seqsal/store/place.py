"""Where the store lies: a folder, a PostgreSQL server, or nowhere."""

import importlib.util
import pathlib
from typing import Final

import platformdirs
import sqlalchemy

AUTO: Final = "auto"
OFF: Final = "off"
_FILE: Final = "seqsal.sqlite"
_DRIVER: Final = "postgresql+psycopg"


def url(data_dir: str) -> sqlalchemy.URL | None:
    """Returns the database that `--data_dir` means, or None for off.

    >>> url("/srv/seqsal").render_as_string()
    'sqlite:////srv/seqsal/seqsal.sqlite'
    >>> url("postgresql://db/team").render_as_string()
    'postgresql+psycopg://db/team'

    Raises:
        ValueError: it is a URL of something else than PostgreSQL, or its driver is missing.
    """
    if data_dir == OFF:
        return None
    if "://" in data_dir:
        return _server(data_dir)
    folder = pathlib.Path(
        platformdirs.user_data_dir("seqsal", appauthor=False) if data_dir == AUTO else data_dir
    )
    return sqlalchemy.URL.create("sqlite", database=str(folder.expanduser().absolute() / _FILE))


def file(database: sqlalchemy.URL) -> pathlib.Path | None:
    """Returns the file of an SQLite database; None for a server."""
    return pathlib.Path(database.database or "") if database.drivername == "sqlite" else None


def name(database: sqlalchemy.URL) -> str:
    """Returns what to call a database in a message: its file, or its URL without the password."""
    return str(file(database) or database.render_as_string(hide_password=True))


def _server(data_dir: str) -> sqlalchemy.URL:
    try:
        given = sqlalchemy.make_url(data_dir)
    except sqlalchemy.exc.ArgumentError:
        given = None
    if given is None or given.drivername not in ("postgresql", _DRIVER):
        kind = data_dir.partition("://")[0]
        raise ValueError(
            "data_dir must be a folder, a URL such as postgresql+psycopg://user@host/database, or"
            f" off; got a URL that begins with {kind}://."
        )
    if importlib.util.find_spec("psycopg") is None:
        raise ValueError(
            "A store in PostgreSQL needs psycopg. Install it with: pip install 'seqsal[postgres]'"
        )
    return given.set(drivername=_DRIVER)
