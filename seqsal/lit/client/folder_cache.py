"""A cache of folders, each built once for a key, of bounded size.

The filelock package does not replace the locks here: its FileLock is exclusive, and its
ReadWriteLock locks an SQLite database. A folder in use needs a shared lock on the folder itself,
which any number of processes hold until they end.
"""

import contextlib
import os
import pathlib
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Final

if sys.platform != "win32":  # On Windows no folder is evicted, as folders in use are unknown.
    import fcntl

_ABANDONED_SECONDS: Final = 3600
"""The age at which an unfinished folder belongs to a process that was killed."""


class FolderCache:
    """A cache of folders with least-recently-used eviction, shared by processes.

    A folder is in use, and not evicted, from the first `get` until its process ends.
    """

    def __init__(self, home: pathlib.Path, *, max_folders: int) -> None:
        """Initializes the cache.

        Args:
            home: the writable folder that holds the cached ones; it must exist.
            max_folders: how many folders to cache, apart from further ones that are in use.
        """
        self._home, self._max_folders = home, max_folders
        self._held: dict[pathlib.Path, int] = {}

    def get(self, key: str, build: Callable[[pathlib.Path], None]) -> pathlib.Path:
        """Returns the folder of a key; `build` fills an empty one if it is not cached.

        The folder is built under another name and renamed, so that no process sees half of it.
        """
        folder = self._home / key
        while not self._acquire(folder):
            self._build(folder, build)
        self._evict()
        return folder

    def _acquire(self, folder: pathlib.Path) -> bool:
        """Locks a folder as in use; returns whether it exists."""
        if sys.platform == "win32":
            return folder.is_dir()
        with contextlib.suppress(FileNotFoundError):
            handle = self._held.get(folder) or os.open(folder, os.O_RDONLY)
            with contextlib.suppress(OSError):  # Some network file systems have no locks.
                fcntl.flock(handle, fcntl.LOCK_SH)
            # Another process may have evicted and rebuilt it before the lock.
            if os.path.samestat(os.fstat(handle), os.stat(folder)):
                self._held[folder] = handle
                os.utime(folder)
                return True
        if folder in self._held:
            os.close(self._held.pop(folder))
        return False

    def _build(self, folder: pathlib.Path, build: Callable[[pathlib.Path], None]) -> None:
        built = pathlib.Path(tempfile.mkdtemp(prefix=".new-", dir=self._home))
        try:
            build(built)
            built.chmod(0o755)
            built.rename(folder)
        except OSError:
            if not folder.is_dir():  # Another process has built the same folder meanwhile.
                raise
        finally:
            shutil.rmtree(built, ignore_errors=True)

    def _evict(self) -> None:
        times = {path: _last_use(path) for path in self._home.iterdir()}
        unfinished = [
            path
            for path, used in times.items()
            if path.name.startswith(".") and used < time.time() - _ABANDONED_SECONDS
        ]
        folders = [path for path in times if not path.name.startswith(".")]
        oldest = sorted(folders, key=lambda path: -times[path])[self._max_folders :]
        for path in unfinished + oldest:
            if path not in self._held:
                _remove(path)


def _last_use(path: pathlib.Path) -> float:
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_mtime
    return 0.0  # Another process has removed it.


def _remove(folder: pathlib.Path) -> None:
    """Removes a folder unless a process uses it."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Rename first, so that no process gets a folder that is partly deleted.
            removed = pathlib.Path(tempfile.mkdtemp(prefix=".old-", dir=folder.parent))
            folder.rename(removed)
            shutil.rmtree(removed, ignore_errors=True)
        finally:
            os.close(handle)
