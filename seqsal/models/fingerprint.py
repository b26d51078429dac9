"""A hash that identifies a loaded model, so that stored results are never those of another."""

import dataclasses
import hashlib
import json
import pathlib
from collections.abc import Iterator
from typing import Any, Final

from seqsal.models.causal_lm import GenerationOptions
from seqsal.options import Options

_SAMPLES: Final = 64
_SAMPLE_BYTES: Final = 4096
_NOT_HASHED: Final = {"trace_memory", "batch_size", "gradient_checkpointing"}
"""Options of a model that change its speed, not its results."""
_GENERATION: Final = {field.name for field in dataclasses.fields(GenerationOptions)}


def fingerprint(folders: list[pathlib.Path], options: Options, computed_in: str) -> str:
    """Returns a hash of a model's files and options.

    It covers the name, the size, the time of the last change and 64 samples of the content of each
    file; reading gigabytes would take longer than loading.

    Args:
        folders: the folders of the checkpoint and of its base models.
        options: the options that it was loaded with; those of generation are not in the hash.
        computed_in: number type and kind of device of the computation.
    """
    chosen = {
        field.name: value
        for field, value in options.items()
        if field.metadata["per_model"] and field.name not in _NOT_HASHED | _GENERATION
    }
    digest = hashlib.sha256(json.dumps([chosen, computed_in], sort_keys=True).encode())
    for folder in folders:
        for file in sorted(_files(folder)):
            about = file.stat()
            line: list[Any] = [str(file.relative_to(folder)), about.st_size, about.st_mtime_ns]
            digest.update(json.dumps(line).encode())
            digest.update(_samples(file, about.st_size))
    return digest.hexdigest()


def _files(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    return (file for file in folder.rglob("*") if file.is_file())


def _samples(file: pathlib.Path, size: int) -> bytes:
    with file.open("rb") as content:
        if size <= _SAMPLES * _SAMPLE_BYTES:
            return content.read()
        parts = []
        for number in range(_SAMPLES):
            content.seek((size - _SAMPLE_BYTES) * number // (_SAMPLES - 1))
            parts.append(content.read(_SAMPLE_BYTES))
        return b"".join(parts)
