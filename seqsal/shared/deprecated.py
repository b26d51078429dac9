"""Old addresses of modules and names, which still work but raise a DeprecationWarning."""

import importlib
import sys
import warnings
from collections.abc import Mapping
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final

MODULES: Final[Mapping[str, str]] = {
    "seqsal.arrays": "seqsal.models.arrays",
    "seqsal.asgi": "seqsal.server",
    "seqsal.models.base": "seqsal.models.causal_lm",
    "seqsal.models.group": "seqsal.lit.model_group",
}
"""The new address of each module that was documented under an old one."""


def moved_attribute(module: str, name: str, homes: Mapping[str, str]) -> Any:
    """Returns a name that has moved; for a module's `__getattr__` (PEP 562).

    Args:
        module: the old module.
        name: the name.
        homes: the new module of each name that has moved.

    Raises:
        AttributeError: the name has not moved.
    """
    if name not in homes:
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    home = homes[name]
    value = getattr(importlib.import_module(home), name)
    warnings.warn(
        f"{module}.{name} has moved; use {home}.{name}.", DeprecationWarning, stacklevel=3
    )
    return value


def install() -> None:
    """Makes the old modules importable; nothing is imported before one of them is."""
    if not any(isinstance(finder, _MovedModules) for finder in sys.meta_path):
        sys.meta_path.append(_MovedModules())


class _MovedModules:
    """Finds and loads the old modules (https://docs.python.org/3/reference/import.html)."""

    def find_spec(
        self, name: str, path: object = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name in MODULES else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _MovedModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Does nothing: the attributes are looked up in the new module."""


class _MovedModule(ModuleType):
    """A module whose attributes are those of the new module."""

    def __getattr__(self, name: str) -> Any:
        """Returns an attribute of the new module, and warns."""
        if name.startswith("__"):  # Python and tools inspect every module.
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return moved_attribute(self.__name__, name, {name: MODULES[self.__name__]})
