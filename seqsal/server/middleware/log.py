"""One line for each request, and counts and times for Prometheus."""

import json
import logging
import re
import time
from collections.abc import Callable
from typing import Final

import prometheus_client
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOG: Final = logging.getLogger("seqsal.requests")
_PART: Final = re.compile(r"(\w+);dur=([\d.]+)")
SPENT: Final = "seqsal.spent"
"""In the scope of a request: seconds by part, where they are not known before the answer begins."""
_BUCKETS: Final = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300)


def to_standard_error() -> None:
    """Has the lines written to the standard error, as they are."""
    if not _LOG.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(message)s"))
        _LOG.addHandler(handler)
    _LOG.setLevel(logging.INFO)
    _LOG.propagate = False


class Metrics:
    """Counts and times of the requests of one server."""

    def __init__(self) -> None:
        self._registry = prometheus_client.CollectorRegistry()
        self._seconds = prometheus_client.Histogram(
            "seqsal_request_seconds",
            "Time of requests, by what it was spent on.",
            ["path", "part"],
            registry=self._registry,
            buckets=_BUCKETS,
        )
        self._count = prometheus_client.Counter(
            "seqsal_requests", "Requests.", ["path", "status"], registry=self._registry
        )
        self._jobs = prometheus_client.Counter(
            "seqsal_jobs", "Jobs that have ended.", ["kind", "end"], registry=self._registry
        )

    def watch(self, name: str, doc: str, number: Callable[[], int]) -> None:
        """Has a number told as it is at the time of asking."""
        gauge = prometheus_client.Gauge(name, doc, registry=self._registry)
        gauge.set_function(number)

    def note_job(self, kind: str, end: str) -> None:
        """Counts a job that has ended: done, error or cancelled."""
        self._jobs.labels(kind, end).inc()

    def note(self, path: str, status: int, parts: dict[str, float]) -> None:
        """Counts a request."""
        self._count.labels(path, str(status)).inc()
        for part, seconds in parts.items():
            self._seconds.labels(path, part).observe(seconds)

    async def page(self, _request: Request) -> Response:
        """Returns what a Prometheus server reads."""
        content = prometheus_client.generate_latest(self._registry)
        return Response(content, media_type=prometheus_client.CONTENT_TYPE_LATEST)


class LogMiddleware:
    """Writes a line of JSON for each request, and counts it."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = time.perf_counter()
        status, timing, sent = 500, "", 0
        spent: dict[str, float] = {}
        scope[SPENT] = spent

        async def sending(message: Message) -> None:
            nonlocal status, timing, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                timing = Headers(raw=message["headers"]).get("server-timing", "")
            sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            total = time.perf_counter() - start
            parts = {name: float(ms) / 1000 for name, ms in _PART.findall(timing)} | spent
            # By name only where a model was asked: anybody can make up paths, and fill the memory.
            path = scope["path"] if parts else "files"
            self._metrics.note(path, status, {"total": total, **parts})
            rounded = {name: round(value, 4) for name, value in parts.items()}
            line = {
                "method": scope["method"],
                "path": scope["path"],
                "status": status,
                "bytes": sent,
                "seconds": round(total, 4),
                **rounded,
            }
            _LOG.info(json.dumps(line))
