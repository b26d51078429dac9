"""Which files and models the page may name while the server runs."""

import os
import pathlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

HUB: Final = "hub:"
EMBEDDED: Final = "embedded:"
_PATH_WORDS: Final = ("path", "file", "dir")


class AllowedPaths:
    """The folders and names that an operator allows."""

    def __init__(self, allowed: Iterable[str]) -> None:
        """Takes what is allowed.

        Args:
            allowed: folders, with all below them; single files; embedded:NAME; or hub: for
                every model id of the hub.
        """
        self._allowed = tuple(allowed)

    def check(self, path: str) -> str:
        """Returns a path that may be read and written, or a model that may be loaded.

        Raises:
            ValueError: it may not.
        """
        if path.startswith(EMBEDDED) or path in self._allowed:
            return path
        if _is_hub_id(path) and HUB in self._allowed:
            return path
        # Links are followed first: a link below an allowed folder must not lead out of it.
        real = pathlib.Path(os.path.expanduser(path)).resolve()
        roots = (pathlib.Path(os.path.expanduser(root)).resolve() for root in self._allowed)
        if any(real == root or root in real.parents for root in roots):
            return path
        raise ValueError(
            f"{path!r} is not among the paths that this server may use. The operator can allow"
            f" it: --allow_paths={','.join([*self._allowed, path])}."
        )

    def check_config(self, config: Mapping[str, Any]) -> None:
        """Checks every path among the settings of a new model or dataset.

        Raises:
            ValueError: one of them is not allowed.
        """
        for key, value in config.items():
            if isinstance(value, str) and any(word in key.lower() for word in _PATH_WORDS):
                self.check(value)


def _is_hub_id(path: str) -> bool:
    return not path.startswith((".", "~", os.sep)) and not pathlib.Path(path).exists()
