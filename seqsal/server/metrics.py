"""Counts and durations of requests and jobs, for Prometheus."""

from collections.abc import Callable, Mapping
from typing import Final

import prometheus_client
from starlette.requests import Request
from starlette.responses import Response

_BUCKETS: Final = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300)


class Metrics:
    """The metrics of one server."""

    def __init__(self) -> None:
        self._registry = prometheus_client.CollectorRegistry()
        self._seconds = prometheus_client.Histogram(
            "seqsal_request_seconds",
            "Time of requests, by what it was spent on.",
            ["path", "part"],
            registry=self._registry,
            buckets=_BUCKETS,
        )
        self._requests = prometheus_client.Counter(
            "seqsal_requests", "Requests.", ["path", "status"], registry=self._registry
        )
        self._jobs = prometheus_client.Counter(
            "seqsal_jobs", "Jobs that have ended.", ["kind", "end"], registry=self._registry
        )

    def add_gauge(self, name: str, doc: str, value: Callable[[], int]) -> None:
        """Adds a gauge whose value is computed when Prometheus reads it."""
        gauge = prometheus_client.Gauge(name, doc, registry=self._registry)
        gauge.set_function(value)

    def count_job(self, kind: str, end: str) -> None:
        """Counts a job that has ended: done, error or cancelled."""
        self._jobs.labels(kind, end).inc()

    def count_request(self, path: str, status: int, parts: Mapping[str, float]) -> None:
        """Counts a request, with its seconds by part."""
        self._requests.labels(path, str(status)).inc()
        for part, seconds in parts.items():
            self._seconds.labels(path, part).observe(seconds)

    async def endpoint(self, _request: Request) -> Response:
        """Returns the metrics in the format that Prometheus reads."""
        content = prometheus_client.generate_latest(self._registry)
        return Response(content, media_type=prometheus_client.CONTENT_TYPE_LATEST)
