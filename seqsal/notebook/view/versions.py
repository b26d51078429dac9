"""The versions of a prompt that a view has shown, as the page's list of tries expects them."""

import hashlib
from collections.abc import Sequence
from typing import Any

Version = dict[str, Any]
"""`id`, `parent` (the id of the version that it was made from, or None) and `prompt`."""


def first(prompt: str) -> list[Version]:
    """Returns the versions of a prompt that nothing was made from yet."""
    return [{"id": id_of(prompt), "parent": None, "prompt": prompt}]


def added(versions: Sequence[Version], prompt: str, before: str) -> list[Version]:
    """Returns the versions with a prompt that was made from another; a known one stays as it is."""
    if find(versions, prompt) is not None:
        return list(versions)
    return [*versions, {"id": id_of(prompt), "parent": id_of(before), "prompt": prompt}]


def find(versions: Sequence[Version], prompt: str) -> Version | None:
    """Returns the version with a prompt, or None."""
    return next((each for each in versions if each["prompt"] == prompt), None)


def before(versions: Sequence[Version], prompt: str) -> str | None:
    """Returns the prompt that a version was made from, or None for the first one."""
    version = find(versions, prompt)
    parent = next(
        (each for each in versions if version is not None and each["id"] == version["parent"]), None
    )
    return None if parent is None else str(parent["prompt"])


def replaced(prompt: str, old: str, new: str) -> str:
    """Returns a prompt with one text in place of another.

    Raises:
        ValueError: the old text does not occur, or more than once.
    """
    count = prompt.count(old) if old else 0
    if count != 1:
        raise ValueError(
            "The text to replace must occur once in the prompt, so that one place is meant;"
            f" {old!r} occurs {count} times. Give more of the text around it."
        )
    return prompt.replace(old, new)


def id_of(prompt: str) -> str:
    """Returns the id of the version with a prompt."""
    return hashlib.sha256(prompt.encode("utf-8", "surrogatepass")).hexdigest()[:16]
