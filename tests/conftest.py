"""Fixtures that several tests share."""

import pathlib
from collections.abc import Iterator

import pytest

from seqsal.models.transformers import HFCausalLM
from tests import tiny


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
