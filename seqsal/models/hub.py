"""Hubs of models: whether one answers, what is in the local cache, and why a load failed.

A client of a hub without a network retries for minutes, or without end. So whether the hub
answers is checked first.
"""

import http.client
import pathlib
import ssl
import urllib.error
import urllib.request
from typing import Final

import huggingface_hub
from huggingface_hub import constants

_TIMEOUT: Final = 5.0
"""Seconds to wait for any answer of a hub."""


def unreachable_reason(address: str) -> str:
    """Returns why nothing answers at a web address, or "" if something does.

    Any response counts, a refusal included, and so does a certificate that only the hub's client
    knows.
    """
    try:
        request = urllib.request.Request(address, method="HEAD")
        urllib.request.urlopen(request, timeout=_TIMEOUT).close()
    except urllib.error.HTTPError as error:
        error.close()
    except http.client.HTTPException:
        pass
    except OSError as error:
        reason = getattr(error, "reason", error)
        return "" if isinstance(reason, ssl.SSLError) else str(reason)
    return ""


def only_local_files(*paths: str) -> bool:
    """Returns whether models must load from disk: Hugging Face is needed and does not answer.

    Files of an earlier download are on disk, too.

    Args:
        *paths: folders or ids of the hub.
    """
    if constants.HF_HUB_OFFLINE:
        return True
    if all(pathlib.Path(path).is_dir() for path in paths):
        return False
    return unreachable_reason(constants.ENDPOINT) != ""


def cached_folder(repository: str) -> pathlib.Path | None:
    """Returns the folder of a Hugging Face repository in the local cache, or None."""
    config = huggingface_hub.try_to_load_from_cache(repository, "config.json")
    return pathlib.Path(config).parent if isinstance(config, str) else None


def first_line(error: Exception) -> str:
    """Returns the first line of an error's message, or the name of its type."""
    message = str(error).strip()
    return message.splitlines()[0] if message else type(error).__name__


def load_failed(path: str, framework: str, expected: str, error: Exception) -> str:
    """Returns the message for a checkpoint that could not be loaded.

    >>> load_failed("m", "", "a folder", OSError("No file."))[-45:]
    'Expected a folder. The reason given: No file.'

    Args:
        path: the checkpoint.
        framework: such as " on Keras", or "".
        expected: what would have been loaded.
        error: what the framework raised.
    """
    return (
        f"No causal language model could be loaded from {path!r}{framework}. Expected {expected}."
        f" The reason given: {first_line(error)}"
    )
