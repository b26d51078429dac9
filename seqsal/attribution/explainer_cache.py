"""A cache of explainers and their forward passes."""

import dataclasses
import weakref
from typing import Any, Final

from seqsal.attribution.engine import Engine
from seqsal.attribution.explainer import Explainer
from seqsal.attribution.text_encoder import TextEncoder
from seqsal.models import checkpoints, frameworks
from seqsal.models.causal_lm import CausalLM
from seqsal.models.frameworks import ANSWER_OPTIONS, ModelType
from seqsal.models.progress import tasks
from seqsal.options import Options

_last_loaded: dict[tuple[str, Options], Explainer] = {}
_in_use: Final = weakref.WeakValueDictionary[tuple[str, Options], CausalLM]()
"""Every model that was loaded by path and is still referenced, for example by a view."""


def load(path: str, settings: Options) -> Explainer:
    """Returns the explainer of a checkpoint; loading one releases the previous one."""
    if (path, settings) not in _last_loaded:
        lm = _in_use.get(_load_key(path, settings))
        _last_loaded.clear()
        if lm is None:
            tasks.current_task().report("progress", stage="loading", number=1, of=1, name=path)
            lm = _in_use[_load_key(path, settings)] = frameworks.load(path, settings)
        demonstration = checkpoints.is_embedded(path)
        _last_loaded[path, settings] = _explainer(lm, settings, demonstration=demonstration)
    return _last_loaded[path, settings]


def _load_key(path: str, settings: Options) -> tuple[str, Options]:
    """Returns the key of loaded weights: the path and the options, without those of answers."""
    defaults = {
        field.name: value for field, value in Options().items() if field.name in ANSWER_OPTIONS
    }
    return path, dataclasses.replace(settings, **defaults)


@dataclasses.dataclass(frozen=True, eq=False)
class CacheKey:
    """What a cached explainer depends on besides the model object.

    Attributes:
        tokenizer: compared by identity.
        settings: the options.
        state: changes when the weights change.
    """

    tokenizer: Any
    settings: Options
    state: int

    def matches(self, other: "CacheKey") -> bool:
        """Returns whether tokenizer, options and weights are the same."""
        return (
            self.tokenizer is other.tokenizer
            and self.settings == other.settings
            and self.state == other.state
        )


class CacheSlot:
    """An attribute of a model for its explainer, so that both are released together.

    In a `WeakKeyDictionary` the entry would never be released, because the explainer refers to the
    model. Copies and pickles of the model do not include the explainer.
    """

    def __init__(self) -> None:
        self.entry: tuple[CacheKey, Explainer] | None = None

    def __deepcopy__(self, memo: dict[int, Any]) -> "CacheSlot":
        return CacheSlot()

    def __reduce__(self) -> tuple[type["CacheSlot"], tuple[()]]:
        return CacheSlot, ()


def for_model(model: Any, key: CacheKey, kind: ModelType) -> Explainer:
    """Returns the cached explainer of a model in memory, or a new one, which is then cached."""
    slot: CacheSlot = vars(model).setdefault("_seqsal_explainer", CacheSlot())
    if slot.entry is None or not slot.entry[0].matches(key):
        slot.entry = None  # Releases the memory of the old explainer before a new one is made.
        lm = kind.to_causal_lm(model, key.tokenizer, key.settings)
        slot.entry = (key, _explainer(lm, key.settings))
    return slot.entry[1]


def _explainer(lm: CausalLM, settings: Options, *, demonstration: bool = False) -> Explainer:
    engine = Engine(lm, trace_memory=settings.trace_memory)
    encoder = TextEncoder(
        lm, frameworks.generation_options(settings), free_memory=engine.clear_traces
    )
    return Explainer(encoder, engine, demonstration=demonstration)
