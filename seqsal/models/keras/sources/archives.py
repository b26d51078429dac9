"""Model folders in archives on the web, downloaded once."""

import contextlib
import hashlib
import pathlib
import shutil
import tarfile
import tempfile
import urllib.error
import urllib.request
import zipfile
from typing import Final

import platformdirs

_SUFFIXES: Final = (".tar.gz", ".tgz", ".tar", ".zip")
_TIMEOUT: Final = 30
"""Seconds without a byte after which a download fails."""


def is_url(path: str) -> bool:
    """Returns whether a path is on the web."""
    return path.startswith(("http://", "https://"))


def fetch(url: str) -> pathlib.Path:
    """Returns the folder of the config.json in an archive, downloaded if it is not cached.

    Raises:
        ValueError: it cannot be downloaded, is no archive, or has no config.json.
    """
    name = url.split("?", 1)[0]
    if not name.endswith(_SUFFIXES):
        raise ValueError(
            f"The URL of a model must end with {', '.join(_SUFFIXES)}; got {url!r}. Pass the"
            " archive of a folder with a preset of keras-hub or a Transformers checkpoint."
        )
    home = pathlib.Path(platformdirs.user_cache_dir("seqsal")) / "archives"
    folder = home / hashlib.sha256(url.encode()).hexdigest()[:16]
    if not folder.is_dir():
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home) as work:
            content = pathlib.Path(work) / "content"
            _unpack(_download(url, pathlib.Path(work) / "archive"), content, url)
            with contextlib.suppress(FileExistsError):  # Another process was faster.
                content.rename(folder)
    configs = sorted(folder.rglob("config.json"), key=lambda file: len(file.parts))
    if not configs:
        shutil.rmtree(folder)
        raise ValueError(f"The archive at {url!r} must have a config.json; it has none.")
    return configs[0].parent


def _download(url: str, file: pathlib.Path) -> pathlib.Path:
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT) as source, file.open("wb") as target:
            shutil.copyfileobj(source, target)
    except (OSError, urllib.error.URLError) as error:
        raise ValueError(f"Could not download {url!r}: {error}.") from error
    return file


def _unpack(file: pathlib.Path, folder: pathlib.Path, url: str) -> None:
    try:
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as zipped:  # It strips leading / and .. parts.
                zipped.extractall(folder)
        else:
            with tarfile.open(file) as packed:
                packed.extractall(folder, filter="data")
    except (tarfile.TarError, zipfile.BadZipFile, OSError, EOFError) as error:
        raise ValueError(f"What is at {url!r} is not a readable archive: {error}.") from error
