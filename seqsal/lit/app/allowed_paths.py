"""The files and models that the page may load from and save to while the server runs."""

import os
import pathlib
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from seqsal.models.checkpoints import known

HUB: Final = "hub:"
_EMBEDDED: Final = re.compile(r"embedded:\w+")
# No part of a name is "..", so that a name that is used as a path cannot escape its folder. The
# URL of an archive is not a name: the server downloads no archive that its page names.
_PART: Final = r"(?!\.+(?:/|$))[\w.-]+"
_HUB_NAME: Final = re.compile(
    rf"(?:hf://|kaggle://)?{_PART}(?:/{_PART}){{0,4}}|{_PART}/{_PART}:(?:{_PART}/){{0,4}}{_PART}\.gguf"
)
_PATH_WORDS: Final = ("path", "file", "dir")


class AllowedPaths:
    """The folders and names that an operator allows."""

    def __init__(self, allowed: Iterable[str]) -> None:
        """Initializes the allowed paths.

        Args:
            allowed: folders, including everything below them; single files; names of models; or
                hub: for every model id of the hub.
        """
        self._allowed = tuple(allowed)

    def check(self, path: str) -> str:
        """Returns a path if it may be read and written.

        Raises:
            ValueError: it is not allowed.
        """
        if self._is_below_allowed(path):
            return path
        raise ValueError(
            f"{path!r} is not among the paths that this server may use. The operator can allow"
            f" it: --allow_paths={','.join([*self._allowed, path])}."
        )

    def check_model(self, path: str) -> str:
        """Returns the path or the name of a model if it may be loaded.

        Raises:
            ValueError: it is not allowed.
        """
        if path in self._allowed or _EMBEDDED.fullmatch(path) or path in known.MODELS:
            return path
        if HUB in self._allowed and _HUB_NAME.fullmatch(path) and not _exists(path):
            return path
        return self.check(path)

    def check_config(self, config: Mapping[str, Any], *, of_model: bool) -> None:
        """Checks every path in the configuration of a new model or dataset.

        Raises:
            ValueError: one of them is not allowed.
        """
        check = self.check_model if of_model else self.check
        for key, value in config.items():
            if isinstance(value, str) and any(word in key.lower() for word in _PATH_WORDS):
                check(value)

    def _is_below_allowed(self, path: str) -> bool:
        # Resolve links first: a link below an allowed folder must not lead out of it.
        real = _real(path)
        roots = [_real(root) for root in self._allowed if root != HUB]
        return real is not None and any(
            root is not None and (real == root or root in real.parents) for root in roots
        )


def _real(path: str) -> pathlib.Path | None:
    """Returns the path with links resolved, or None if it is not a valid path."""
    try:
        return pathlib.Path(os.path.expanduser(path)).resolve()
    except (OSError, RuntimeError, ValueError):  # Too long, links in a circle, a null character.
        return None


def _exists(path: str) -> bool:
    try:
        return pathlib.Path(path).exists()
    except OSError:
        return False
