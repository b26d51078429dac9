"""The attribution methods by name: those that ship with seqsal, and those of other packages."""

import importlib.metadata
import threading
from collections.abc import Iterable
from typing import Any, Final

from absl import logging

from seqsal.attribution.method import GradientMethod, Method
from seqsal.attribution.methods import (
    ablation,
    grad_dot_input,
    grad_l2,
    integrated_gradients,
    lime,
    linearized,
)
from seqsal.attribution.segment_method import SegmentMethod
from seqsal.models.capabilities import linearization_error
from seqsal.models.causal_lm import CausalLM

ENTRY_POINTS: Final = "seqsal.methods"
"""The group of entry points that other packages name their methods in."""

AnyMethod = Method | SegmentMethod

_registry: Final[dict[str, AnyMethod]] = {}
_lock: Final = threading.RLock()
_entry_points_loaded = False


def register_method(method: AnyMethod) -> AnyMethod:
    """Makes an attribution method available under the name in its description.

    Its scores are then on the page, in `seqsal.explain`, in notebook views and in the store.
    Packages can register a method without an import by an entry point of the group
    "seqsal.methods" that names it.

    Args:
        method: for example a `seqsal.GradientMethod`.

    Returns:
        The method.

    Raises:
        ValueError: its name cannot be a field, another method has it, or a text is missing.
        TypeError: it is no method.
    """
    if not isinstance(method, Method | SegmentMethod):
        raise TypeError(
            "An attribution method has an attribute `info` and a function `attribute(run,"
            " objectives)`, as seqsal.GradientMethod has, or `attribute_segments(run, objectives,"
            f" segments)`; got {type(method).__qualname__}."
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


def all_methods(lm: CausalLM | None = None) -> list[AnyMethod]:
    """Returns all methods in the order they are offered, those that ship with seqsal first.

    Args:
        lm: a model, to leave out the methods that it does not support; None for every method.
    """
    _load_entry_points()
    with _lock:
        methods = list(_registry.values())
    return [method for method in methods if lm is None or _supports(lm, method)]


def _supports(lm: CausalLM, method: AnyMethod) -> bool:
    needs_linearization = isinstance(method, GradientMethod) and method.linearized
    return not needs_linearization or linearization_error(lm) is None


def find_methods(
    names: Iterable[str | AnyMethod] | None = None, lm: CausalLM | None = None
) -> list[AnyMethod]:
    """Returns the methods of some names, in that order.

    Args:
        names: names; or methods, which need not be registered, such as one with other options.
            None for all that need only a backward pass: each `GradientMethod`.
        lm: the model, which must support the methods; None for any.

    Raises:
        ValueError: there is no such method, the model does not support it, or a name is given
            twice or not at all.
    """
    known = {method.info.name: method for method in all_methods()}
    if names is None:
        return [method for method in all_methods(lm) if isinstance(method, GradientMethod)]
    if isinstance(names, str):
        raise ValueError(f"methods must be a list of names; got the text {names!r}.")
    wanted = list(names)
    for name in wanted:
        if isinstance(name, str) and name not in known:
            raise ValueError(
                f"methods must be among {', '.join(known)}; got {name!r}. Register a method of"
                " your own with seqsal.register_method."
            )
    methods = [known[each] if isinstance(each, str) else each for each in wanted]
    found = [method.info.name for method in methods]
    if not found or len(set(found)) < len(found):
        raise ValueError(f"methods must name at least one method, each once; got {found}.")
    for method in methods:
        if lm is not None and not _supports(lm, method):
            others = ", ".join(each.info.name for each in all_methods(lm))
            raise ValueError(
                f"This model has no {method.info.name} scores. {linearization_error(lm)} Use one of"
                f" {others}."
            )
    return methods


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
                logging.error("The method %s cannot be loaded: %s", entry_point.value, error)


for _module in (linearized, grad_l2, grad_dot_input, integrated_gradients, ablation, lime):
    register_method(_module.METHOD)
