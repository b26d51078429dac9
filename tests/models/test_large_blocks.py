"""Whether large blocks of memory stand by themselves, as glibc counts them."""

import ctypes
import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch

from seqsal.models import large_blocks
from seqsal.models.huggingface import HFCausalLM, trace
from tests import tiny

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "mallinfo2"),
    reason="glibc since 2.33 counts them",
)
_SIZE = 6 * 2**20


class _Info(ctypes.Structure):
    """The struct mallinfo2, whose fourth field counts the blocks that stand by themselves."""

    _fields_ = [(f"field_{number}", ctypes.c_size_t) for number in range(10)]


def _stands_apart() -> bool:
    """Returns whether a block of 6 MiB is had from the system by itself."""
    count: Any = ctypes.CDLL(None).mallinfo2
    count.restype = _Info
    before = count().field_3
    block = torch.empty(_SIZE, dtype=torch.uint8)
    after = count().field_3
    del block
    return bool(after > before)


def test_a_large_block_stands_apart_while_it_lasts_and_no_longer() -> None:
    with large_blocks.apart():
        assert _stands_apart()
        with large_blocks.apart():
            assert _stands_apart()
        assert _stands_apart()
    assert not _stands_apart()


def test_it_ends_with_an_error() -> None:
    with pytest.raises(ZeroDivisionError), large_blocks.apart():
        raise ZeroDivisionError
    assert not _stands_apart()


@pytest.mark.parametrize("large", [True, False])
def test_only_passes_over_large_sequences_have_them(
    monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    lm = HFCausalLM(tiny.model("llama"), tiny.byte_level_tokenizer())
    monkeypatch.setattr(trace, "_LARGE_STATES", 5 * 24 if large else 5 * 24 + 1)
    assert lm._network.dim == 24
    seen: list[bool] = []
    with large_blocks.apart():
        pass  # Whatever the process has allocated before, a block is now taken from the heap.

    def note(x: Any, _layer: int) -> Any:
        seen.append(_stands_apart())
        return x

    lm.trace([1, 2, 3, 4, 5], note)
    assert seen == [large] * len(seen) != []
    assert not _stands_apart()


def test_without_such_a_library_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing: Callable[[int, int], object] = large_blocks._mallopt.__wrapped__()
    assert nothing(large_blocks._MMAP_THRESHOLD, large_blocks._USUAL) == 1
    monkeypatch.setattr(sys, "platform", "darwin")
    assert large_blocks._mallopt.__wrapped__()(0, 0) is None
