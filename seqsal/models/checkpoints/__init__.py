"""Finds the files of a model: those that ship, known ones that were fetched, and GGUF files."""

import contextlib
import pathlib
import tempfile
from collections.abc import Iterator
from typing import Final

import platformdirs

from seqsal.models import embedded
from seqsal.models.checkpoints import known
from seqsal.models.checkpoints.conversion_cache import ConversionCache
from seqsal.models.checkpoints.gguf import check_gguf, find_gguf, find_header
from seqsal.models.progress import tasks
from seqsal.options import Options
from seqsal.shared.named_paths import split_model

_EMBEDDED: Final = "embedded:"


def is_embedded(path: str) -> bool:
    """Returns whether a path names a model that ships with seqsal."""
    return path.startswith(_EMBEDDED)


def cache_folder(options: Options) -> pathlib.Path:
    """Returns the folder for models that seqsal fetches or converts."""
    if options.cache_dir == "auto":
        return platformdirs.user_cache_path("seqsal")
    return pathlib.Path(options.cache_dir).expanduser()


def locate(path: str, options: Options) -> str:
    """Returns the folder of a model, or its path as it is where the framework resolves it.

    A GGUF file is converted at its first use.

    Args:
        path: embedded:NAME, the name of a known model, a GGUF file or a folder or repository with
            one, or anything that a framework loads.
        options: the folder for converted models, and the bound on its size.

    Raises:
        ValueError: there is no such embedded model or GGUF file, a known model was not fetched,
            or the file cannot be converted.
    """
    folder = _ready_folder(path, options)
    gguf = find_gguf(path) if folder is None else None
    if gguf is not None:
        return str(_converted(gguf, options))
    return path if folder is None else str(folder)


@contextlib.contextmanager
def located_for_estimate(path: str, options: Options) -> Iterator[str]:
    """Yields what `locate` returns, but a GGUF file as it is: only its header is needed.

    Of a GGUF file on the hub that was not downloaded, only the header is fetched, into a folder
    that is deleted at the end.
    """
    folder = _ready_folder(path, options)
    if folder is not None:
        yield str(folder)
        return
    with tempfile.TemporaryDirectory(prefix="seqsal-") as temporary:
        gguf = find_header(path, pathlib.Path(temporary))
        if gguf is not None:
            check_gguf(gguf)
        yield path if gguf is None else str(gguf)


def conversion_notice(options: Options) -> str:
    """Returns a line on where GGUF files are converted to, or "" if the options name none."""
    paths = [split_model(config)[1] for config in options.models]
    if not any(path.lower().endswith(".gguf") for path in paths):
        return ""
    return (
        f"A GGUF file is converted once, into {_conversions(options)} (at most"
        f" {options.cache_gb:g} GB: --cache_dir, --cache_gb)."
    )


def _conversions(options: Options) -> pathlib.Path:
    return cache_folder(options) / "gguf"


def _ready_folder(path: str, options: Options) -> pathlib.Path | None:
    if is_embedded(path):
        return embedded.path(path.removeprefix(_EMBEDDED))
    if path in known.MODELS:
        return known.folder(path, cache_folder(options))
    return None


def _converted(gguf: pathlib.Path, options: Options) -> pathlib.Path:
    from seqsal.models.transformers import gguf as converter

    header = check_gguf(gguf)
    converter.check_architecture(gguf, header)
    cache = ConversionCache(_conversions(options), options.cache_gb * 1e9)
    size = header.parameters * converter.dtype(header).itemsize

    def convert(into: pathlib.Path) -> None:
        tasks.current_task().report("progress", stage="converting")
        converter.convert(gguf, header, into)

    return cache.converted(gguf, size, convert)
