"""Reads the header of a GGUF file once during a conversion.

Transformers 5.23 reads it three times: for the configuration, for the tokenizer and for the
weights. Each time takes seconds, nearly all of it for the texts of the vocabulary. It also builds
the table of the names of all tensors once for each module of the model.
"""

import contextlib
import functools
import threading
from collections.abc import Iterator
from typing import Final

from seqsal.models import accelerate
from seqsal.models.patching import patched_attribute

_NAMES: Final = ("GGUFReader", "get_tensor_name_map")
_turn: Final = threading.Lock()


@contextlib.contextmanager
def read_once() -> Iterator[None]:
    """Keeps what the package `gguf` has read until the context ends.

    Contexts of several threads take turns.
    """
    if not accelerate.enabled("gguf_reading"):
        yield
        return
    import gguf  # It is optional; who converts has checked that it is there.

    with _turn, contextlib.ExitStack() as stack:
        for name in _NAMES:
            kept = functools.lru_cache(maxsize=1)(getattr(gguf, name))
            stack.enter_context(patched_attribute(gguf, name, kept))
        yield
