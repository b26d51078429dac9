"""Loads a causal model of keras-hub: a preset, a folder, a URL of an archive, or an object."""

import contextlib
import dataclasses
import json
import os
import pathlib
from collections.abc import Iterator
from typing import Any, Final

import keras
import keras_hub

from seqsal.models import hub
from seqsal.models.chat.jinja import template_in
from seqsal.models.chat.template import ChatTemplate
from seqsal.models.keras import runtime
from seqsal.models.keras.added_tokens import added_tokens
from seqsal.models.keras.lm import KerasCausalLM
from seqsal.models.keras.patches import transformers_checkpoints
from seqsal.models.keras.sources import archives, hubs
from seqsal.models.keras.tokenizer import FileTokenizer, own_tokenizer
from seqsal.models.thinking_marks import find_marks

_PRECISIONS: Final = ("auto", "float32", "bfloat16", "float16")


def load(
    model: Any,
    *,
    precision: str = "auto",
    gradient_checkpointing: str = "auto",
    sequence_length: int | None = None,
    chat_template: bool = False,
    system_prompt: str = "",
    **others: Any,
) -> KerasCausalLM:
    """Returns a causal model of keras-hub with its tokenizer.

    Args:
        model: a preset name such as gemma2_2b_en; a kaggle:// or hf:// handle; a folder with a
            preset of keras-hub or a checkpoint of Transformers; the http(s) URL of an archive
            (.tar.gz, .tgz, .tar, .zip) of such a folder; or a loaded `keras_nlp.models.CausalLM`.
        precision: float32, bfloat16, float16, or auto: float32 on a CPU, bfloat16 on a GPU. It
            does not apply to a loaded model.
        gradient_checkpointing: auto, on or off.
        sequence_length: bound on the tokens of a sequence below the model's own context.
        chat_template: whether to render plain prompts in the chat template among the model's
            files. Prompts in message form always are.
        system_prompt: the system message in that template; empty for none.
        **others: options of other adapters, which must be at their defaults.

    Raises:
        ValueError: there is no such model, it cannot be downloaded or loaded, it is not a causal
            language model for text, it has no chat template but `chat_template` is set, or Keras
            does not support an option.
    """
    _check_options(precision, others)
    choices: dict[str, Any] = {
        "context_length": sequence_length,
        "gradient_checkpointing": gradient_checkpointing,
        "chat_template": chat_template,
        "system_prompt": system_prompt,
    }
    if not isinstance(model, str | os.PathLike):
        return _with_templates(_Parts(model), None, choices)
    path = os.path.expanduser(str(model))
    with _dtype_policy(precision):
        if archives.is_url(path):
            return _from_folder(archives.fetch(path), choices)
        if pathlib.Path(path).is_dir():
            return _from_folder(pathlib.Path(path), choices)
        if (folder := hubs.transformers_folder(path)) is not None:
            return _from_folder(folder, choices)
        parts = _Parts(hubs.load(path))
        return _with_templates(parts, hubs.cached_folder(path), choices)


def _check_options(precision: str, others: dict[str, Any]) -> None:
    if precision not in _PRECISIONS:
        raise ValueError(
            f"On Keras, precision must be one of {', '.join(_PRECISIONS)}; got {precision!r}."
            " Weights in 8 and 4 bits are for --dl_framework=transformers."
        )
    defaults = {"device": "auto", "attention": "auto"}
    for name, value in others.items():
        if name not in defaults:
            raise TypeError(f"Unknown option {name!r}.")
        if value != defaults[name]:
            raise ValueError(
                f"--{name} is for --dl_framework=transformers; got {value!r}. Omit it: Keras"
                " chooses the device and the attention itself."
            )


@contextlib.contextmanager
def _dtype_policy(precision: str) -> Iterator[None]:
    """Sets the precision of new Keras layers within the context."""
    if precision == "auto":
        precision = "bfloat16" if runtime.current().on_accelerator() else keras.config.floatx()
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


@dataclasses.dataclass(frozen=True)
class _Parts:
    """What the files of a folder have.

    Attributes:
        model: the causal model of keras-hub.
        tokenizer: the tokenizer of a tokenizer.json; None for that of the model.
        end_ids: tokens that end an answer, in addition to those of the tokenizer.
        max_tokens: most tokens of a sequence; None for no bound.
    """

    model: Any
    tokenizer: FileTokenizer | None = None
    end_ids: tuple[int, ...] = ()
    max_tokens: int | None = None


def _from_folder(folder: pathlib.Path, choices: dict[str, Any]) -> KerasCausalLM:
    config = _json(folder / "config.json")
    try:
        if "model_type" in config:
            parts = _from_transformers(folder, config)
        else:
            parts = _Parts(keras_hub.models.CausalLM.from_preset(str(folder)))
    except Exception as error:  # Each kind of damaged file raises an error of its own library.
        raise ValueError(_load_failed(folder, error)) from error
    return _with_templates(parts, folder, choices)


def _with_templates(
    parts: _Parts, folder: pathlib.Path | None, choices: dict[str, Any]
) -> KerasCausalLM:
    """Returns the model with its chat template and its thinking marks, if it has some."""
    template = None if folder is None else template_in(folder)
    config = {} if folder is None else _optional_json(folder / "tokenizer_config.json")
    sources = template.sources if template else ()
    added = added_tokens(config, template.source(None) if template else "")
    tokenizer = parts.tokenizer or own_tokenizer(parts.model, added)
    marks = find_marks(config.get("response_template"), tokenizer.added_tokens, sources)
    bounds = [bound for bound in (parts.max_tokens, choices["context_length"]) if bound]
    return KerasCausalLM(
        parts.model,
        tokenizer,
        end_ids=parts.end_ids,
        chat=ChatTemplate(template, tokenizer.tokenize, marks) if template else None,
        marks=marks,
        **{**choices, "context_length": min(bounds) if bounds else None},
    )


def _from_transformers(folder: pathlib.Path, config: dict[str, Any]) -> _Parts:
    """Returns the model of a Transformers folder, with its tokenizer.json if there is one."""
    backbone = transformers_checkpoints.backbone(folder, config)
    file = folder / "tokenizer.json"
    tokenizer = FileTokenizer(file) if file.is_file() else None
    without = {"preprocessor": None} if tokenizer else {}
    model = keras_hub.models.CausalLM.from_preset(str(folder), backbone=backbone, **without)
    bounds = (config.get("max_position_embeddings"), config.get("n_positions"))
    known = [bound for bound in bounds if bound]
    return _Parts(model, tokenizer, _end_ids(folder, config), min(known) if known else None)


def _end_ids(folder: pathlib.Path, config: dict[str, Any]) -> tuple[int, ...]:
    """Returns the end tokens in the checkpoint's files."""
    generation = _optional_json(folder / "generation_config.json")
    given = generation.get("eos_token_id", config.get("eos_token_id"))
    if given is None:
        return ()
    return (given,) if isinstance(given, int) else tuple(given)


def _optional_json(file: pathlib.Path) -> dict[str, Any]:
    return _json(file) if file.is_file() else {}


def _json(file: pathlib.Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(_load_failed(file.parent, error)) from error
    return dict(content)


def _load_failed(folder: pathlib.Path, error: Exception) -> str:
    expected = (
        "a folder with a preset of keras-hub, or with a Transformers checkpoint (config.json,"
        " safetensors, tokenizer) of a model that keras-hub has"
    )
    return hub.load_failed(str(folder), " on Keras", expected, error)
