"""Loads the LIT models of language models: `seqsal.get_models`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

from absl import logging

from seqsal.attribution.caches.results import NO_CACHE
from seqsal.models import checkpoints, frameworks
from seqsal.models.capabilities import has_special_marks
from seqsal.models.fingerprint import fingerprint
from seqsal.models.progress import bars, tasks
from seqsal.options import Options, OptionValues
from seqsal.shared.named_paths import split_model

if TYPE_CHECKING:
    from lit_nlp.api import model as lit_model

    from seqsal.attribution.caches.results import ResultCache
    from seqsal.models.causal_lm import CausalLM
    from seqsal.store.store import Store


def get_models(
    models_config: Sequence[str] | None = None,
    *,
    progress: bool | None = None,
    **options: Unpack[OptionValues],
) -> "dict[str, lit_model.Model]":
    """Returns the LIT models of each language model: a group of several per name.

    Args:
        models_config: `path` or `name:path` strings; None for the models that ship with seqsal.
        progress: whether to show progress bars. None: in a notebook or a terminal.
        **options: fields of `seqsal.Options`; responses and salience are cached across restarts
            only if data_dir is among them.

    Raises:
        ValueError: an option is wrong, two models have the same name, or a model cannot be loaded.
        TypeError: an option has an unknown name.
    """
    if models_config is not None:
        options["models"] = tuple(models_config)
    settings = Options(**options)
    with bars.show_progress(progress):
        if "data_dir" not in options:
            return load_all(settings)
        from seqsal.store.store import open_store

        return load_all(settings, open_store(settings.data_dir, settings.store_mb))


def load_all(options: Options, store: "Store | None" = None) -> "dict[str, lit_model.Model]":
    """Returns the LIT models of each language model that the options name.

    Args:
        options: which models, and how to load them.
        store: caches their results across restarts; None for no cache.

    Raises:
        ValueError: two models have the same name, or a model cannot be loaded.
    """
    models: dict[str, lit_model.Model] = {}
    for number, config in enumerate(options.models, 1):
        name, path = split_model(config)
        progress = {"stage": "loading", "number": number, "of": len(options.models), "name": name}
        tasks.current_task().report("progress", **progress)
        if name in models:
            raise ValueError(
                f"Names of models must be unique; got {name!r} twice. Rename one of them."
            )
        models |= load_group(name, path, options, store)
    return models


def load_group(
    name: str, path: str, options: Options, store: "Store | None" = None
) -> "dict[str, lit_model.Model]":
    """Returns the LIT models of one language model.

    Args:
        name: the name that the user sees.
        path: as in `seqsal.models.frameworks.load`.
        options: how to load it.
        store: caches its results across restarts; None for no cache.

    Raises:
        ValueError: the model cannot be loaded.
    """
    from seqsal.lit import model_group  # LIT takes seconds to import.

    lm = frameworks.load(path, options)
    return model_group.make_group(
        name,
        lm,
        batch_size=options.batch_size,
        trace_memory=options.trace_memory,
        generation=frameworks.generation_options(options),
        cache=NO_CACHE if store is None else _result_cache(path, options, lm, store),
        demonstration=checkpoints.is_embedded(path),
    )


def _result_cache(path: str, options: Options, lm: "CausalLM", store: "Store") -> "ResultCache":
    """Returns the cache of a model in a store; a model of unknown files is not cached."""
    origin = frameworks.origin(path, options, lm)
    if not origin.folders:
        logging.error(
            "The files of %s are unknown, so its results are not cached across restarts.", path
        )
        return NO_CACHE
    hashed = fingerprint(origin.folders, options, origin.computed_in)
    generation = frameworks.generation_options(options)
    return store.of_model(hashed, path, generation, marks=has_special_marks(lm))
