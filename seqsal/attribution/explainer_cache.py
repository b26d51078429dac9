"""Explainers that are kept, so that the same call gives the same one, with its forward passes."""

import dataclasses
import weakref
from typing import Any, Final

from seqsal.attribution.engine import Engine
from seqsal.attribution.explainer import Explainer
from seqsal.attribution.texts import Texts
from seqsal.models import frameworks
from seqsal.models.causal_lm import CausalLM
from seqsal.models.frameworks import ANSWER_OPTIONS, ModelType
from seqsal.models.progress import tasks
from seqsal.options import Options

_last_loaded: dict[tuple[str, Options], Explainer] = {}
_in_use: Final = weakref.WeakValueDictionary[tuple[str, Options], CausalLM]()
"""Every model that was loaded by its path and that somebody holds, such as a view."""


def loaded(path: str, settings: Options) -> Explainer:
    """Returns the explainer of a checkpoint; the one before makes room for it."""
    if (path, settings) not in _last_loaded:
        lm = _in_use.get(_loading(path, settings))
        _last_loaded.clear()
        if lm is None:
            tasks.current().tell("progress", stage="loading", number=1, of=1, name=path)
            lm = _in_use[_loading(path, settings)] = frameworks.load(path, settings)
        demonstration = frameworks.is_embedded(path)
        _last_loaded[path, settings] = _explainer(lm, settings, demonstration=demonstration)
    return _last_loaded[path, settings]


def _loading(path: str, settings: Options) -> tuple[str, Options]:
    """Returns what a checkpoint is loaded by: how it answers can differ with the same weights."""
    first = {
        field.name: value for field, value in Options().items() if field.name in ANSWER_OPTIONS
    }
    return path, dataclasses.replace(settings, **first)


@dataclasses.dataclass(frozen=True, eq=False)
class Key:
    """What an explainer was made for, beside the model."""

    tokenizer: Any
    settings: Options
    state: int

    def same(self, other: "Key") -> bool:
        """Whether both are for one tokenizer, the same options and the same weights."""
        return (
            self.tokenizer is other.tokenizer
            and self.settings == other.settings
            and self.state == other.state
        )


class Place:
    """Where a model keeps its explainer, so that both go together.

    A dictionary with weak keys would never let go: what it holds refers to the model. Copies and
    pickles of the model leave the explainer out.
    """

    def __init__(self) -> None:
        self.kept: tuple[Key, Explainer] | None = None

    def __deepcopy__(self, memo: dict[int, Any]) -> "Place":
        return Place()

    def __reduce__(self) -> tuple[type["Place"], tuple[()]]:
        return Place, ()


def in_memory(model: Any, key: Key, kind: ModelType) -> Explainer:
    """Returns the explainer that a model keeps, or a new one in its place."""
    place: Place = vars(model).setdefault("_seqsal_explainer", Place())
    if place.kept is None or not place.kept[0].same(key):
        place.kept = None
        place.kept = (
            key,
            _explainer(kind.to_causal_lm(model, key.tokenizer, key.settings), key.settings),
        )
    return place.kept[1]


def _explainer(lm: CausalLM, settings: Options, *, demonstration: bool = False) -> Explainer:
    engine = Engine(lm, trace_memory=settings.trace_memory)
    texts = Texts(lm, frameworks.generation_options(settings), make_room=engine.make_room)
    return Explainer(texts, engine, demonstration=demonstration)
