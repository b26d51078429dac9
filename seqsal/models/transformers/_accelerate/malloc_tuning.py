"""Maps large blocks of memory separately with glibc, so that freed ones return to the system.

glibc raises its mmap threshold up to 32 MiB, and takes smaller blocks from one heap. A forward
pass leaves blocks that live on between blocks that are freed, and much of the heap is lost to
fragmentation: at 4,096 tokens half of it. A block with a mapping of its own is returned when it is
freed. A mapping takes longer to make, which counts where little is computed with each block, as in
generation. See mallopt(3).
"""

import contextlib
import ctypes
import functools
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Final

from seqsal.models import accelerate

_MMAP_THRESHOLD: Final = -3
"""M_MMAP_THRESHOLD in malloc.h."""
_LARGE: Final = 4 * 2**20
_USUAL: Final = 32 * 2**20
"""The threshold that glibc reaches itself, once blocks of that size have been freed."""

_MIN_STATES: Final = {"cached": 2 * 2**20, "recomputed": 2**20}
"""Numbers in the hidden states between two layers from which on blocks are mapped. With fewer,
mapping would take up to a tenth of the computation and save little. Where layers are recomputed,
memory is short: half of it is saved for a fifth more time."""

_lock: Final = threading.Lock()
_users = 0


def for_sequence(
    device: str, states: int, *, recomputed: bool
) -> contextlib.AbstractContextManager[None]:
    """Returns the context for passes over a sequence; it has no effect on a short one.

    Args:
        device: the type of device that the model runs on, such as "cpu".
        states: numbers in the hidden states between two layers: tokens * dim.
        recomputed: whether layers are recomputed in a backward pass.
    """
    is_large = states >= _MIN_STATES["recomputed" if recomputed else "cached"]
    if is_large and device == "cpu" and accelerate.enabled("malloc_tuning"):
        return large_blocks_mapped()
    return contextlib.nullcontext()


@contextlib.contextmanager
def large_blocks_mapped() -> Iterator[None]:
    """Maps blocks of 4 MiB or more separately, in all threads."""
    _count(1)
    try:
        yield
    finally:
        _count(-1)


def _count(change: int) -> None:
    global _users
    with _lock:
        _users += change
        if (_users, change) in ((1, 1), (0, -1)):
            _mallopt()(_MMAP_THRESHOLD, _LARGE if _users else _USUAL)


@functools.cache
def _mallopt() -> Callable[[int, int], object]:
    """Returns mallopt, or a function without effect if there is none."""
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):  # musl has another allocator.
            return ctypes.CDLL(None).mallopt
    return lambda *_: None


def return_free_memory() -> None:
    """Returns freed memory within the heap to the system, as far as glibc can.

    What lives on, such as the scores of a text, lies between the freed blocks of the passes before:
    over a thousand texts the memory of the process grew by a tenth.
    """
    if accelerate.enabled("malloc_tuning"):
        _malloc_trim()(0)


@functools.cache
def _malloc_trim() -> Callable[[int], object]:
    """Returns malloc_trim, or a function without effect if there is none."""
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):
            return ctypes.CDLL(None).malloc_trim
    return lambda _: None
