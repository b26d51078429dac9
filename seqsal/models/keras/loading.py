"""Loads a causal model of keras-hub: a preset, a folder, a URL of an archive, or an object."""

import contextlib
import json
import os
import pathlib
from collections.abc import Iterator
from typing import Any, Final

import keras
import keras_hub

from seqsal.models.keras.lm import KerasCausalLM
from seqsal.models.keras.runtime import base as runtime
from seqsal.models.keras.sources import archives, hubs, transformers_folder
from seqsal.models.keras.tokens import FileTokens

_PRECISIONS: Final = ("auto", "float32", "bfloat16", "float16")


def load(
    model: Any,
    *,
    precision: str = "auto",
    gradient_checkpointing: str = "auto",
    sequence_length: int | None = None,
    **others: Any,
) -> KerasCausalLM:
    """Returns a causal model of keras-hub with its tokenizer.

    Args:
        model: a preset name such as gemma2_2b_en; a kaggle:// or hf:// handle; a folder with a
            preset of keras-hub or a checkpoint of Transformers; the http(s) URL of an archive
            (.tar.gz, .tgz, .tar, .zip) of such a folder; or a loaded `keras_nlp.models.CausalLM`.
        precision: float32, bfloat16, float16, or auto: float32 on a CPU, bfloat16 on a GPU. A
            loaded model keeps its own.
        gradient_checkpointing: auto, on or off.
        sequence_length: bound on the tokens of a sequence below the model's own context.
        **others: options of other adapters, which must be at their defaults.

    Raises:
        ValueError: there is no such model, it can not be reached or loaded, it is not a causal
            language model for text, or an option is one that Keras does not have.
    """
    _check_options(precision, others)
    choices: dict[str, Any] = {
        "context_length": sequence_length,
        "gradient_checkpointing": gradient_checkpointing,
    }
    if not isinstance(model, str | os.PathLike):
        return KerasCausalLM(model, **choices)
    path = os.path.expanduser(str(model))
    with _dtype_policy(precision):
        if archives.is_url(path):
            return _from_folder(archives.fetch(path), choices)
        if pathlib.Path(path).is_dir():
            return _from_folder(pathlib.Path(path), choices)
        return KerasCausalLM(hubs.load(path), **choices)


def _check_options(precision: str, others: dict[str, Any]) -> None:
    if precision not in _PRECISIONS:
        raise ValueError(
            f"On Keras, precision must be one of {', '.join(_PRECISIONS)}; got {precision!r}."
            " Weights in 8 and 4 bits are for --dl_framework=transformers."
        )
    defaults = {"device": "auto", "attention": "auto", "chat_template": False, "system_prompt": ""}
    for name, value in others.items():
        if name not in defaults:
            raise TypeError(f"Unknown option {name!r}.")
        if value != defaults[name]:
            raise ValueError(
                f"--{name} is for --dl_framework=transformers; got {value!r}. Leave it out: on"
                " Keras the framework chooses where and how a model runs."
            )


@contextlib.contextmanager
def _dtype_policy(precision: str) -> Iterator[None]:
    """Has Keras make layers of a precision, and afterwards as before."""
    if precision == "auto":
        precision = "bfloat16" if runtime.current().on_accelerator() else keras.config.floatx()
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _from_folder(folder: pathlib.Path, choices: dict[str, Any]) -> KerasCausalLM:
    config = _json(folder / "config.json")
    try:
        if "model_type" not in config:
            return KerasCausalLM(
                keras_hub.models.CausalLM.from_preset(str(folder)),
                **choices,
            )
        return _from_transformers(folder, config, choices)
    except Exception as error:  # Each kind of damaged file raises an error of its own library.
        raise ValueError(_explain_failed_load(folder, error)) from error


def _from_transformers(
    folder: pathlib.Path, config: dict[str, Any], choices: dict[str, Any]
) -> KerasCausalLM:
    """Returns the model of a Transformers folder, with its own tokenizer where that is a file."""
    backbone = transformers_folder.backbone(folder, config)
    file = folder / "tokenizer.json"
    tokens = FileTokens(file) if file.is_file() else None
    without = {"preprocessor": None} if tokens else {}
    model = keras_hub.models.CausalLM.from_preset(str(folder), backbone=backbone, **without)
    known = (config.get("max_position_embeddings"), config.get("n_positions"))
    bounds = [bound for bound in (*known, choices["context_length"]) if bound]
    return KerasCausalLM(
        model,
        tokens,
        end_ids=_end_ids(folder, config),
        **{**choices, "context_length": min(bounds) if bounds else None},
    )


def _end_ids(folder: pathlib.Path, config: dict[str, Any]) -> tuple[int, ...]:
    """Returns the tokens that end an answer, by the checkpoint's own files."""
    file = folder / "generation_config.json"
    generation = _json(file) if file.is_file() else {}
    given = generation.get("eos_token_id", config.get("eos_token_id"))
    if given is None:
        return ()
    return (given,) if isinstance(given, int) else tuple(given)


def _json(file: pathlib.Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(_explain_failed_load(file.parent, error)) from error
    return dict(content)


def _explain_failed_load(folder: pathlib.Path, error: Exception) -> str:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return (
        f"No causal language model could be loaded from {str(folder)!r} on Keras. Expected a"
        " folder with a preset of keras-hub, or with a Transformers checkpoint (config.json,"
        f" safetensors, tokenizer) of a model that keras-hub has. The reason given: {reason}"
    )
