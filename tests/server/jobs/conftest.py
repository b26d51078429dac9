"""A server with a slow model and a data set, and what jobs ask of it."""

import contextlib
import json
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.analysis.conftest import records
from tests.server.running import Event, Running, Stream, running

COUNT = 11
"""The number of records of the data set."""


def explained(site: Running, prompt: str, count: int = 3) -> dict[str, Any]:
    """Returns a record to explain, with masks for the last tokens of its target."""
    record = {"prompt": prompt, "target": " avoid the eggs"}
    (tokens,) = site.predict("_tiny_tokenizer", record)
    length = len(tokens["tokens"])
    masks = [[int(i == length - 1 - k) for i in range(length)] for k in range(count)]
    return {"record": record, "target_masks": masks}


@contextlib.contextmanager
def analysis(site: Running, inputs: list[Any], **changes: Any) -> Iterator[Stream]:
    """Analyzes examples of the data set; the client goes away at the end of the context."""
    body = {"kind": "analysis", "model": "tiny", "dataset": "tastes", "inputs": inputs, **changes}
    with site.post(body) as stream:
        yield stream


def predictions(events: list[Event]) -> list[dict[str, Any]]:
    """Returns what the results among some events hold."""
    return [event.data["prediction"] for event in events if event.name == "result"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Records with targets, two without, and one that is too long for the model."""
    lines = records(COUNT, target=True)
    del lines[2]["target"], lines[7]["target"]
    lines[5]["prompt"] += " eggs" * 200
    path = tmp_path_factory.mktemp("data") / "tastes.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


@pytest.fixture(scope="module")
def started(checkpoint: pathlib.Path, data: pathlib.Path) -> Iterator[Running]:
    """The server."""
    with running(checkpoint, datasets=(f"tastes:{data}",)) as server:
        yield server


@pytest.fixture
def site(started: Running) -> Running:
    """The server with a model at its own pace, and nothing left to do of the test before."""
    started.pace.writing = started.pace.reading = started.pace.backward = 0.0
    started.wait_until(lambda: started.active_tasks.count == 0)
    return started


@pytest.fixture(scope="module")
def ids(started: Running) -> list[str]:
    """The ids of the examples, as LIT's page knows them."""
    response = started.http.post(f"{started.address}/get_dataset?dataset_name=tastes")
    return [each["id"] for each in response.json()]
