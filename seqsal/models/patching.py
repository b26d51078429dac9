"""Attributes that are others for a while."""

import contextlib
from collections.abc import Iterator
from typing import Any, Final

_NOTHING: Final = object()


@contextlib.contextmanager
def replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Sets an attribute of one instance, class or module, and afterwards what was there before."""
    before = vars(owner).get(name, _NOTHING)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if before is _NOTHING:
            delattr(owner, name)
        else:
            setattr(owner, name, before)
