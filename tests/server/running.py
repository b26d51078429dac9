"""A server in a thread, over a real socket, with models that take their time."""

import contextlib
import dataclasses
import json
import pathlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import torch
import uvicorn

from seqsal.lit.app.active_tasks import ActiveTasks
from seqsal.lit.model_group import make_group
from seqsal.models import frameworks
from seqsal.models.causal_lm import GenerationOptions
from seqsal.models.transformers import HFCausalLM
from seqsal.options import Options
from seqsal.server import application


class Pace:
    """Makes each step of a model last or fail, and counts them.

    Attributes:
        writing: seconds of each step of an answer.
        reading: seconds of the forward pass for salience.
        backward: seconds of each backward pass.
        error: the message that each step of an answer raises; empty for none.
        steps: steps of answers so far.
        backwards: backward passes so far.
    """

    def __init__(self, lm: HFCausalLM) -> None:
        self.writing = self.reading = self.backward = 0.0
        self.error = ""
        self.steps = self.backwards = 0
        lm.model.get_decoder().register_forward_pre_hook(self._forward, with_kwargs=True)
        lm.model.get_input_embeddings().register_forward_hook(self._embedded)

    def _forward(self, _module: Any, _args: Any, kwargs: Mapping[str, Any]) -> None:
        writes = kwargs.get("inputs_embeds") is None
        self.steps += writes
        if writes and self.error:
            raise RuntimeError(self.error)
        time.sleep(self.writing if writes else self.reading)

    def _embedded(self, _module: Any, _args: Any, output: torch.Tensor) -> None:
        if output.requires_grad:
            output.register_hook(self._passed)  # type: ignore[no-untyped-call]

    def _passed(self, _gradient: torch.Tensor) -> None:
        self.backwards += 1
        time.sleep(self.backward)


@dataclasses.dataclass(frozen=True)
class Event:
    """A server-sent event, and when it came."""

    name: str
    data: Any
    seconds: float


class Stream:
    """The events of a job, and the comments between them."""

    def __init__(self, response: httpx.Response) -> None:
        self.response, self.comments = response, 0
        self._lines, self._start = response.iter_lines(), time.monotonic()

    def __iter__(self) -> Iterator[Event]:
        name, data = "", ""
        for line in self._lines:
            if line.startswith(":"):
                self.comments += 1
            elif line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                data = line.removeprefix("data: ")
            elif not line and name:
                yield Event(name, json.loads(data), time.monotonic() - self._start)
                name = ""

    def until(self, name: str, **details: Any) -> list[Event]:
        """Returns the events up to the first one of a name with some details."""
        seen = []
        for event in self:
            seen.append(event)
            if event.name == name and details.items() <= event.data.items():
                return seen
        raise AssertionError(f"The stream ended without {name} {details}: {seen}")


@dataclasses.dataclass(frozen=True)
class Running:
    """A server, its tiny model `tiny`, and a client of it."""

    address: str
    lm: HFCausalLM
    pace: Pace
    active_tasks: ActiveTasks
    http: httpx.Client

    @contextlib.contextmanager
    def job(self, kind: str, record: Mapping[str, Any], **more: Any) -> Iterator[Stream]:
        """Asks for a job; its client goes away at the end of the context."""
        with self.post({"kind": kind, "model": "tiny", "record": record, **more}) as stream:
            yield stream

    @contextlib.contextmanager
    def post(self, body: Mapping[str, Any]) -> Iterator[Stream]:
        """The same for the body of any job."""
        with self.http.stream("POST", f"{self.address}/seqsal/jobs", json=body) as response:
            yield Stream(response)

    def predict(self, model: str, *records: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Returns what LIT's own /get_preds answers."""
        inputs = [{"id": "", "data": {"_id": "", **record}, "meta": {}} for record in records]
        response = self.http.post(
            f"{self.address}/get_preds?model={model}", json={"inputs": inputs}
        )
        assert response.status_code == 200, response.text
        predictions: list[dict[str, Any]] = response.json()
        return predictions

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Waits until something has come to pass."""
        end = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < end, "This did not come to pass within a minute."
            time.sleep(0.01)


@contextlib.contextmanager
def running(checkpoint: pathlib.Path, **options: Any) -> Iterator[Running]:
    """Serves a tiny model."""
    lm = frameworks.load(str(checkpoint), Options())
    assert isinstance(lm, HFCausalLM)
    pace = Pace(lm)
    settings = Options(data_dir="off", **options)
    app = application.make_app(
        settings, models=make_group("tiny", lm, generation=GenerationOptions())
    )
    uvicorn_server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=uvicorn_server.run, daemon=True)
    thread.start()
    while not uvicorn_server.started:
        time.sleep(0.01)
    port = uvicorn_server.servers[0].sockets[0].getsockname()[1]
    try:
        with httpx.Client(timeout=60, limits=httpx.Limits(max_connections=50)) as http:
            yield Running(f"http://127.0.0.1:{port}", lm, pace, app.state.active_tasks, http)
    finally:
        app.state.active_tasks.cancel()
        uvicorn_server.should_exit = True
        thread.join(timeout=60)
