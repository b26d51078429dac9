"""The small models that ship with the package: where they lie, and what they are called."""

from __future__ import annotations

import pathlib

_HERE = pathlib.Path(__file__).parent


def names() -> tuple[str, ...]:
    """Returns the names of the shipped models, sorted."""
    return tuple(sorted(found.parent.name for found in _HERE.glob("*/config.json")))


def path(name: str = "small") -> pathlib.Path:
    """Returns the directory of a shipped model, for `from_pretrained`.

    Args:
        name: one of `names()`.

    Raises:
        ValueError: if no such model ships with the package.
    """
    if name not in names():
        raise ValueError(
            f"rule: an embedded model is one that ships with the package; expected one of "
            f"{', '.join(names()) or '(none)'}, got {name!r}; pass one of these names, or the "
            "directory of your own checkpoint as a model path"
        )
    return _HERE / name
