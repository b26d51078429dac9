"""The folder of a run: its manifest, and the parts of its tables.

    run.json                      settings, models, data sets, and versions
    records/part-000000.parquet   and so on; likewise segments/ and errors/

A part holds the rows of one chunk of records. Each file is written under another name and renamed,
that of `records` last: a part whose `records` file is there is complete.
"""

import contextlib
import json
import os
import pathlib
import shutil
from collections.abc import Iterator, Mapping
from typing import Any, Final

import filelock
import pyarrow as pa
import pyarrow.parquet as pq

from seqsal import __version__
from seqsal.analysis.tables import SCHEMA_VERSION, TABLES, Rows

IN_MEMORY: Final = "in memory"
"""What a manifest has for a model without a path."""
DESCRIPTIONS: Final = "method_descriptions"
"""The field of a manifest that describes the methods; runs of before have none."""
_MANIFEST: Final = "run.json"
_FORMAT: Final = "seqsal.analysis"
_COMMIT: Final = "records"
"""The table whose file completes a part."""


class OutputFolder:
    """A folder that one run writes to, and any number of programs read."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Neither reads nor writes yet."""
        self.path = pathlib.Path(path).expanduser()

    @contextlib.contextmanager
    def opened(self, run: Mapping[str, Any]) -> Iterator[None]:
        """Holds the folder for a run; the parts that an earlier call wrote stay.

        Args:
            run: what the rows depend on, as JSON.

        Raises:
            ValueError: the folder has another run, another schema or other files, another process
                writes to it, or it cannot be written.
        """
        lock = filelock.FileLock(self.path / "run.lock", timeout=0)
        with self._faults():
            self.path.mkdir(parents=True, exist_ok=True)
            self._acquire(lock)
        try:
            self._open(json.loads(json.dumps(run)))
            yield
        finally:
            lock.release()

    def _acquire(self, lock: filelock.BaseFileLock) -> None:
        try:
            lock.acquire()
        except filelock.Timeout:
            raise ValueError(
                f"Another run writes to {self.path}. Wait until it has ended, or choose another"
                " folder."
            ) from None

    def _open(self, run: dict[str, Any]) -> None:
        manifest = {"format": _FORMAT, "schema": SCHEMA_VERSION, "version": __version__, **run}
        if (self.path / _MANIFEST).exists():
            self._check_same(manifest)
        elif others := sorted(
            each.name for each in self.path.iterdir() if not each.name.startswith("run.")
        ):
            raise ValueError(
                f"The output folder must be empty or one of seqsal analyze; {self.path} holds"
                f" {others[0]!r}. Choose another folder."
            )
        with self._faults():
            # First of all, so that a folder that was left at any moment is known again.
            written = self.path / f"{_MANIFEST}.writing"
            written.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")
            written.replace(self.path / _MANIFEST)
            for name in TABLES:
                (self.path / name).mkdir(exist_ok=True)
                for leftover in (self.path / name).glob("*.writing"):
                    leftover.unlink()

    def manifest(self) -> dict[str, Any]:
        """Returns the manifest.

        Raises:
            ValueError: there is none, or it has another schema.
        """
        try:
            found = json.loads((self.path / _MANIFEST).read_text("utf-8"))
        except FileNotFoundError:
            raise ValueError(
                f"{self.path} holds no run: there is no {_MANIFEST}. Give the folder that seqsal"
                " analyze wrote with --out."
            ) from None
        except (OSError, json.JSONDecodeError, UnicodeDecodeError) as error:
            raise ValueError(f"{self.path / _MANIFEST} cannot be read: {error}.") from None
        if not isinstance(found, dict) or found.get("format") != _FORMAT:
            raise ValueError(f"{self.path / _MANIFEST} is not the manifest of seqsal analyze.")
        if found.get("schema") != SCHEMA_VERSION:
            raise ValueError(
                f"The tables in {self.path} have schema {found.get('schema')}, written by seqsal"
                f" {found.get('version')}; this is seqsal {__version__}, which reads schema"
                f" {SCHEMA_VERSION}. Run seqsal analyze again with another --out."
            )
        return found

    def _check_same(self, manifest: dict[str, Any]) -> None:
        found = self.manifest()
        differing = [
            name
            for name in sorted({*manifest, *found})
            if name not in ("total", DESCRIPTIONS) and manifest.get(name) != found.get(name)
        ]
        if differing:
            name = differing[0]
            raise ValueError(
                f"{self.path} holds another run: its {name} is {_short(found.get(name))}, and that"
                f" of this run is {_short(manifest.get(name))}. Choose another folder, or the"
                " settings of that run to continue it."
            )

    def has(self, part: int) -> bool:
        """Returns whether a part is complete."""
        return self._file(_COMMIT, part).exists()

    def write(self, part: int, rows: Rows) -> None:
        """Writes a part; after a failure there is nothing of it.

        Raises:
            ValueError: the files cannot be written.
        """
        names = sorted(TABLES, key=lambda name: name == _COMMIT)
        with self._faults():
            for name in names:
                target = self._file(name, part)
                temporary = target.with_suffix(".writing")
                try:
                    self._write_file(rows.table(name), temporary)
                    temporary.replace(target)
                except OSError:
                    temporary.unlink(missing_ok=True)
                    raise

    def _write_file(self, table: pa.Table, path: pathlib.Path) -> None:
        pq.write_table(table, path, compression="zstd")
        with path.open("rb+") as file:  # A part that is there is on the disk.
            os.fsync(file.fileno())

    def files(self, table: str) -> list[pathlib.Path]:
        """Returns the files of a table that belong to complete parts, in order."""
        return [
            self.path / table / each.name
            for each in sorted((self.path / _COMMIT).glob("part-*.parquet"))
        ]

    def _file(self, table: str, part: int) -> pathlib.Path:
        return self.path / table / f"part-{part:06d}.parquet"

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            free = ""
            with contextlib.suppress(OSError):
                free = f" {shutil.disk_usage(self.path).free / 1e6:.0f} MB are free."
            raise ValueError(
                f"{self.path} cannot be written: {_reason(error)}.{free} The records"
                " before are kept; make room or check the permissions, and run the same command"
                " again to continue."
            ) from error


def _reason(error: OSError) -> str:
    # Those of pyarrow have a number, and a text about its own layers.
    return os.strerror(error.errno) if error.errno else str(error)


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:199]}…"
