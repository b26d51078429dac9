"""Runs a job in a thread, and streams its progress and results over HTTP."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from lit_nlp.lib import serialize
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import AppStatus
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from seqsal.analysis.settings import SettingError
from seqsal.lit.app.active_tasks import ActiveTasks
from seqsal.lit.app.errors import error_response
from seqsal.models.progress import timings
from seqsal.models.progress.tasks import CancelledError, Task
from seqsal.server.jobs import analysis as analyses
from seqsal.server.jobs.analysis import Analysis, AnalysisJob
from seqsal.server.jobs.request import Job, parse
from seqsal.server.metrics import Metrics
from seqsal.server.middleware.log import SPENT

PATH: Final = "/seqsal/jobs"
_HEARTBEAT_SECONDS: Final = 2.0
"""The interval of comments in the stream: proxies close a connection that is silent for long."""
_END_EVENTS: Final = ("done", "error", "cancelled")

# sse-starlette 3.7 would end all streams of the process at SIGTERM. This server finishes running
# jobs first, and a stream ends with its job.
AppStatus.enable_automatic_graceful_drain = False

Predict = Callable[[str, Sequence[Mapping[str, Any]], Sequence[str]], Iterator[Mapping[str, Any]]]
"""Called as predict(model, records, fields): yields the prediction for each record."""


class JobsEndpoint:
    """The endpoint that starts jobs, each in its own thread, and streams their events."""

    def __init__(
        self, predict: Predict, analysis: Analysis, active_tasks: ActiveTasks, metrics: Metrics
    ) -> None:
        """Initializes the endpoint.

        Args:
            predict: calls a model.
            analysis: makes an analysis of many examples.
            active_tasks: where running jobs are registered.
            metrics: where jobs are counted when they end.
        """
        self._predict, self._analysis = predict, analysis
        self._active_tasks, self._metrics = active_tasks, metrics
        self._latest: dict[tuple[str, str, str, bool], Task] = {}

    async def endpoint(self, request: Request) -> Response:
        """Starts the job in a request, and returns the stream of its events."""
        try:
            self._active_tasks.check_open()
            job = parse(await request.body())
        except Exception as error:  # The server survives any error of a request.
            failed = error_response(error, PATH)
            return PlainTextResponse(failed.body, failed.status)
        spent: timings.Spent = request.scope.get(SPENT, {})
        return EventSourceResponse(self._events(job, spent), ping=_HEARTBEAT_SECONDS, sep="\n")

    async def _events(
        self, job: Job | AnalysisJob, spent: timings.Spent
    ) -> AsyncIterator[ServerSentEvent]:
        """Yields the events of a job until it ends; cancels it if the client disconnects."""
        loop, events = asyncio.get_running_loop(), asyncio.Queue[tuple[str, str]]()

        def put(event: str, details: dict[str, Any]) -> None:
            data = serialize.to_json(details, simple=True)
            with contextlib.suppress(RuntimeError):  # The event loop has closed meanwhile.
                loop.call_soon_threadsafe(events.put_nowait, (event, data))

        task = Task(job.client, prefetch=job.prefetch, report=put)
        key = (job.client, job.view, job.kind, job.prefetch)
        if job.view:
            if previous := self._latest.get(key):
                previous.cancel()
            self._latest[key] = task
        threading.Thread(target=self._run, args=(job, task, spent), daemon=True).start()
        try:
            event = ""
            while event not in _END_EVENTS:
                event, data = await events.get()
                yield ServerSentEvent(event=event, data=data)
        finally:
            task.cancel()
            if self._latest.get(key) is task:
                del self._latest[key]

    def _run(self, job: Job | AnalysisJob, task: Task, spent: timings.Spent) -> None:
        """Runs a job; sends its results, then the event of its end."""
        end, details = "done", dict[str, Any]()
        with timings.collect() as measured:
            try:
                with timings.measure("total"):
                    self._send_results(job, task)
            except CancelledError:
                end, details = "cancelled", {"shutdown": True} if self._active_tasks.closed else {}
            except Exception as error:  # The server survives any error of a job.
                failed = error_response(error, PATH)
                end, details = "error", {"reason": failed.reason, "reference": failed.reference}
                if isinstance(error, SettingError):
                    details["setting"] = error.setting
        queue, store = measured.get("queue", 0.0), measured.get("store", 0.0)
        model = max(0.0, measured["total"] - queue - store)
        spent |= {"queue": queue, "store": store, "model": model}
        self._metrics.count_job(job.kind, end)
        task.report(end, **({} if end == "error" else {"seconds": dict(spent)}), **details)

    def _send_results(self, job: Job | AnalysisJob, task: Task) -> None:
        if isinstance(job, AnalysisJob):
            parts = analyses.run(job, task, self._analysis, self._active_tasks)
            for index, part in enumerate(parts):
                task.report("result", index=index, prediction=part)
            return
        with self._active_tasks.run(task):
            predictions = self._predict(job.model_name, job.records, job.fields)
            for index, prediction in enumerate(predictions):
                task.raise_if_cancelled()
                task.report("result", index=index, prediction=prediction)
