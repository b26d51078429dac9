"""Finds and checks GGUF files, the model files of llama.cpp, Ollama and LM Studio."""

import importlib.util
import pathlib
import re
from typing import Final

import huggingface_hub

from seqsal.models import hub
from seqsal.models.checkpoints.remote_header import fetch_header
from seqsal.models.gguf_header import Header, read_header

_SUFFIX: Final = ".gguf"
_ON_HUB: Final = re.compile(r"(?P<repository>[\w.-]+/[\w.-]+):(?P<file>[^:]+\.gguf)", re.IGNORECASE)
_PACKAGES: Final = ("gguf", "accelerate")
_NOT_TEXT: Final = {
    "clip": "the vision part of a model",
    "mmproj": "the vision part of a model",
    "adapter": "a LoRA adapter",
    "imatrix": "an importance matrix",
    "bert": "an embedding model",
    "nomic-bert": "an embedding model",
    "nomic-bert-moe": "an embedding model",
    "jina-bert-v2": "an embedding model",
    "jina-bert-v3": "an embedding model",
    "modern-bert": "an embedding model",
    "gemma-embedding": "an embedding model",
    "t5": "a model with an encoder",
    "t5encoder": "a model with an encoder",
    "whisper": "a speech model",
}
"""What files of some types and architectures hold, which generate no text by themselves."""


def find_gguf(path: str) -> pathlib.Path | None:
    """Returns the GGUF file that a path names, or None if the path names something else.

    Args:
        path: a GGUF file; a folder with one and no checkpoint of Transformers; or a file in a
            repository of the hub, as owner/repository:file.gguf, which is downloaded.

    Raises:
        ValueError: there is no such file, the folder has several, or the hub does not send it.
    """
    on_hub = _ON_HUB.fullmatch(path)
    if on_hub and not pathlib.Path(path).exists():
        return _download(on_hub["repository"], on_hub["file"])
    local = pathlib.Path(path).expanduser()
    if local.suffix.lower() == _SUFFIX and not local.is_dir():
        if not local.is_file():
            raise ValueError(
                f"No model at {path!r}: there is no such file. Expected a GGUF file, or"
                " owner/repository:file.gguf for a file on the hub."
            )
        return local
    if not local.is_dir() or (local / "config.json").exists():
        return None
    return _only_file_in(local)


def find_header(path: str, folder: pathlib.Path) -> pathlib.Path | None:
    """Returns a GGUF file of which only the header counts, or None if the path names no such file.

    Args:
        path: as in `find_gguf`. Of a file on the hub that was not downloaded, only the header is
            fetched.
        folder: where a fetched header is written.

    Raises:
        ValueError: as in `find_gguf`.
    """
    on_hub = _ON_HUB.fullmatch(path)
    if not on_hub or pathlib.Path(path).exists():
        return find_gguf(path)
    repository, file = on_hub["repository"], on_hub["file"]
    cached = huggingface_hub.try_to_load_from_cache(repository, file)
    if isinstance(cached, str):
        return pathlib.Path(cached)
    if hub.only_local_files(repository):
        return _download(repository, file)  # It raises the error that says what is missing.
    try:
        return fetch_header(repository, file, folder)
    except Exception as error:  # The hub's client raises many types.
        raise _not_loaded(repository, file, error) from error


def check_gguf(path: pathlib.Path) -> Header:
    """Returns the header of a GGUF file that holds a whole language model.

    Raises:
        ValueError: the file is damaged, is one of several parts, is no language model, or a
            package that reads it is missing.
    """
    header = read_header(path)
    parts = int(header.values.get("split.count", 0))
    if parts > 1:
        raise ValueError(
            f"{path} is one of {parts} parts of a model. Join them with llama.cpp: llama-gguf-split"
            f" --merge {path.name} whole.gguf"
        )
    kind = str(header.values.get("general.type", "model"))
    held = _NOT_TEXT.get(header.architecture) or _NOT_TEXT.get(kind)
    if held is not None:
        raise ValueError(
            f"{path} holds {held} ({header.architecture or kind}), which generates no text."
            " Expected a causal language model."
        )
    if "tokenizer.ggml.tokens" not in header.lengths:
        raise ValueError(
            f"{path} has no vocabulary, which a language model needs. Expected a whole model as"
            " llama.cpp runs it."
        )
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise ValueError(
            f"A GGUF file needs the packages gguf and accelerate; {' and '.join(missing)} cannot be"
            " found. Install them with: pip install 'seqsal[gguf]'"
        )
    _check_size(path, header)
    return header


def _only_file_in(folder: pathlib.Path) -> pathlib.Path | None:
    found = sorted(file for file in folder.iterdir() if file.suffix.lower() == _SUFFIX)
    if len(found) > 1:
        raise ValueError(
            f"The folder {folder} has several GGUF files: {', '.join(file.name for file in found)}."
            f" Name one of them, for example {found[0]}"
        )
    return found[0] if found else None


def _download(repository: str, file: str) -> pathlib.Path:
    try:
        found = huggingface_hub.hf_hub_download(
            repository, file, local_files_only=hub.only_local_files(repository)
        )
    except Exception as error:  # The hub's client raises many types.
        raise _not_loaded(repository, file, error) from error
    return pathlib.Path(found)


def _not_loaded(repository: str, file: str, error: Exception) -> ValueError:
    return ValueError(
        f"{file!r} of {repository!r} could not be loaded from the hub. Expected the name of a GGUF"
        f" file in that repository. The reason given: {hub.first_line(error)}"
    )


def _check_size(path: pathlib.Path, header: Header) -> None:
    """Checks that the file has the data of each tensor in its table."""
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    ends = [0]
    for tensor in header.tensors:
        try:
            block, size = GGML_QUANT_SIZES[GGMLQuantizationType(tensor.kind)]
        except (ValueError, KeyError):
            raise ValueError(
                f"{path} has weights of a type that the package gguf does not know (number"
                f" {tensor.kind}, in {tensor.name}). Update the package: pip install -U gguf"
            ) from None
        ends.append(tensor.offset + tensor.elements // block * size)
    expected = header.data_start + max(ends)
    if header.size < expected:
        raise ValueError(
            f"{path} is incomplete: it has {header.size:,} bytes, and its tensors need"
            f" {expected:,}. Download the file again."
        )
