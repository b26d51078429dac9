"""The kinds of model objects that can be explained, and how each becomes a `CausalLM`."""

import dataclasses
import functools
import sys
from collections.abc import Callable
from typing import Any, Final

from seqsal.models.base import CausalLM
from seqsal.options import Options


@dataclasses.dataclass(frozen=True, kw_only=True)
class Kind:
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


def kind_of(model: Any) -> Kind:
    """Returns the kind of a model object.

    Raises:
        TypeError: there is no way to explain such an object.
    """
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


ANSWERS: Final = frozenset(
    ("max_new_tokens", "num_samples", "temperature", "top_p", "seed", "trace_memory")
)
"""Options of how a model answers and of what is kept of it, which it is not loaded by."""
_SEQUENCES: Final = ANSWERS | {"sequence_length", "gradient_checkpointing"}
_KINDS: Final = (
    Kind(
        called="a seqsal CausalLM",
        of=lambda model: isinstance(model, CausalLM),
        lm=lambda model, *_: model,
        options=ANSWERS,
    ),
    Kind(
        called="a Keras model in memory",
        of=functools.partial(_is_instance, package="keras", name="Model"),
        lm=_of_keras,
        options=_SEQUENCES,
    ),
    Kind(
        called="a Transformers model in memory",
        of=_is_transformers,
        lm=_of_transformers,
        options=_SEQUENCES | {"chat_template", "system_prompt"},
        needs_tokenizer=True,
        state=_transformers_state,
    ),
)
