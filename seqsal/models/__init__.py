"""Models: what a framework must offer, its adapters, and the LIT models over them."""

import pathlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from absl import logging

from seqsal import bars, tasks
from seqsal.models import downloads, embedded
from seqsal.models.base import GenerationOptions
from seqsal.models.fingerprint import fingerprint
from seqsal.models.keeping import FORGETTING
from seqsal.options import Options, split_name

if TYPE_CHECKING:
    from lit_nlp.api import model as lit_model

    from seqsal.models.base import CausalLM, Estimate
    from seqsal.models.keeping import Keeping
    from seqsal.store.store import Store

_EMBEDDED: Final = "embedded:"


def get_models(
    models_config: Sequence[str] | None = None, *, progress: bool | None = None, **options: Any
) -> "dict[str, lit_model.Model]":
    """Returns the LIT models of each language model: several for each name.

    Args:
        models_config: `name:path` strings; None for the models that ship with seqsal.
        progress: whether bars tell how far loading is. None: in a notebook or a terminal.
        **options: fields of `seqsal.Options`; answers and salience are kept over restarts
            only where data_dir is among them.

    Raises:
        ValueError: an option is wrong, two models have one name, or a model can not be loaded.
        TypeError: an option has an unknown name.
    """
    if models_config is not None:
        options["models"] = tuple(models_config)
    settings = Options(**options)
    with bars.shown(progress):
        if "data_dir" not in options:
            return load_all(settings)
        from seqsal.store.store import open_store

        return load_all(settings, open_store(settings.data_dir, settings.store_mb))


def load_all(options: Options, store: "Store | None" = None) -> "dict[str, lit_model.Model]":
    """Returns the LIT models of each language model that the options name.

    Args:
        options: which models, and how to load them.
        store: keeps what they say; None for nothing.

    Raises:
        ValueError: two models have one name, or a model can not be loaded.
    """
    models: dict[str, lit_model.Model] = {}
    for number, config in enumerate(options.models, 1):
        name, path = split_name(config, "model")
        told = {"stage": "loading", "number": number, "of": len(options.models), "name": name}
        tasks.current().tell("progress", **told)
        if name in models:
            raise ValueError(f"Each model needs a name of its own; {name!r} is given twice.")
        models |= load_group(name, path, options, store)
    return models


def load_group(
    name: str, path: str, options: Options, store: "Store | None" = None
) -> "dict[str, lit_model.Model]":
    """Returns the LIT models of one language model.

    Args:
        name: the name that the user sees.
        path: as in `load`.
        options: how to load it.
        store: keeps what it says; None for nothing.

    Raises:
        ValueError: the model can not be loaded.
    """
    from seqsal.models import group  # LIT takes seconds to import.

    lm = load(path, options)
    return group.make_group(
        name,
        lm,
        batch_size=options.batch_size,
        trace_memory=options.trace_memory,
        generation=generation_options(options),
        keeping=FORGETTING if store is None else _keeping(path, options, lm, store),
        demonstration=is_embedded(path),
    )


def _keeping(path: str, options: Options, lm: "CausalLM", store: "Store") -> "Keeping":
    """Returns what a store keeps of a model; nothing where its files are not known."""
    folders, computed_in = _ORIGINS[options.dl_framework](_local(path), lm)
    if not folders:
        logging.error("It can not be told which files %s is: nothing it says is kept.", path)
        return FORGETTING
    hashed = fingerprint(folders, options, computed_in)
    return store.of_model(hashed, path, generation_options(options))


def generation_options(options: Options) -> GenerationOptions:
    """Returns how answers are written, by the options."""
    return GenerationOptions(
        max_new_tokens=options.max_new_tokens,
        num_samples=options.num_samples,
        temperature=options.temperature,
        top_p=options.top_p,
        seed=options.seed,
    )


def load(path: str, options: Options) -> "CausalLM":
    """Returns a language model on the framework that the options name.

    Args:
        path: a folder, a model id of the hub, or embedded:NAME.
        options: which framework, and how to load.

    Raises:
        ValueError: the model can not be loaded.
    """
    return _FRAMEWORKS[options.dl_framework](_local(path), options)


def estimate(path: str, options: Options, tokens: int) -> "Estimate":
    """Returns what salience of a sequence would cost with a model that is not loaded yet.

    Args:
        path: as in `load`.
        options: how it would be loaded.
        tokens: tokens of the sequence.

    Raises:
        ValueError: there is no such model, or costs are not foretold for its framework.
    """
    if options.dl_framework != "transformers":
        raise ValueError(
            "seqsal estimate measures models of Transformers; got"
            f" --dl_framework={options.dl_framework}. Name the same checkpoint without it."
        )
    from seqsal.models.huggingface.estimate import estimate as measure

    return measure(
        _local(path),
        tokens,
        precision=options.precision,
        device=options.device,
        attention=options.attention,
        trust_remote_code=options.trust_remote_code,
    )


def is_embedded(path: str) -> bool:
    """Returns whether a path names a model that ships with seqsal."""
    return path.startswith(_EMBEDDED)


def _local(path: str) -> str:
    """Returns a path with embedded:NAME replaced by where that model lies."""
    if is_embedded(path):
        return str(embedded.path(path.removeprefix(_EMBEDDED)))
    return path


def _load_transformers(path: str, options: Options) -> "CausalLM":
    from seqsal.models import huggingface  # Frameworks are imported on demand.
    from seqsal.models.huggingface.bars import told_to_task

    with told_to_task():
        return huggingface.load(
            path, trust_remote_code=options.trust_remote_code, **_choices(options)
        )


def _load_keras(path: str, options: Options) -> "CausalLM":
    from seqsal.models import keras

    with downloads.shown_where_watched():
        return keras.load(path, runtime=options.dl_runtime, **_choices(options))


def _choices(options: Options) -> dict[str, Any]:
    """Returns how to load, in what every framework takes."""
    return {
        "precision": options.precision,
        "device": options.device,
        "attention": options.attention,
        "gradient_checkpointing": options.gradient_checkpointing,
        "sequence_length": options.sequence_length,
        "chat_template": options.chat_template,
        "system_prompt": options.system_prompt,
    }


_FRAMEWORKS: Final[dict[str, Callable[[str, Options], "CausalLM"]]] = {
    "transformers": _load_transformers,
    "kerasnlp": _load_keras,
}


def _origin_of_transformers(path: str, lm: Any) -> tuple[list[pathlib.Path], str]:
    from seqsal.models.huggingface import origin

    return origin.folders(path), origin.computed_in(lm)


def _origin_of_keras(path: str, lm: Any) -> tuple[list[pathlib.Path], str]:
    from seqsal.models.keras import origin

    return origin.folders(path), origin.computed_in(lm)


_ORIGINS: Final[dict[str, Callable[[str, Any], tuple[list[pathlib.Path], str]]]] = {
    "transformers": _origin_of_transformers,
    "kerasnlp": _origin_of_keras,
}
"""Which files a loaded model is made of, and in what it computes."""
