"""Models: what a framework must offer, its adapters, and the LIT models over them."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from seqsal.models import embedded
from seqsal.models.base import GenerationOptions
from seqsal.options import Options, split_name

if TYPE_CHECKING:
    from lit_nlp.api import model as lit_model

    from seqsal.models.base import CausalLM, Estimate

_EMBEDDED: Final = "embedded:"


def get_models(
    models_config: Sequence[str] | None = None, **options: Any
) -> "dict[str, lit_model.Model]":
    """Returns the LIT models of each language model: four of them for each name.

    Args:
        models_config: `name:path` strings; None for the model that ships with seqsal.
        **options: fields of `seqsal.Options`.

    Raises:
        ValueError: an option is wrong, two models have one name, or a model can not be loaded.
        TypeError: an option has an unknown name.
    """
    if models_config is not None:
        options["models"] = tuple(models_config)
    return load_all(Options(**options))


def load_all(options: Options) -> "dict[str, lit_model.Model]":
    """Returns the LIT models of each language model that the options name.

    Raises:
        ValueError: two models have one name, or a model can not be loaded.
    """
    models: dict[str, lit_model.Model] = {}
    for config in options.models:
        name, path = split_name(config, "model")
        if name in models:
            raise ValueError(f"Each model needs a name of its own; {name!r} is given twice.")
        models |= load_group(name, path, options)
    return models


def load_group(name: str, path: str, options: Options) -> "dict[str, lit_model.Model]":
    """Returns the LIT models of one language model.

    Raises:
        ValueError: the model can not be loaded.
    """
    from seqsal.models import group  # LIT takes seconds to import.

    return group.make_group(
        name,
        load(path, options),
        batch_size=options.batch_size,
        trace_memory=options.trace_memory,
        generation=GenerationOptions(
            max_new_tokens=options.max_new_tokens,
            num_samples=options.num_samples,
            temperature=options.temperature,
            top_p=options.top_p,
            seed=options.seed,
        ),
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
    )


def _local(path: str) -> str:
    """Returns a path with embedded:NAME replaced by where that model lies."""
    if path.startswith(_EMBEDDED):
        return str(embedded.path(path.removeprefix(_EMBEDDED)))
    return path


def _load_transformers(path: str, options: Options) -> "CausalLM":
    from seqsal.models import huggingface  # Frameworks are imported on demand.

    return huggingface.load(
        path,
        precision=options.precision,
        device=options.device,
        attention=options.attention,
        gradient_checkpointing=options.gradient_checkpointing,
        sequence_length=options.sequence_length,
        chat_template=options.chat_template,
        system_prompt=options.system_prompt,
    )


def _load_keras(path: str, options: Options) -> "CausalLM":
    from seqsal.models import keras

    return keras.load(
        path,
        runtime=options.dl_runtime,
        precision=options.precision,
        device=options.device,
        attention=options.attention,
        gradient_checkpointing=options.gradient_checkpointing,
        sequence_length=options.sequence_length,
        chat_template=options.chat_template,
        system_prompt=options.system_prompt,
    )


_FRAMEWORKS: Final[dict[str, Callable[[str, Options], "CausalLM"]]] = {
    "transformers": _load_transformers,
    "kerasnlp": _load_keras,
}
