"""Logs a line of JSON for each request, and counts it in the metrics."""

import json
import logging
import re
import time
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seqsal.server.metrics import Metrics

_LOG: Final = logging.getLogger("seqsal.requests")
_PART: Final = re.compile(r"(\w+);dur=([\d.]+)")
SPENT: Final = "seqsal.spent"
"""Key in the scope of a request: its seconds by part, if they are unknown when the response starts.
"""


def to_standard_error() -> None:
    """Writes the lines to the standard error without a prefix."""
    if not _LOG.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(message)s"))
        _LOG.addHandler(handler)
    _LOG.setLevel(logging.INFO)
    _LOG.propagate = False


class LogMiddleware:
    """Logs each request and counts it."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = time.perf_counter()
        status, timing, sent = 500, "", 0
        spent: dict[str, float] = {}
        scope[SPENT] = spent

        async def observed_send(message: Message) -> None:
            nonlocal status, timing, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                timing = Headers(raw=message["headers"]).get("server-timing", "")
            sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, observed_send)
        finally:
            total = time.perf_counter() - start
            parts = {name: float(ms) / 1000 for name, ms in _PART.findall(timing)} | spent
            # Only paths that call models are labels: unbounded labels would exhaust the memory.
            label = scope["path"] if parts else "files"
            self._metrics.count_request(label, status, {"total": total, **parts})
            line = {
                "method": scope["method"],
                "path": scope["path"],
                "status": status,
                "bytes": sent,
                "seconds": round(total, 4),
                **{name: round(value, 4) for name, value in parts.items()},
            }
            _LOG.info(json.dumps(line))
