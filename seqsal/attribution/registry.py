"""The attribution methods by name: those that ship with seqsal, and those of other packages."""

import importlib.metadata
import threading
from collections.abc import Iterable
from typing import Any, Final

from absl import logging

from seqsal.attribution.method import Method
from seqsal.attribution.methods import grad_dot_input, grad_l2

ENTRY_POINTS: Final = "seqsal.methods"
"""The group of entry points that other packages name their methods in."""

_registry: Final[dict[str, Method]] = {}
_lock: Final = threading.RLock()
_entry_points_loaded = False


def register_method(method: Method) -> Method:
    """Makes an attribution method available under the name in its description.

    Its scores are then on the page, in `seqsal.explain`, in notebook views and in the store.
    Packages can register a method without an import by an entry point of the group
    "seqsal.methods" that names it.

    Args:
        method: for example a `seqsal.GradientMethod`.

    Returns:
        The method.

    Raises:
        ValueError: its name can not be a field, another method has it, or a text is missing.
        TypeError: it is no method.
    """
    if not isinstance(method, Method):
        raise TypeError(
            "An attribution method has an attribute `info` and a function `attribute(run,"
            f" objectives)`, as seqsal.GradientMethod has; got {type(method).__qualname__}."
        )
    info = method.info
    if not (info.name.isidentifier() and info.name.islower()) or info.name.startswith("_"):
        raise ValueError(
            "The name of a method is the name of a field: lower-case letters, digits and _,"
            f" beginning with a letter; got {info.name!r}."
        )
    if not info.label.strip() or not info.help.strip():
        raise ValueError(f"The method {info.name!r} needs a label and a line of help.")
    if info.signed is None:
        raise ValueError(f"The method {info.name!r} must say whether its scores are signed.")
    with _lock:
        if _registry.get(info.name, method) != method:
            raise ValueError(
                f"Each method needs a name of its own; {info.name!r} is taken by"
                f" {_registry[info.name].info.label!r}. Call unregister_method({info.name!r})"
                " first to replace it."
            )
        _registry[info.name] = method
    return method


def unregister_method(name: str) -> None:
    """Removes a method; one that is not there is no error."""
    with _lock:
        _registry.pop(name, None)


def all_methods() -> list[Method]:
    """Returns all methods in the order they are offered, those that ship with seqsal first."""
    _load_entry_points()
    with _lock:
        return list(_registry.values())


def find_methods(names: Iterable[str] | None = None) -> list[Method]:
    """Returns the methods of some names, in that order.

    Args:
        names: None for the first method and all others that come from the same passes.

    Raises:
        ValueError: there is no such method, or a name is given twice or not at all.
    """
    known = {method.info.name: method for method in all_methods()}
    if names is None:
        first = next(iter(known.values())).info
        return [m for m in known.values() if m.info == first or m.info.family == first.family]
    if isinstance(names, str):
        raise ValueError(f"methods must be a list of names; got the text {names!r}.")
    wanted = list(names)
    if unknown := [name for name in wanted if name not in known]:
        raise ValueError(
            f"methods must be among {', '.join(known)}; got {unknown[0]!r}. Register a method of"
            " your own with seqsal.register_method."
        )
    if not wanted or len(set(wanted)) < len(wanted):
        raise ValueError(f"methods must name at least one method, each once; got {wanted}.")
    return [known[name] for name in wanted]


def _load_entry_points() -> None:
    global _entry_points_loaded
    with _lock:
        if _entry_points_loaded:
            return
        _entry_points_loaded = True
        for entry_point in importlib.metadata.entry_points(group=ENTRY_POINTS):
            try:
                loaded: Any = entry_point.load()
                register_method(loaded)
            except Exception as error:
                # A broken plug-in must not take the others with it.
                logging.error("The method %s can not be loaded: %s", entry_point.value, error)


for _method in (grad_l2.METHOD, grad_dot_input.METHOD):
    register_method(_method)
