"""Folders that are made once for a key, of which a bounded number is kept."""

import contextlib
import os
import pathlib
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Final

if sys.platform != "win32":  # Which folders are in use is not known there, so all stay.
    import fcntl

_ABANDONED_SECONDS: Final = 3600
"""After so long, what was begun and not moved into place is of a process that was stopped."""


class FolderCache:
    """A folder of folders; those that were asked for longest ago go, but none that is in use.

    A folder counts as in use from when it was asked for to the end of the process, on any
    process of this machine.
    """

    def __init__(self, home: pathlib.Path, *, keep: int) -> None:
        """Takes over a folder that can be written.

        Args:
            home: what holds the folders; it must exist.
            keep: how many folders stay, beside further ones that are in use.
        """
        self._home, self._keep = home, keep
        self._held: dict[pathlib.Path, int] = {}

    def get(self, key: str, make: Callable[[pathlib.Path], None]) -> pathlib.Path:
        """Returns the folder of a key; `make` fills an empty one where there is none yet.

        Nobody sees half of a folder: it is made aside, and moved into place.
        """
        folder = self._home / key
        while not self._hold(folder):
            self._make(folder, make)
        self._drop_oldest()
        return folder

    def _hold(self, folder: pathlib.Path) -> bool:
        """Marks a folder as in use now; returns whether there is one."""
        if sys.platform == "win32":
            return folder.is_dir()
        with contextlib.suppress(FileNotFoundError):
            handle = self._held.get(folder) or os.open(folder, os.O_RDONLY)
            with contextlib.suppress(OSError):  # Some network file systems have no locks.
                fcntl.flock(handle, fcntl.LOCK_SH)
            # It may have been dropped, and made anew, before it was locked.
            if os.path.samestat(os.fstat(handle), os.stat(folder)):
                self._held[folder] = handle
                os.utime(folder)
                return True
        if folder in self._held:
            os.close(self._held.pop(folder))
        return False

    def _make(self, folder: pathlib.Path, make: Callable[[pathlib.Path], None]) -> None:
        made = pathlib.Path(tempfile.mkdtemp(prefix=".new-", dir=self._home))
        try:
            make(made)
            made.chmod(0o755)
            made.rename(folder)
        except OSError:
            if not folder.is_dir():  # Else another process was quicker with the same content.
                raise
        finally:
            shutil.rmtree(made, ignore_errors=True)

    def _drop_oldest(self) -> None:
        times = {path: _last_use(path) for path in self._home.iterdir()}
        unfinished = [
            path
            for path, used in times.items()
            if path.name.startswith(".") and used < time.time() - _ABANDONED_SECONDS
        ]
        folders = [path for path in times if not path.name.startswith(".")]
        oldest = sorted(folders, key=lambda path: -times[path])[self._keep :]
        for path in unfinished + oldest:
            if path not in self._held:
                _drop(path)


def _last_use(path: pathlib.Path) -> float:
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_mtime
    return 0.0  # Another process has dropped it.


def _drop(folder: pathlib.Path) -> None:
    """Removes a folder, unless a process holds it."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Away at once, so that nobody is given it while its files go one by one.
            gone = pathlib.Path(tempfile.mkdtemp(prefix=".old-", dir=folder.parent))
            folder.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)
        finally:
            os.close(handle)
