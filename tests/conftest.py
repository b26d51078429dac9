"""Fixtures that several tests share."""

import pathlib

import pytest

from seqsal.models.huggingface import HFCausalLM
from tests import tiny


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
    monkeypatch.setattr("seqsal.models.huggingface.graph._ONE_BY_ONE", set())
