"""Conversion of any supported model to an `Explainer`."""

import os
from collections.abc import Mapping
from typing import Any

from seqsal.attribution import explainer_cache
from seqsal.attribution.explainer import Explainer
from seqsal.models.frameworks import model_type
from seqsal.options import Options
from seqsal.shared import fields
from seqsal.shared.named_paths import split_model


def get_explainer(
    model: Any, tokenizer: Any = None, *, name: str | None = None, **options: Any
) -> Explainer:
    """Returns an explainer for a model, in this process.

    Explainers are cached with their forward passes: the same model with the same options returns
    the same explainer until its weights change. Of the models that are loaded by path, only the
    last one is cached.

    Args:
        model: a path (a folder, a model id of the hub, embedded:NAME) or `name:path`; the LIT
            models that `seqsal.get_models` returned; a model of Transformers or keras-hub in
            memory; or any `seqsal.models.causal_lm.CausalLM`. A Transformers model is not
            modified; the weights of a Keras model are frozen.
        tokenizer: the tokenizer of a Transformers model in memory.
        name: the name of one of several models of `seqsal.get_models`.
        **options: fields of `seqsal.Options`; for a model in memory, those that concern its
            sequences and its answers.

    Raises:
        ValueError: the model cannot be loaded, its tokenizer is missing, or an option is invalid
            or does not apply to this kind of model.
        TypeError: the object is not a supported model, or an option has an unknown name.
    """
    if isinstance(model, Mapping):
        _check_none("models of seqsal.get_models", tokenizer=tokenizer, **options)
        return _of_group(model, name)
    _check_none("a single model", name=name)
    settings = Options(**options)
    if isinstance(model, str | os.PathLike):
        _check_none("a model that is loaded by its path", tokenizer=tokenizer)
        return explainer_cache.load(path_of(os.fspath(model)), settings)
    kind = model_type(model)
    _check_none(kind.description, **{k: v for k, v in options.items() if k not in kind.options})
    if not kind.needs_tokenizer:
        _check_none(kind.description, tokenizer=tokenizer)
    elif tokenizer is None:
        raise ValueError(
            "A Transformers model in memory needs its tokenizer; got none. Pass tokenizer="
            "transformers.AutoTokenizer.from_pretrained(...) of the same checkpoint."
        )
    key = explainer_cache.CacheKey(tokenizer, settings, kind.weights_state(model))
    return explainer_cache.for_model(model, key, kind)


def path_of(config: str) -> str:
    """Returns the path of `name:path`, or a path without a name unchanged.

    >>> path_of("a:embedded:small"), path_of("embedded:small"), path_of("org/model")
    ('embedded:small', 'embedded:small', 'org/model')
    """
    return config if os.path.exists(config) else split_model(config)[1]


def _check_none(what: str, **given: Any) -> None:
    """Checks that no argument is given that would be ignored."""
    names = [name for name, value in given.items() if value is not None]
    if names:
        raise ValueError(
            f"With {what}, {', '.join(names)} cannot be given. Remove it, or set it where the model"
            " is loaded."
        )


def _of_group(group: Mapping[str, Any], name: str | None) -> Explainer:
    """Returns the explainer of one model among those of `seqsal.get_models`."""
    explainers = {
        own: explainer
        for own in group
        if isinstance(
            explainer := getattr(group.get(fields.salience_name(own)), "explainer", None), Explainer
        )
    }
    if not explainers:
        raise ValueError(
            "Expected the models that seqsal.get_models returned; got a mapping with"
            f" {', '.join(map(repr, group)) or 'nothing'}, none of which has a salience"
            " model of seqsal in the mapping."
        )
    if name is None and len(explainers) == 1:
        (name,) = explainers
    if name not in explainers:
        raise ValueError(
            f"name= must be the name of a model: one of {', '.join(explainers)}; got {name!r}."
        )
    return explainers[name]
