"""When large blocks of memory are mapped separately, and whether the C library does it."""

import ctypes
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch

from seqsal.models import accelerate
from seqsal.models.transformers import HFCausalLM
from seqsal.models.transformers._accelerate import malloc_tuning
from tests import tiny
from tests.objectives import objectives

ON = (malloc_tuning._MMAP_THRESHOLD, malloc_tuning._LARGE)
OFF = (malloc_tuning._MMAP_THRESHOLD, malloc_tuning._USUAL)

_COUNT_BLOCKS = """
import ctypes, importlib.util, sys

# From its file: its package would import PyTorch.
spec = importlib.util.spec_from_file_location("malloc_tuning", sys.argv[1])
malloc_tuning = importlib.util.module_from_spec(spec)
spec.loader.exec_module(malloc_tuning)

class Info(ctypes.Structure):  # mallinfo2, whose fourth field counts mapped blocks.
    _fields_ = [(f"field_{number}", ctypes.c_size_t) for number in range(10)]

library = ctypes.CDLL(None)
library.mallinfo2.restype = Info
library.malloc.restype = ctypes.c_void_p
library.malloc.argtypes = [ctypes.c_size_t]

def more_mapped():
    before = library.mallinfo2().field_3
    assert library.malloc(6 * 2**20)
    return library.mallinfo2().field_3 - before

with malloc_tuning.large_blocks_mapped():
    during = more_mapped()
print(during, more_mapped())
"""


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Records the calls of mallopt."""
    options: list[tuple[int, int]] = []
    monkeypatch.setattr(malloc_tuning, "_mallopt", lambda: lambda *option: options.append(option))
    return options


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "mallinfo2"),
    reason="glibc since 2.33 counts them",
)
def test_a_large_block_is_mapped_within_the_context_only() -> None:
    # In a new process: where there is free memory of that size already, it is used first.
    command = [sys.executable, "-c", _COUNT_BLOCKS, malloc_tuning.__file__]
    assert subprocess.run(command, capture_output=True, check=True).stdout.split() == [b"1", b"0"]


def test_the_last_context_restores_the_threshold(calls: list[tuple[int, int]]) -> None:
    with malloc_tuning.large_blocks_mapped():
        with malloc_tuning.large_blocks_mapped():
            assert calls == [ON]
        assert calls == [ON]
    assert calls == [ON, OFF]


def test_an_error_restores_the_threshold(calls: list[tuple[int, int]]) -> None:
    with pytest.raises(ZeroDivisionError), malloc_tuning.large_blocks_mapped():
        raise ZeroDivisionError
    assert calls == [ON, OFF]


@pytest.mark.parametrize("large", [True, False])
@pytest.mark.parametrize("layers", ["cached", "recomputed"])
def test_only_passes_over_large_sequences_change_the_threshold(
    monkeypatch: pytest.MonkeyPatch, calls: list[tuple[int, int]], layers: str, large: bool
) -> None:
    again = "on" if layers == "recomputed" else "off"
    lm = HFCausalLM(tiny.model("llama"), tiny.byte_level_tokenizer(), gradient_checkpointing=again)
    monkeypatch.setitem(malloc_tuning._MIN_STATES, layers, 5 * 24 if large else 5 * 24 + 1)
    assert lm._network.dim == 24
    during: list[list[tuple[int, int]]] = []

    def note(x: Any, _layer: int) -> Any:
        during.append(list(calls))
        return x

    lm.trace([1, 2, 3, 4, 5], note)
    assert during
    assert all(options == ([ON] if large else []) for options in during)
    assert calls == ([ON, OFF] if large else [])


def test_without_the_speed_up_memory_is_allocated_as_usual(
    monkeypatch: pytest.MonkeyPatch, calls: list[tuple[int, int]], lm: HFCausalLM
) -> None:
    ids, weights = [1, 2, 3, 4, 5], np.eye(5, dtype=np.float32)[[4]]
    monkeypatch.setitem(malloc_tuning._MIN_STATES, "cached", 1)
    expected = lm.trace(ids).gradients(objectives(ids, weights))
    assert calls
    calls.clear()
    monkeypatch.setenv(accelerate.VARIABLE, "none")
    actual = lm.trace(ids).gradients(objectives(ids, weights))
    assert not calls
    torch.testing.assert_close(actual, expected)


def test_without_mallopt_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert malloc_tuning._mallopt.__wrapped__()(*ON) is None


_LEAVE_GAPS = """
import ctypes, importlib.util, sys
import psutil

spec = importlib.util.spec_from_file_location("malloc_tuning", sys.argv[1])
malloc_tuning = importlib.util.module_from_spec(spec)
spec.loader.exec_module(malloc_tuning)
library = ctypes.CDLL(None)
library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
library.free.argtypes = [ctypes.c_void_p]
size = 64 * 2**10  # Not mapped separately.
blocks = [library.malloc(size) for _ in range(2000)]
for block in blocks:
    ctypes.memset(block, 1, size)
for number, block in enumerate(blocks):
    if number % 10:
        library.free(block)
memory = psutil.Process().memory_info
before = memory().rss
malloc_tuning.return_free_memory()
print(before - memory().rss)
"""


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "malloc_trim"),
    reason="glibc has it",
)
@pytest.mark.parametrize(("enabled", "least"), [("all", 90e6), ("none", -10e6)])
def test_free_memory_between_blocks_that_live_on_is_returned(enabled: str, least: float) -> None:
    command = [sys.executable, "-c", _LEAVE_GAPS, malloc_tuning.__file__]
    environment = {**os.environ, accelerate.VARIABLE: enabled}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert int(done.stdout) >= least
    assert enabled == "all" or int(done.stdout) < 10e6
