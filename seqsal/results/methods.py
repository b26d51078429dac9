"""Descriptions of the salience methods of a result: labels, and whether scores are signed."""

from collections.abc import Iterable
from typing import Final

from jaxtyping import Float32

from seqsal.attribution.method import MethodInfo
from seqsal.models.arrays import NumpyArray
from seqsal.shared.resources import shared_data

BUILT_IN: Final = tuple(map(MethodInfo.from_json, shared_data("methods.json")))
"""The built-in methods; results of older versions do not describe them."""


def describe_method(name: str, given: Iterable[MethodInfo] = ()) -> MethodInfo:
    """Returns the description of a method.

    It is the one in `given`, else the built-in one, else one with the name as its label.

    >>> describe_method("grad_l2").label, describe_method("mine").label
    ('Grad L2', 'mine')
    """
    known = {method.name: method for method in (*BUILT_IN, *given)}
    return known[name] if name in known else _undescribed(name)


def _undescribed(name: str) -> MethodInfo:
    return MethodInfo.from_json(
        {
            "name": name,
            "version": 1,
            "label": name,
            "help": f"The scores of the model's field {name}.",
            "signed": None,
            "scores": "tokens",
            "cost": {"forward": 0, "backward": 1, "per": "selection"},
            "family": "",
        }
    )


def has_sign(method: MethodInfo, scores: Float32[NumpyArray, " tokens"]) -> bool:
    """Returns whether scores are signed: as described, or if unknown, whether any is below 0."""
    return bool((scores < 0).any()) if method.signed is None else method.signed
