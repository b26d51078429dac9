"""SIGTERM to a real process while it runs a task."""

import itertools
import json
import pathlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.server import start_python
from tests.forked import Program

Start = Callable[..., tuple[str, Program]]
BODY = {"kind": "generation", "model": "tiny", "record": {"prompt": "Taste"}}


@pytest.fixture
def start(checkpoint: pathlib.Path) -> Iterator[Start]:
    """Starts a server whose model takes some seconds for each step of an answer."""
    processes: list[Program] = []

    def begin(*, step: float, patience: float) -> tuple[str, Program]:
        address, process = start_python(
            "-m", "tests.server.slow_server", str(checkpoint), str(step), str(patience)
        )
        processes.append(process)
        return address, process

    yield begin
    for process in processes:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _events(lines: Iterator[str]) -> list[tuple[str, Any]]:
    fields = [line for line in lines if line and not line.startswith(":")]
    names, data = fields[::2], fields[1::2]
    return [
        (name.removeprefix("event: "), json.loads(text.removeprefix("data: ")))
        for name, text in zip(names, data, strict=True)
    ]


def test_sigterm_finishes_running_tasks_refuses_new_ones_and_exits_with_status_0(
    start: Start,
) -> None:
    address, process = start(step=0.4, patience=60)
    events: list[tuple[str, Any]] = []
    begun = threading.Event()

    def ask() -> None:
        with httpx.stream("POST", f"{address}seqsal/jobs", json=BODY, timeout=60) as response:
            lines = response.iter_lines()
            first = next(lines)  # The job runs.
            begun.set()
            events.extend(_events(itertools.chain([first], lines)))

    thread = threading.Thread(target=ask)
    thread.start()
    assert begun.wait(timeout=60)
    assert httpx.get(f"{address}readyz").text == "ok"
    process.send_signal(signal.SIGTERM)
    end = time.monotonic() + 30
    while (ready := httpx.get(f"{address}readyz")).status_code == 200:
        assert time.monotonic() < end, "The server ignores SIGTERM."
    assert (ready.status_code, ready.text) == (503, "stopping")
    assert httpx.get(f"{address}healthz").status_code == 200
    for path, body in (("seqsal/jobs", BODY), ("get_preds?model=tiny", {"inputs": []})):
        refused = httpx.post(f"{address}{path}", json=body)
        assert refused.status_code == 503
        assert refused.text.startswith("The server is shutting down and accepts no new requests.")
    thread.join(timeout=60)
    assert [name for name, _ in events][-2:] == ["result", "done"]
    assert process.wait(timeout=60) == 0


def test_a_task_that_takes_too_long_is_cancelled_and_its_client_notified(start: Start) -> None:
    address, process = start(step=2.0, patience=1)
    with httpx.stream("POST", f"{address}seqsal/jobs", json=BODY, timeout=60) as response:
        lines = response.iter_lines()
        next(lines)  # The job runs.
        process.send_signal(signal.SIGTERM)
        events = _events(itertools.islice(lines, 1, None))  # The rest of the first event.
    name, details = events[-1]
    # The page starts such a job again, at another process.
    assert (name, details["shutdown"]) == ("cancelled", True)
    assert process.wait(timeout=60) == 0


def test_ctrl_c_does_not_wait(start: Start) -> None:
    address, process = start(step=0.2, patience=600)
    with httpx.stream("POST", f"{address}seqsal/jobs", json=BODY, timeout=60) as response:
        lines = response.iter_lines()
        next(lines)  # The job runs.
        process.send_signal(signal.SIGINT)
        _events(itertools.islice(lines, 1, None))  # The rest of the first event.
    process.wait(timeout=30)


def test_an_idle_server_exits_at_once(start: Start) -> None:
    address, process = start(step=0, patience=600)
    assert httpx.get(f"{address}readyz", timeout=60).status_code == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
