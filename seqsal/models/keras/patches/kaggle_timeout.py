"""A timeout for Kaggle's client: kagglesdk 0.1.28 waits for a response without end."""

import contextlib
import functools
from collections.abc import Iterator
from typing import Any, Final

import requests  # A dependency of Kaggle's client.

from seqsal.models.patching import patched_attribute

_TIMEOUT: Final = 60.0
"""Seconds that a hub may be silent once it has answered."""


@contextlib.contextmanager
def kaggle_timeout() -> Iterator[None]:
    """Sets a timeout on requests that have none."""
    send = requests.Session.send

    @functools.wraps(send)
    def with_timeout(*arguments: Any, **options: Any) -> Any:
        return send(*arguments, **{**options, "timeout": options.get("timeout") or _TIMEOUT})

    with patched_attribute(requests.Session, "send", with_timeout):
        yield
