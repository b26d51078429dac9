"""Attributes that are replaced for a while."""

import contextlib
from collections.abc import Iterator
from typing import Any, Final

_MISSING: Final = object()


@contextlib.contextmanager
def patched_attribute(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Sets an attribute of an instance, class or module, and restores the old state afterwards."""
    before = vars(owner).get(name, _MISSING)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if before is _MISSING:
            delattr(owner, name)
        else:
            setattr(owner, name, before)
