"""Any model that a person has at hand as an `Explainer`."""

import dataclasses
import functools
import os
import re
import sys
import weakref
from collections.abc import Callable, Mapping
from typing import Any, Final

from seqsal import models, spec, tasks
from seqsal.models.base import CausalLM
from seqsal.models.engine import Engine
from seqsal.models.explainer import Explainer
from seqsal.models.texts import Texts
from seqsal.options import Options, split_name


def explainer_of(
    model: Any, tokenizer: Any = None, *, name: str | None = None, **options: Any
) -> Explainer:
    """Returns what explains the texts of a model, in this process.

    The same model with the same options gives the same explainer again, with the forward passes
    that it keeps, until its weights change. Of the models that are loaded by their path, the
    last one is kept.

    Args:
        model: a path (a folder, a model id of the hub, embedded:NAME) or `name:path`; the LIT
            models that `seqsal.get_models` returned; a model of Transformers or keras-hub in
            memory; or any `seqsal.models.base.CausalLM`. A Transformers model stays as it is; a
            Keras model gets its weights frozen.
        tokenizer: the tokenizer of a Transformers model in memory.
        name: which of several models of `seqsal.get_models`.
        **options: fields of `seqsal.Options`; for a model in memory those about its sequences
            and its answers.

    Raises:
        ValueError: the model can not be loaded, its tokenizer is missing, or an option is wrong
            or not one for such a model.
        TypeError: there is no way to explain such an object, or an option has an unknown name.
    """
    if isinstance(model, Mapping):
        _check_none("models of seqsal.get_models", tokenizer=tokenizer, **options)
        return _of_group(model, name)
    _check_none("a single model", name=name)
    settings = Options(**options)
    if isinstance(model, str | os.PathLike):
        _check_none("a model that is loaded by its path", tokenizer=tokenizer)
        return _loaded(path_of(os.fspath(model)), settings)
    kind = _kind(model)
    _check_none(kind.called, **{k: v for k, v in options.items() if k not in kind.options})
    if not kind.needs_tokenizer:
        _check_none(kind.called, tokenizer=tokenizer)
    elif tokenizer is None:
        raise ValueError(
            "A Transformers model in memory needs its tokenizer; got none. Pass tokenizer="
            "transformers.AutoTokenizer.from_pretrained(...) of the same checkpoint."
        )
    return _kept(model, _Key(tokenizer, settings, kind.state(model)), kind)


def path_of(config: str) -> str:
    """Returns the path of `name:path`, or a path that is given without a name.

    >>> path_of("a:embedded:small"), path_of("embedded:small"), path_of("org/model")
    ('embedded:small', 'embedded:small', 'org/model')
    >>> path_of("a:hf://org/model"), path_of("hf://org/model")
    ('hf://org/model', 'hf://org/model')
    """
    bare = ":" not in config or re.match(r"embedded:|\w+://", config) or os.path.isdir(config)
    return config if bare else split_name(config, "model")[1]


def _check_none(what: str, **given: Any) -> None:
    """Checks that nothing is given that would be passed over."""
    names = [name for name, value in given.items() if value is not None]
    if names:
        raise ValueError(
            f"With {what}, there is no use for {', '.join(names)}; leave it out. It belongs where"
            " the model is loaded."
        )


def _of_group(group: Mapping[str, Any], name: str | None) -> Explainer:
    """Returns the explainer of one model among those of `seqsal.get_models`."""
    explainers = {
        own: explainer
        for own in group
        if isinstance(
            explainer := getattr(group.get(spec.salience_name(own)), "explainer", None), Explainer
        )
    }
    if not explainers:
        raise ValueError(
            "Expected the models that seqsal.get_models returned; got a mapping with"
            f" {', '.join(map(repr, group)) or 'nothing'}, none of which has the salience model"
            " of seqsal beside it."
        )
    if name is None and len(explainers) == 1:
        (name,) = explainers
    if name not in explainers:
        raise ValueError(
            f"name= must say which model: one of {', '.join(explainers)}; got {name!r}."
        )
    return explainers[name]


def _explainer(lm: CausalLM, settings: Options, *, demonstration: bool = False) -> Explainer:
    texts = Texts(lm, models.generation_options(settings))
    engine = Engine(lm, trace_memory=settings.trace_memory)
    return Explainer(texts, engine, demonstration=demonstration)


_last_loaded: dict[tuple[str, Options], Explainer] = {}
_in_use: Final = weakref.WeakValueDictionary[tuple[str, Options], CausalLM]()
"""Every model that was loaded by its path and that somebody holds, such as a view."""


def _loaded(path: str, settings: Options) -> Explainer:
    """Returns the explainer of a checkpoint; the one before makes room for it."""
    if (path, settings) not in _last_loaded:
        lm = _in_use.get(_loading(path, settings))
        _last_loaded.clear()
        if lm is None:
            tasks.current().tell("progress", stage="loading", number=1, of=1, name=path)
            lm = _in_use[_loading(path, settings)] = models.load(path, settings)
        demonstration = models.is_embedded(path)
        _last_loaded[path, settings] = _explainer(lm, settings, demonstration=demonstration)
    return _last_loaded[path, settings]


def _loading(path: str, settings: Options) -> tuple[str, Options]:
    """Returns what a checkpoint is loaded by: how it answers can differ with the same weights."""
    first = {field.name: value for field, value in Options().items() if field.name in _ANSWERS}
    return path, dataclasses.replace(settings, **first)


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Kind:
    """A kind of model objects.

    Attributes:
        called: its name in a sentence.
        of: whether an object is one, without importing its framework.
        lm: makes a `CausalLM` of the model and its tokenizer.
        options: the options that make sense for it.
        needs_tokenizer: whether the tokenizer is apart from the model.
        state: a value that changes with the weights.
    """

    called: str
    of: Callable[[Any], bool]
    lm: Callable[[Any, Any, Options], CausalLM]
    options: frozenset[str]
    needs_tokenizer: bool = False
    state: Callable[[Any], int] = lambda model: 0


def _kind(model: Any) -> _Kind:
    kind = next((kind for kind in _KINDS if kind.of(model)), None)
    if kind is None:
        raise TypeError(
            "A model is given as a path, as what seqsal.get_models returned, as a model of"
            " Transformers or keras-hub, or as a seqsal CausalLM; got"
            f" {type(model).__module__}.{type(model).__qualname__}."
        )
    return kind


def _is_instance(model: Any, package: str, name: str) -> bool:
    """Whether an object is of a class of a package: only if that has been imported already."""
    module = sys.modules.get(package)
    return module is not None and isinstance(model, getattr(module, name))


def _is_transformers(model: Any) -> bool:
    return _is_instance(model, "transformers", "PreTrainedModel") or _is_instance(
        model, "peft", "PeftModel"
    )


def _of_transformers(model: Any, tokenizer: Any, settings: Options) -> CausalLM:
    from seqsal.models import huggingface

    return huggingface.of_model(
        model,
        tokenizer,
        sequence_length=settings.sequence_length,
        gradient_checkpointing=settings.gradient_checkpointing,
        chat_template=settings.chat_template,
        system_prompt=settings.system_prompt,
    )


def _transformers_state(model: Any) -> int:
    from seqsal.models import huggingface

    return huggingface.weights_state(model)


def _of_keras(model: Any, _: Any, settings: Options) -> CausalLM:
    from seqsal.models import keras

    return keras.load(
        model,
        sequence_length=settings.sequence_length,
        gradient_checkpointing=settings.gradient_checkpointing,
    )


_ANSWERS: Final = frozenset(
    ("max_new_tokens", "num_samples", "temperature", "top_p", "seed", "trace_memory")
)
_SEQUENCES: Final = _ANSWERS | {"sequence_length", "gradient_checkpointing"}
_KINDS: Final = (
    _Kind(
        called="a seqsal CausalLM",
        of=lambda model: isinstance(model, CausalLM),
        lm=lambda model, *_: model,
        options=_ANSWERS,
    ),
    _Kind(
        called="a Keras model in memory",
        of=functools.partial(_is_instance, package="keras", name="Model"),
        lm=_of_keras,
        options=_SEQUENCES,
    ),
    _Kind(
        called="a Transformers model in memory",
        of=_is_transformers,
        lm=_of_transformers,
        options=_SEQUENCES | {"chat_template", "system_prompt"},
        needs_tokenizer=True,
        state=_transformers_state,
    ),
)


@dataclasses.dataclass(frozen=True, eq=False)
class _Key:
    """What an explainer was made for, beside the model."""

    tokenizer: Any
    settings: Options
    state: int

    def same(self, other: "_Key") -> bool:
        """Whether both are for one tokenizer, the same options and the same weights."""
        return (
            self.tokenizer is other.tokenizer
            and self.settings == other.settings
            and self.state == other.state
        )


class _Place:
    """Where a model keeps its explainer, so that both go together.

    A dictionary with weak keys would never let go: what it holds refers to the model. Copies and
    pickles of the model leave the explainer out.
    """

    def __init__(self) -> None:
        self.kept: tuple[_Key, Explainer] | None = None

    def __deepcopy__(self, memo: dict[int, Any]) -> "_Place":
        return _Place()

    def __reduce__(self) -> tuple[type["_Place"], tuple[()]]:
        return _Place, ()


def _kept(model: Any, key: _Key, kind: _Kind) -> Explainer:
    """Returns the explainer that a model keeps, or a new one in its place."""
    place: _Place = vars(model).setdefault("_seqsal_explainer", _Place())
    if place.kept is None or not place.kept[0].same(key):
        place.kept = None
        place.kept = key, _explainer(kind.lm(model, key.tokenizer, key.settings), key.settings)
    return place.kept[1]
