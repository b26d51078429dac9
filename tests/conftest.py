"""Fixtures that several tests share."""

import os
import pathlib
import subprocess
import sys
import sysconfig
from collections.abc import Iterator

import pytest

from seqsal.models.transformers import HFCausalLM
from tests import tiny

ROOT = pathlib.Path(__file__).parents[1]

Installed = tuple[pathlib.Path, dict[str, str]]
"""The programs of an environment with the wheel in it, and its environment variables."""


@pytest.fixture(scope="session", autouse=True)
def _own_data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Has every store that no test places elsewhere lie in a folder of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(scope="session")
def lm() -> HFCausalLM:
    """A tiny Llama with a byte-level tokenizer."""
    return HFCausalLM(tiny.model("llama"), tiny.byte_level_tokenizer())


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The same tiny Llama, saved."""
    return tiny.save_checkpoint(tmp_path_factory.mktemp("checkpoint"))


@pytest.fixture
def batched_backward(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has several targets go through one backward pass on the CPU, as on an accelerator."""
    monkeypatch.setattr("seqsal.models.transformers.graph._ONE_BY_ONE", set())


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The wheel, built as `make wheel` does."""
    folder = tmp_path_factory.mktemp("wheel")
    words = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    _pip(*words, str(ROOT))
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def installed(wheel: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """An environment with the wheel, and variables without a PATH to Node.

    The environment has nothing but the wheel; what the wheel depends on is found in the
    environment of the tests, whose own seqsal is not: .pth files count in the first one only.
    """
    home = tmp_path_factory.mktemp("home")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home / "venv"], check=True)
    programs = home / "venv" / "bin"
    _pip("--python", str(programs / "python"), "install", "--quiet", "--no-deps", str(wheel))
    (packages,) = (home / "venv" / "lib").glob("python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return programs, {"PATH": str(programs), "HOME": str(home)}


def _pip(*words: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *words]
    subprocess.run(command, check=True, env={**os.environ, "PIP_NO_INDEX": "1"})
