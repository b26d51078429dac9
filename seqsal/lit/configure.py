"""LIT's Configure menu, which loads another model while the server runs."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Final

from lit_nlp.api import model as lit_model
from lit_nlp.api import types as lit_types

from seqsal.lit import models
from seqsal.options import Options
from seqsal.store.store import Store

_MAX_VALUE: Final = 1_000_000
"""Of options without a maximum: LIT's numeric types require one."""


def model_loaders(
    options: Options, store: Store | None = None
) -> dict[str, tuple[Any, dict[str, lit_types.LitType]]]:
    """Returns the loader of models for LIT's menu, and the types of its options.

    Args:
        options: the options of the server, which are the defaults of the menu.
        store: caches the results of the models across restarts; None for no cache.
    """

    def load_group(new_name: str, path: str, **chosen: Any) -> Mapping[str, lit_model.Model]:
        settings = dataclasses.replace(options, **chosen)
        return models.load_group(new_name, path, settings, store)

    init_spec = {"path": lit_types.String(default="", required=True)}
    for field, value in options.items():
        lit_type = _lit_type(field.metadata, value) if field.metadata["per_model"] else None
        if lit_type is not None:
            init_spec[field.name] = lit_type
    return {"Language model": (load_group, init_spec)}


def _lit_type(metadata: Mapping[str, Any], value: Any) -> lit_types.LitType | None:
    if metadata["choices"]:
        return lit_types.CategoryLabel(
            vocab=list(metadata["choices"]), default=value, required=False
        )
    if isinstance(value, bool):
        return lit_types.Boolean(default=value, required=False)
    if isinstance(value, str):
        return lit_types.String(default=value, required=False)
    bounds = {
        "min_val": metadata["minimum"],
        "max_val": metadata["maximum"] or _MAX_VALUE,
        "default": value,
        "required": False,
    }
    if isinstance(value, float):
        return lit_types.Scalar(**bounds)
    if isinstance(value, int):
        return lit_types.Integer(**bounds)
    return None  # Unset, such as sequence_length: LIT's menu cannot leave a number out.
