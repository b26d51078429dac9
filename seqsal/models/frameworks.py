"""The table of frameworks: how each one loads, estimates and identifies its models.

A framework is one record. Its functions import the framework when they are called, so that
importing this module is quick.
"""

import dataclasses
import pathlib
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from seqsal.models import checkpoints
from seqsal.models.causal_lm import CausalLM, GenerationOptions
from seqsal.models.progress import bars
from seqsal.models.stop import unescaped
from seqsal.options import Options

if TYPE_CHECKING:
    from seqsal.models.causal_lm import Estimate


@dataclasses.dataclass(frozen=True)
class Origin:
    """The source of a loaded model.

    Attributes:
        folders: the folders of its files; empty if they are unknown.
        computed_in: the number type and the kind of device of its computation.
    """

    folders: list[pathlib.Path]
    computed_in: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelType:
    """A type of model object in memory that can be explained.

    Attributes:
        description: its name in a sentence.
        matches: whether an object is of this type; imports no framework.
        to_causal_lm: makes a `CausalLM` of the model and its tokenizer.
        options: the fields of `Options` that apply to it.
        needs_tokenizer: whether the tokenizer is separate from the model.
        weights_state: a value that changes when the weights change.
    """

    description: str
    matches: Callable[[Any], bool]
    to_causal_lm: Callable[[Any, Any, Options], CausalLM]
    options: frozenset[str]
    needs_tokenizer: bool = False
    weights_state: Callable[[Any], int] = lambda model: 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Framework:
    """A framework that language models run on.

    Attributes:
        name: its value of `--dl_framework`.
        load: loads the model at a path.
        origin: the files of a loaded model, by its path.
        in_memory: the type of its model objects.
        estimate: the costs of a sequence before the model is loaded; None if not supported.
        accelerators: the devices that a model could be loaded on besides the CPU.
    """

    name: str
    load: Callable[[str, Options], CausalLM]
    origin: Callable[[str, Any], Origin]
    in_memory: ModelType
    estimate: "Callable[[str, int, Options], Estimate] | None" = None
    accelerators: Callable[[], Sequence[str]] = tuple


def load(path: str, options: Options) -> CausalLM:
    """Returns a language model on the framework that the options name.

    Args:
        path: as in `seqsal.models.checkpoints.locate`.
        options: the framework, and the options of loading.

    Raises:
        ValueError: the model cannot be loaded.
    """
    return FRAMEWORKS[options.dl_framework].load(checkpoints.locate(path, options), options)


def origin(path: str, options: Options, lm: CausalLM) -> Origin:
    """Returns the source of a loaded model; the arguments are those of `load`."""
    return FRAMEWORKS[options.dl_framework].origin(checkpoints.locate(path, options), lm)


def estimate(path: str, options: Options, tokens: int) -> "Estimate":
    """Returns the estimated costs of salience with a model that is not loaded.

    Args:
        path: as in `load`.
        options: the options of loading.
        tokens: tokens of the sequence.

    Raises:
        ValueError: there is no such model, or its framework cannot estimate.
    """
    measure = FRAMEWORKS[options.dl_framework].estimate
    if measure is None:
        raise ValueError(
            "seqsal estimate measures models of Transformers; got"
            f" --dl_framework={options.dl_framework}. Name the same checkpoint without it."
        )
    with checkpoints.located_for_estimate(path, options) as located:
        return measure(located, tokens, options)


def devices(options: Options) -> list[str]:
    """Returns the devices of this machine that copies of a model can run on, at least one.

    They are all accelerators if the option `device` leaves the choice open.
    """
    if options.device != "auto":
        return [options.device]
    return [*FRAMEWORKS[options.dl_framework].accelerators()] or ["auto"]


def generation_options(options: Options) -> GenerationOptions:
    """Returns the options of generation among all options."""
    return GenerationOptions(
        max_new_tokens=options.max_new_tokens,
        num_samples=options.num_samples,
        temperature=options.temperature,
        top_p=options.top_p,
        seed=options.seed,
        stop=tuple(map(unescaped, options.stop)),
    )


def model_type(model: Any) -> ModelType:
    """Returns the type of a model object in memory.

    Raises:
        TypeError: the object is of no type that seqsal can explain.
    """
    known = (_CAUSAL_LM, *(framework.in_memory for framework in FRAMEWORKS.values()))
    found = next((each for each in known if each.matches(model)), None)
    if found is None:
        raise TypeError(
            "A model is given as a path, as what seqsal.get_models returned, as a model of"
            " Transformers or keras-hub, or as a seqsal CausalLM; got"
            f" {type(model).__module__}.{type(model).__qualname__}."
        )
    return found


def _loading_options(options: Options) -> dict[str, Any]:
    """Returns the options that every framework's `load` takes."""
    names = (
        "precision",
        "device",
        "attention",
        "gradient_checkpointing",
        "sequence_length",
        "chat_template",
        "system_prompt",
    )
    return {name: getattr(options, name) for name in names}


def _is_instance(model: Any, package: str, name: str) -> bool:
    """Returns whether an object is of a class of a package that is already imported."""
    module = sys.modules.get(package)
    return module is not None and isinstance(model, getattr(module, name))


def _load_transformers(path: str, options: Options) -> CausalLM:
    from seqsal.models import transformers
    from seqsal.models.transformers.progress import reported_to_task

    with reported_to_task():
        return transformers.load(
            path, trust_remote_code=options.trust_remote_code, **_loading_options(options)
        )


def _estimate_transformers(path: str, tokens: int, options: Options) -> "Estimate":
    from seqsal.models.transformers.estimate import estimate as measure

    return measure(
        path,
        tokens,
        precision=options.precision,
        device=options.device,
        attention=options.attention,
        trust_remote_code=options.trust_remote_code,
    )


def _cuda_devices() -> list[str]:
    from seqsal.models.pytorch import cuda_devices

    return cuda_devices()


def _origin_of_transformers(path: str, lm: Any) -> Origin:
    from seqsal.models.transformers import origin

    return Origin(origin.folders(path), origin.computed_in(lm))


def _is_transformers(model: Any) -> bool:
    return _is_instance(model, "transformers", "PreTrainedModel") or _is_instance(
        model, "peft", "PeftModel"
    )


def _of_transformers(model: Any, tokenizer: Any, settings: Options) -> CausalLM:
    from seqsal.models import transformers

    return transformers.of_model(
        model,
        tokenizer,
        sequence_length=settings.sequence_length,
        gradient_checkpointing=settings.gradient_checkpointing,
        chat_template=settings.chat_template,
        system_prompt=settings.system_prompt,
    )


def _transformers_state(model: Any) -> int:
    from seqsal.models import transformers

    return transformers.weights_state(model)


def _load_keras(path: str, options: Options) -> CausalLM:
    from seqsal.models import keras

    with bars.downloads_only_if_watched():
        return keras.load(path, runtime=options.dl_runtime, **_loading_options(options))


def _origin_of_keras(path: str, lm: Any) -> Origin:
    from seqsal.models.keras import origin

    return Origin(origin.folders(path), origin.computed_in(lm))


def _of_keras(model: Any, _: Any, settings: Options) -> CausalLM:
    from seqsal.models import keras

    return keras.load(
        model,
        sequence_length=settings.sequence_length,
        gradient_checkpointing=settings.gradient_checkpointing,
    )


ANSWER_OPTIONS: Final = frozenset(
    ("max_new_tokens", "num_samples", "temperature", "top_p", "seed", "stop", "trace_memory")
)
"""Options of generation and of caches, which loading does not depend on."""
_SEQUENCE_OPTIONS: Final = ANSWER_OPTIONS | {"sequence_length", "gradient_checkpointing"}

_CAUSAL_LM: Final = ModelType(
    description="a seqsal CausalLM",
    matches=lambda model: isinstance(model, CausalLM),
    to_causal_lm=lambda model, *_: model,
    options=ANSWER_OPTIONS,
)

FRAMEWORKS: Final[Mapping[str, Framework]] = {
    framework.name: framework
    for framework in (
        Framework(
            name="transformers",
            load=_load_transformers,
            estimate=_estimate_transformers,
            accelerators=_cuda_devices,
            origin=_origin_of_transformers,
            in_memory=ModelType(
                description="a Transformers model in memory",
                matches=_is_transformers,
                to_causal_lm=_of_transformers,
                options=_SEQUENCE_OPTIONS | {"chat_template", "system_prompt"},
                needs_tokenizer=True,
                weights_state=_transformers_state,
            ),
        ),
        Framework(
            name="kerasnlp",
            load=_load_keras,
            origin=_origin_of_keras,
            in_memory=ModelType(
                description="a Keras model in memory",
                matches=lambda model: _is_instance(model, "keras", "Model"),
                to_causal_lm=_of_keras,
                options=_SEQUENCE_OPTIONS,
            ),
        ),
    )
}
"""The frameworks, by their names in `--dl_framework`."""
