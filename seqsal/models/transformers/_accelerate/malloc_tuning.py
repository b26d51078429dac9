"""Has the C library of Linux ask the system for large blocks of memory, each by itself.

By itself glibc comes to take blocks of up to 32 MiB from one stretch of memory. A forward pass
leaves blocks that are kept between those that are not, and much of the stretch is lost: at 4,096
tokens half of it. A block by itself is given back when it is freed. To get one takes longer, which
counts where little is computed with each, as while an answer is written. See mallopt(3).
"""

import contextlib
import ctypes
import functools
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Final

_MMAP_THRESHOLD: Final = -3
"""M_MMAP_THRESHOLD in malloc.h."""
_LARGE: Final = 4 * 2**20
_USUAL: Final = 32 * 2**20
"""What glibc itself comes to, once blocks of that size have been freed."""
_lock: Final = threading.Lock()
_users = 0


@contextlib.contextmanager
def apart() -> Iterator[None]:
    """Has large blocks stand by themselves while this lasts, in all threads."""
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
    """Returns mallopt, or a function that does nothing where there is none."""
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):  # musl has another allocator.
            return ctypes.CDLL(None).mallopt
    return lambda *_: None
