"""Presets from Kaggle and Hugging Face: whether they can be reached, and with whose name."""

import contextlib
import difflib
import functools
import pathlib
from collections.abc import Iterator
from typing import Any, Final

import huggingface_hub
import keras_hub
import requests  # Kaggle's client has it.
from huggingface_hub import constants

from seqsal.models import hub
from seqsal.models.patching import replaced

_SILENCE: Final = 60.0
"""Seconds that a hub may be silent once it has answered."""
_KAGGLE_CREDENTIALS: Final = (
    "Accept the model's terms at kaggle.com/models, make a token at kaggle.com/settings, and set"
    " KAGGLE_USERNAME and KAGGLE_KEY, or put its kaggle.json into ~/.kaggle"
)
_HF_CREDENTIALS: Final = (
    "Accept the model's terms on its page at huggingface.co, make a token at"
    " huggingface.co/settings/tokens, and set HF_TOKEN, or run: hf auth login"
)


def load(preset: str) -> Any:
    """Returns the causal model of a preset.

    Args:
        preset: a built-in preset's name, a handle with kaggle:// or hf://, or org/name on
            Hugging Face.

    Raises:
        ValueError: there is no such preset, its hub does not answer, or it lets nobody in
            without credentials.
    """
    handle = _handle(preset)
    if not _is_cached(handle):
        _check_answers(handle)
    try:
        with _bounded_silence():
            return keras_hub.models.CausalLM.from_preset(preset if "://" in preset else handle)
    except Exception as error:  # keras-hub, kagglehub and huggingface_hub each have their own.
        raise ValueError(_explain_failed_load(preset, handle, error)) from error


@contextlib.contextmanager
def _bounded_silence() -> Iterator[None]:
    """Bounds how long Kaggle's client waits for a word: kagglesdk 0.1.28 does so without end."""
    send = requests.Session.send

    @functools.wraps(send)
    def bounded(*arguments: Any, **options: Any) -> Any:
        return send(*arguments, **{**options, "timeout": options.get("timeout") or _SILENCE})

    with replaced(requests.Session, "send", bounded):
        yield


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

    Of a preset on Kaggle that is named without its version, the folder holds all versions.

    Raises:
        ValueError: there is no preset of that name.
    """
    scheme, _, name = _handle(preset).partition("://")
    if scheme == "hf":
        config = huggingface_hub.try_to_load_from_cache(name, "config.json")
        return pathlib.Path(config).parent if isinstance(config, str) else None
    if scheme == "kaggle":
        from kagglehub.config import get_cache_folder

        folder = pathlib.Path(get_cache_folder()) / "models" / name
        return folder if any(folder.rglob("config.json")) else None
    return None


def _is_cached(handle: str) -> bool:
    """Returns whether the preset's configuration has been downloaded before."""
    if not handle.startswith(("hf://", "kaggle://")):
        return True  # Other schemes are their clients' own business.
    return cached_folder(handle) is not None


def _check_answers(handle: str) -> None:
    """Checks that a hub answers, whatever it says."""
    address = _kaggle() if handle.startswith("kaggle://") else constants.ENDPOINT
    if reason := hub.why_silent(address):
        raise ValueError(
            f"{handle} is not on this machine, and {address} does not answer ({reason}). Download"
            " the preset where there is a network, and give its folder instead."
        )


def _kaggle() -> str:
    """Returns the address of Kaggle's interface."""
    from kagglesdk import kaggle_env

    address: str = kaggle_env.get_endpoint(kaggle_env.get_env())
    return address


def _explain_failed_load(preset: str, handle: str, error: Exception) -> str:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    message = f"The preset {preset!r} could not be loaded. The reason given: {reason}"
    if "timed out" in reason:
        return f"{message} The hub has stopped answering: try again, or give the preset's folder."
    if handle.startswith("kaggle://"):
        return f"{message} It may need credentials of Kaggle. {_KAGGLE_CREDENTIALS}."
    if handle.startswith("hf://"):
        return f"{message} It may need credentials of Hugging Face. {_HF_CREDENTIALS}."
    return message
