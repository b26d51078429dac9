"""The small models that ship with the package: their names and folders."""

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
            "An embedded model must be one that ships with the package; expected one of"
            f" {', '.join(names()) or '(none)'}, got {name!r}. Pass one of these names, or the"
            " folder of your own checkpoint as a model path."
        )
    return _HERE / name
