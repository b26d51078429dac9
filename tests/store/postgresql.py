"""A real PostgreSQL server for tests."""

import glob
import os
import pathlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator

import pytest
import sqlalchemy as sa


def serve() -> Iterator[sa.URL]:
    """Starts a server on its own Unix socket, yields its URL, and stops it."""
    programs = _programs()
    # Not pytest's folder: the server's user needs access.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="seqsal-postgresql-"))
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root.
        shutil.chown(folder, "postgres")
    data = str(folder / "data")
    _run(programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--locale=C", "-EUTF8")
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    control = (programs / "pg_ctl", "-D", data, "-w", "-t", "120")
    try:
        _run(*control, "-o", options, "-l", str(folder / "log"), "start")
        yield sa.URL.create("postgresql+psycopg", username="postgres", query={"host": str(folder)})
    finally:
        _run(*control, "-m", "immediate", "stop")
        shutil.rmtree(folder)


def empty_database(server: sa.URL) -> sa.URL:
    """Returns the URL of an empty database of the server, without other connections."""
    url = server.set(database="postgres")
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()",
            "DROP SCHEMA public CASCADE",
            "CREATE SCHEMA public",
        ):
            connection.exec_driver_sql(statement)
    engine.dispose()
    return url


def _programs() -> pathlib.Path:
    """Returns the folder of initdb and pg_ctl, or skips the test."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    path = shutil.which("initdb") or (found[-1] if found else None)
    if path is None:
        message = "PostgreSQL is not installed; run scripts/postgresql.sh"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return pathlib.Path(path).parent


def _run(*command: str | pathlib.Path) -> None:
    as_user = ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()
    subprocess.run(
        [*as_user, *map(str, command)], check=True, stdout=subprocess.DEVNULL, cwd="/", timeout=180
    )
