"""Jobs: predictions that tell how they come along, as server-sent events.

docs/serving.md describes the protocol.
"""

import asyncio
import contextlib
import dataclasses
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from lit_nlp.lib import serialize
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import AppStatus
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from seqsal.lit.app import errors, json_body
from seqsal.lit.app.work import Work
from seqsal.models.progress import timings
from seqsal.models.progress.tasks import CancelledError, Task
from seqsal.server.middleware.log import SPENT, Metrics
from seqsal.shared import fields as spec

PATH: Final = "/seqsal/jobs"
_MODELS: Final[Mapping[str, Callable[[str], str]]] = {
    "generation": str,
    "tokens": spec.tokenizer_name,
    "salience": spec.salience_name,
    "logprobs": spec.logprobs_name,
}
_HEARTBEAT: Final = 2.0
"""Seconds between comments: proxies take a silent connection for a dead one."""
_LAST: Final = ("done", "error", "cancelled")

# A stream ends when its job does. Cutting all of them at SIGTERM is not for this server, which
# finishes what runs (sse-starlette 3.7 has one switch for the whole process).
AppStatus.enable_automatic_graceful_drain = False

Predict = Callable[[str, Sequence[Mapping[str, Any]], Sequence[str]], Iterator[Mapping[str, Any]]]
"""Called as predict(model, records, fields): yields the prediction for each record."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Job:
    """What a client asks for.

    Attributes:
        kind: generation, tokens, salience or logprobs.
        model: the name of the language model.
        record: the fields of the prompt.
        target_masks: for salience the selections, each as long as the tokens; else none.
        fields: what is sent of each prediction; nothing for all.
        client: tells clients apart, which take turns.
        view: tells the places apart at which a client looks; a newer job of a place ends the older.
        ahead: whether nobody waits for it yet.
    """

    kind: str
    model: str
    record: Mapping[str, Any]
    target_masks: Sequence[Sequence[float | int]] = ()
    fields: Sequence[str] = ()
    client: str = ""
    view: str = ""
    ahead: bool = False

    @property
    def records(self) -> list[Mapping[str, Any]]:
        """The inputs for the model of this kind."""
        if not self.target_masks:
            return [self.record]
        return [{**self.record, spec.TARGET_MASK: mask} for mask in self.target_masks]


def parse(body: bytes) -> Job:
    """Returns the job that a request asks for.

    Raises:
        ValueError: it asks for none, or has a field of another type.
    """
    data = json_body.parse(body)
    fields = {field.name: field.default for field in dataclasses.fields(Job)}
    if not isinstance(data, dict) or not {"kind", "model", "record"} <= data.keys() <= set(fields):
        raise ValueError(
            "A job is a JSON object with kind, model and record, and if you like"
            f" {', '.join(list(fields)[3:])}; got {_shown(data)}."
        )
    if data["kind"] not in _MODELS:
        raise ValueError(f"kind must be one of {', '.join(_MODELS)}; got {data['kind']!r}.")
    for name, value in data.items():
        kind = _TYPES[name]
        if not isinstance(value, kind):
            raise ValueError(f"{name} of a job must be a {kind.__name__}; got {_shown(value)}.")
    masks = data.get("target_masks", [])
    if not all(isinstance(mask, list) for mask in masks) or (masks and data["kind"] != "salience"):
        raise ValueError("target_masks is a list of lists of numbers, and for salience alone.")
    if not all(isinstance(field, str) for field in data.get("fields", [])):
        raise ValueError("fields is a list of names.")
    return Job(**data)


_TYPES: Final[Mapping[str, type]] = {
    "kind": str,
    "model": str,
    "record": dict,
    "target_masks": list,
    "fields": list,
    "client": str,
    "view": str,
    "ahead": bool,
}


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) < 80 else f"{text[:80]}..."


class Jobs:
    """Runs jobs, each in a thread of its own, and sends what they tell."""

    def __init__(self, predict: Predict, work: Work, metrics: Metrics) -> None:
        """Takes what runs.

        Args:
            predict: asks a model.
            work: where tasks are noted that run.
            metrics: where their ends are counted.
        """
        self._predict, self._work, self._metrics = predict, work, metrics
        self._newest: dict[tuple[str, str, str, bool], Task] = {}

    async def page(self, request: Request) -> Response:
        """Answers a request for a job with the events of its course."""
        try:
            self._work.check()
            job = parse(await request.body())
        except Exception as error:  # Whatever it is, the server goes on.
            fault = errors.explain(error, PATH)
            return PlainTextResponse(fault.body, fault.status)
        spent: timings.Spent = request.scope.get(SPENT, {})
        return EventSourceResponse(self._events(job, spent), ping=_HEARTBEAT, sep="\n")

    async def _events(self, job: Job, spent: timings.Spent) -> AsyncIterator[ServerSentEvent]:
        """Yields what a job tells, until it ends; where nobody listens any more, it is ended."""
        loop, events = asyncio.get_running_loop(), asyncio.Queue[tuple[str, str]]()

        def tell(event: str, details: dict[str, Any]) -> None:
            data = serialize.to_json(details, simple=True)
            with contextlib.suppress(RuntimeError):  # The server has ended meanwhile.
                loop.call_soon_threadsafe(events.put_nowait, (event, data))

        task = Task(job.client, ahead=job.ahead, tell=tell)
        place = (job.client, job.view, job.kind, job.ahead)
        if job.view:
            if older := self._newest.get(place):
                older.cancel()
            self._newest[place] = task
        threading.Thread(target=self._run, args=(job, task, spent), daemon=True).start()
        try:
            event = ""
            while event not in _LAST:
                event, data = await events.get()
                yield ServerSentEvent(event=event, data=data)
        finally:
            task.cancel()
            if self._newest.get(place) is task:
                del self._newest[place]

    def _run(self, job: Job, task: Task, spent: timings.Spent) -> None:
        """Runs a job, and tells its results and its end."""
        end, details = "done", dict[str, Any]()
        with timings.measured() as measured:
            try:
                with timings.spending("total"), self._work.on(task):
                    self._tell_results(job, task)
            except CancelledError:
                end = "cancelled"
            except Exception as error:  # Whatever it is, the server goes on.
                fault = errors.explain(error, PATH)
                end, details = "error", {"reason": fault.reason, "reference": fault.reference}
        queue, store = measured.get("queue", 0.0), measured.get("store", 0.0)
        model = max(0.0, measured["total"] - queue - store)
        spent |= {"queue": queue, "store": store, "model": model}
        self._metrics.note_job(job.kind, end)
        task.tell(end, **(details or {"seconds": dict(spent)}))

    def _tell_results(self, job: Job, task: Task) -> None:
        model = _MODELS[job.kind](job.model)
        for index, prediction in enumerate(self._predict(model, job.records, job.fields)):
            task.check()
            task.tell("result", index=index, prediction=prediction)
