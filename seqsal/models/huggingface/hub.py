"""Whether the hub can be reached, asked before its client tries again and again."""

import pathlib
import socket
import urllib.parse
import urllib.request
from typing import Final

from huggingface_hub import constants

_PATIENCE: Final = 5.0
"""Seconds. Without a network the hub's client (version 2.4) tries for 45 seconds."""


def only_local_files(*paths: str) -> bool:
    """Returns whether models must come from the disk: the hub is needed and can not be reached.

    Files that were fetched before are on the disk, too.

    Args:
        *paths: folders or ids of the hub.
    """
    if constants.HF_HUB_OFFLINE:
        return True
    return not all(pathlib.Path(path).is_dir() for path in paths) and not _reachable()


def _reachable() -> bool:
    address = urllib.parse.urlsplit(constants.ENDPOINT)
    if address.hostname is None or urllib.request.getproxies().get(address.scheme):
        return True  # Through a proxy only the client itself can tell.
    port = address.port or (80 if address.scheme == "http" else 443)
    try:
        socket.create_connection((address.hostname, port), timeout=_PATIENCE).close()
    except OSError:
        return False
    return True
