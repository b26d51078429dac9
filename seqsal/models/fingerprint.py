"""What tells a loaded model from every other, so that none gets what is kept of another."""

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
_NO_MATTER: Final = {"trace_memory", "batch_size", "gradient_checkpointing"}
"""Options of a model that change how fast it is, not what it says."""
_OF_ANSWERS: Final = {field.name for field in dataclasses.fields(GenerationOptions)}


def fingerprint(folders: list[pathlib.Path], options: Options, computed_in: str) -> str:
    """Returns a hash of a model's files and of how it is run.

    Of each file it takes the name, the size, the time of its last change, and 64 samples of its
    content; reading gigabytes would take longer than loading does.

    Args:
        folders: the files of the checkpoint, and of those that it stands on.
        options: how it was loaded; how answers are written is not in the hash.
        computed_in: type and kind of device that its numbers come from.
    """
    chosen = {
        field.name: value
        for field, value in options.items()
        if field.metadata["per_model"] and field.name not in _NO_MATTER | _OF_ANSWERS
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
