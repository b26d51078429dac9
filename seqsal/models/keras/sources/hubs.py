"""Presets from Kaggle and Hugging Face, with messages for missing networks and credentials."""

import difflib
import json
import pathlib
from typing import Any, Final

import huggingface_hub
import keras_hub
from huggingface_hub import constants

from seqsal.models import hub
from seqsal.models.keras.patches.kaggle_timeout import kaggle_timeout

_FILES: Final = ["*.json", "*.safetensors", "*.model", "*.jinja", "merges.txt"]
"""The files of a Transformers checkpoint that are read."""

_KAGGLE_CREDENTIALS: Final = (
    "Accept the model's terms at kaggle.com/models, create a token at kaggle.com/settings, and set"
    " KAGGLE_USERNAME and KAGGLE_KEY, or put its kaggle.json into ~/.kaggle"
)
_HF_CREDENTIALS: Final = (
    "Accept the model's terms on its page at huggingface.co, create a token at"
    " huggingface.co/settings/tokens, and set HF_TOKEN, or run: hf auth login"
)


def load(preset: str) -> Any:
    """Returns the causal model of a preset.

    Args:
        preset: a built-in preset's name, a handle with kaggle:// or hf://, or org/name on
            Hugging Face.

    Raises:
        ValueError: there is no such preset, its hub does not answer, or it requires
            credentials.
    """
    handle = _handle(preset)
    if not _is_cached(handle):
        _check_answers(handle)
    try:
        with kaggle_timeout():
            return keras_hub.models.CausalLM.from_preset(preset if "://" in preset else handle)
    except Exception as error:  # Each hub's client has errors of its own.
        raise ValueError(_load_failed(preset, handle, error)) from error


def transformers_folder(preset: str) -> pathlib.Path | None:
    """Returns the folder of a Transformers checkpoint on Hugging Face, downloaded once.

    It is None for a preset of keras-hub, and for another hub.

    Args:
        preset: as in `load`.

    Raises:
        ValueError: as in `load`.
    """
    handle = _handle(preset)
    scheme, _, name = handle.partition("://")
    if scheme != "hf":
        return None
    if not _is_cached(handle):
        _check_answers(handle)
    local = hub.only_local_files(name)
    try:
        config = huggingface_hub.hf_hub_download(name, "config.json", local_files_only=local)
        if "model_type" not in json.loads(pathlib.Path(config).read_text(encoding="utf-8")):
            return None
        folder = huggingface_hub.snapshot_download(
            name, allow_patterns=_FILES, local_files_only=local
        )
    except Exception as error:
        raise ValueError(_load_failed(preset, handle, error)) from error
    return pathlib.Path(folder)


def _handle(preset: str) -> str:
    """Returns the handle of a preset, scheme://...

    Raises:
        ValueError: there is no preset of that name.
    """
    if "://" in preset:
        return preset
    known = keras_hub.models.CausalLM.presets
    if preset in known:
        return str(known[preset]["kaggle_handle"])
    if preset.count("/") == 1 and not preset.startswith((".", "/", "~")):
        return f"hf://{preset}"
    near = difflib.get_close_matches(preset, known, n=3)
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    raise ValueError(
        f"No model at {preset!r}: there is no such folder and no such preset.{hint} Expected a"
        " folder with a preset of keras-hub or a Transformers checkpoint, a preset such as"
        " gemma2_2b_en, a handle such as hf://org/name, the URL of an archive, or embedded:NAME."
    )


def cached_folder(preset: str) -> pathlib.Path | None:
    """Returns the folder of a preset that has been downloaded before, or None.

    For a preset on Kaggle without a version, it is the folder of all versions.

    Raises:
        ValueError: there is no preset of that name.
    """
    scheme, _, name = _handle(preset).partition("://")
    if scheme == "hf":
        return hub.cached_folder(name)
    if scheme == "kaggle":
        from kagglehub.config import get_cache_folder

        folder = pathlib.Path(get_cache_folder()) / "models" / name
        return folder if any(folder.rglob("config.json")) else None
    return None


def _is_cached(handle: str) -> bool:
    """Returns whether the preset's configuration has been downloaded before."""
    if not handle.startswith(("hf://", "kaggle://")):
        return True  # Other schemes are left to their clients.
    return cached_folder(handle) is not None


def _check_answers(handle: str) -> None:
    """Checks that a hub answers, with any response."""
    address = _kaggle() if handle.startswith("kaggle://") else constants.ENDPOINT
    if reason := hub.unreachable_reason(address):
        raise ValueError(
            f"{handle} is not on this machine, and {address} does not answer ({reason}). Download"
            " the preset on a machine with a network, and pass its folder instead."
        )


def _kaggle() -> str:
    """Returns the address of Kaggle's API."""
    from kagglesdk import kaggle_env

    address: str = kaggle_env.get_endpoint(kaggle_env.get_env())
    return address


def _load_failed(preset: str, handle: str, error: Exception) -> str:
    reason = hub.first_line(error)
    message = f"The preset {preset!r} could not be loaded. The reason given: {reason}"
    if "timed out" in reason:
        return f"{message} The hub has stopped answering: try again, or pass the preset's folder."
    if handle.startswith("kaggle://"):
        return f"{message} It may need credentials of Kaggle. {_KAGGLE_CREDENTIALS}."
    if handle.startswith("hf://"):
        return f"{message} It may need credentials of Hugging Face. {_HF_CREDENTIALS}."
    return message
