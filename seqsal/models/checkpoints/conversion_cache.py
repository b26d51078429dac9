"""Caches the checkpoints that GGUF files are converted to, so that each file is converted once.

The folder of a checkpoint is named by a hash of the file's content. A lock for each makes another
process wait instead of converting the same file. The least recently used checkpoints are removed
when all together take more than the bound.
"""

import hashlib
import json
import os
import pathlib
import shutil
import time
from collections.abc import Callable, Iterator
from typing import Final

import filelock
from absl import logging

FORMAT: Final = 1
"""Raised when a conversion gives another checkpoint, so that those of before are not used."""
_PARTIAL: Final = ".partial"
_LOCK: Final = ".lock"
_USED: Final = ".used"
_HASHES: Final = "hashes"
_HEADROOM: Final = 64 * 2**20
"""Bytes that stay free on the disk, for the tokenizer among others."""
_FILE_TIME: Final = 946_684_800
"""The time of change of every file, in 2000: results that are stored for a checkpoint stay valid
when it is removed and converted again."""

Convert = Callable[[pathlib.Path], None]
"""Writes the checkpoint into an empty folder."""


class ConversionCache:
    """A folder of converted checkpoints with a bound on its size."""

    def __init__(self, folder: pathlib.Path, max_bytes: float | int) -> None:
        """Initializes the cache; nothing is read or written yet.

        Args:
            folder: where the checkpoints are.
            max_bytes: the most bytes of all checkpoints; the one in use may be larger.
        """
        self._folder, self._max_bytes = folder, max_bytes

    def converted(self, source: pathlib.Path, size: int, convert: Convert) -> pathlib.Path:
        """Returns the folder of the checkpoint of a file, which is converted if necessary.

        Args:
            source: the file.
            size: the expected bytes of the checkpoint.
            convert: writes the checkpoint.

        Raises:
            ValueError: the folder cannot be used, the disk has no room for the checkpoint, or the
                file cannot be converted.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            key = self._key(source)
        except OSError as error:
            raise ValueError(
                f"{self._folder} cannot be used for converted models: {error.strerror or error}."
                " Choose another folder with --cache_dir."
            ) from error
        home = self._folder / key
        with filelock.FileLock(self._beside(key, _LOCK)):
            if not home.is_dir():
                self._make_room(size, keep=key)
                logging.info("Converting %s into %s", source, home)
                self._write(home, convert)
            self._beside(key, _USED).touch()
        self._remove_oldest(keep=key)
        return home

    def _beside(self, key: str, suffix: str) -> pathlib.Path:
        return self._folder / f"{key}{suffix}"

    def _write(self, home: pathlib.Path, convert: Convert) -> None:
        """Converts into a folder that gets its name when it is complete."""
        partial = home.with_suffix(_PARTIAL)
        shutil.rmtree(partial, ignore_errors=True)  # Of a process that was killed.
        partial.mkdir()
        try:
            convert(partial)
        except OSError as error:
            shutil.rmtree(partial, ignore_errors=True)
            raise ValueError(
                f"The converted model could not be written to {self._folder}:"
                f" {error.strerror or error}. Free some space, or choose another folder with"
                " --cache_dir."
            ) from error
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        for file in partial.iterdir():
            os.utime(file, (_FILE_TIME, _FILE_TIME))
        partial.rename(home)

    def _make_room(self, size: int, keep: str) -> None:
        """Removes other checkpoints if the disk has too little room."""
        needed = size + _HEADROOM
        for key in self._by_last_use():
            if self._free() >= needed:
                return
            if key != keep:
                self._remove(key)
        free = self._free()
        if free < needed:
            raise ValueError(
                f"The converted model needs {needed / 1e9:.1f} GB in {self._folder}, and"
                f" {free / 1e9:.1f} GB are free. Free some space, or choose another folder with"
                " --cache_dir."
            )

    def _remove_oldest(self, keep: str) -> None:
        sizes = {key: _size(self._folder / key) for key in self._by_last_use()}
        total = sum(sizes.values())
        for key, size in sizes.items():
            if total <= self._max_bytes:
                return
            if key != keep and self._remove(key):
                total -= size

    def _remove(self, key: str) -> bool:
        """Removes a checkpoint unless another process is about to load it."""
        try:
            with filelock.FileLock(self._beside(key, _LOCK), blocking=False):
                logging.info("Removing the converted model %s", self._folder / key)
                shutil.rmtree(self._folder / key, ignore_errors=True)
                self._beside(key, _USED).unlink(missing_ok=True)
        except filelock.Timeout:
            return False
        return True

    def _by_last_use(self) -> Iterator[str]:
        """Yields the names of the complete checkpoints, the least recently used first."""
        homes = [each for each in self._folder.iterdir() if (each / "config.json").is_file()]
        homes = [each for each in homes if each.suffix != _PARTIAL]
        yield from (each.name for each in sorted(homes, key=lambda home: self._last_use(home.name)))

    def _last_use(self, key: str) -> float:
        try:
            return self._beside(key, _USED).stat().st_mtime
        except OSError:
            return 0.0

    def _free(self) -> int:
        return shutil.disk_usage(self._folder).free

    def _key(self, source: pathlib.Path) -> str:
        """Returns the name of the checkpoint of a file.

        The hash of a file that did not change since the last time is read from the cache: hashing
        gigabytes takes seconds.
        """
        about = source.stat()
        state = [about.st_size, about.st_mtime_ns, about.st_ino]
        name = hashlib.sha256(str(source.resolve()).encode()).hexdigest()[:32]
        note = self._folder / _HASHES / f"{name}.json"
        digest = _noted(note, state)
        if digest is None:
            with source.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            # A file that is being written could change within the clock's resolution.
            if time.time_ns() - about.st_mtime_ns > 2_000_000_000:
                _note(note, state, digest)
        return f"{digest[:32]}-{FORMAT}"


def _noted(note: pathlib.Path, state: list[int]) -> str | None:
    try:
        known = json.loads(note.read_text())
    except (OSError, ValueError):
        return None
    return str(known["sha256"]) if known.get("state") == state else None


def _note(note: pathlib.Path, state: list[int], digest: str) -> None:
    note.parent.mkdir(exist_ok=True)
    draft = note.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps({"state": state, "sha256": digest}))
    draft.replace(note)


def _size(folder: pathlib.Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
