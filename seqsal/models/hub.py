"""Whether a hub of models answers, asked before its client tries for minutes or without end."""

import http.client
import ssl
import urllib.error
import urllib.request
from typing import Final

_PATIENCE: Final = 5.0
"""Seconds for a hub to say anything at all."""


def why_silent(address: str) -> str:
    """Returns why nothing answers at a web address, or "" where something does.

    An answer is whatever is said: a refusal, and a certificate that only the hub's client knows.
    """
    try:
        request = urllib.request.Request(address, method="HEAD")
        urllib.request.urlopen(request, timeout=_PATIENCE).close()
    except urllib.error.HTTPError as error:
        error.close()
    except http.client.HTTPException:
        pass
    except OSError as error:
        reason = getattr(error, "reason", error)
        return "" if isinstance(reason, ssl.SSLError) else str(reason)
    return ""
