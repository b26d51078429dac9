"""When large blocks of memory stand by themselves, and whether the C library does it."""

import ctypes
import subprocess
import sys
from typing import Any

import pytest

from seqsal.models.transformers import HFCausalLM
from seqsal.models.transformers._accelerate import malloc_tuning
from tests import tiny

ON = (malloc_tuning._MMAP_THRESHOLD, malloc_tuning._LARGE)
OFF = (malloc_tuning._MMAP_THRESHOLD, malloc_tuning._USUAL)

_COUNT_BLOCKS = """
import ctypes
from seqsal.models.transformers._accelerate import malloc_tuning

class Info(ctypes.Structure):  # mallinfo2, whose fourth field counts blocks by themselves.
    _fields_ = [(f"field_{number}", ctypes.c_size_t) for number in range(10)]

library = ctypes.CDLL(None)
library.mallinfo2.restype = Info
library.malloc.restype = ctypes.c_void_p
library.malloc.argtypes = [ctypes.c_size_t]

def more_apart():
    before = library.mallinfo2().field_3
    assert library.malloc(6 * 2**20)
    return library.mallinfo2().field_3 - before

with malloc_tuning.large_blocks_mapped():
    during = more_apart()
print(during, more_apart())
"""


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Notes what the C library is told."""
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(malloc_tuning, "_mallopt", lambda: lambda *option: told.append(option))
    return told


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "mallinfo2"),
    reason="glibc since 2.33 counts them",
)
def test_a_large_block_stands_apart_while_it_lasts_and_no_longer() -> None:
    # In a new process: where there is free memory of that size already, it is used first.
    command = [sys.executable, "-c", _COUNT_BLOCKS]
    assert subprocess.run(command, capture_output=True, check=True).stdout.split() == [b"1", b"0"]


def test_the_last_to_leave_ends_it(calls: list[tuple[int, int]]) -> None:
    with malloc_tuning.large_blocks_mapped():
        with malloc_tuning.large_blocks_mapped():
            assert calls == [ON]
        assert calls == [ON]
    assert calls == [ON, OFF]


def test_it_ends_with_an_error(calls: list[tuple[int, int]]) -> None:
    with pytest.raises(ZeroDivisionError), malloc_tuning.large_blocks_mapped():
        raise ZeroDivisionError
    assert calls == [ON, OFF]


@pytest.mark.parametrize("large", [True, False])
@pytest.mark.parametrize("layers", ["cached", "recomputed"])
def test_only_passes_over_large_sequences_have_them(
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
    assert all(told == ([ON] if large else []) for told in during)
    assert calls == ([ON, OFF] if large else [])


def test_where_there_is_no_such_option_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert malloc_tuning._mallopt.__wrapped__()(*ON) is None
