"""A request that exceeds the time limit is cancelled with a clear error."""

import pathlib
from collections.abc import Iterator

import pytest

from tests.server.running import Running, running


@pytest.fixture(scope="module")
def server(checkpoint: pathlib.Path) -> Iterator[Running]:
    """A server that cancels a request after four seconds."""
    with running(checkpoint, max_seconds=4.0) as one:
        yield one


def test_a_generation_beyond_the_time_limit_is_cancelled_and_the_next_one_works(
    server: Running,
) -> None:
    server.pace.writing = 0.3
    example = {"id": "", "data": {"_id": "", "prompt": "Taste-likes"}, "meta": {}}
    response = server.http.post(
        f"{server.address}/get_preds?model=tiny", json={"inputs": [example]}
    )
    assert response.status_code == 503, response.text
    assert response.text.startswith("A request may take 4 seconds; this one took longer")
    assert "reference " in response.text
    with server.job("generation", {"prompt": "The fox"}) as stream:
        (error,) = [event for event in stream if event.name == "error"]
    assert error.data["reason"].startswith("A request may take 4 seconds")
    server.wait_until(lambda: server.active_tasks.count == 0)
    server.pace.writing = 0.0
    assert server.predict("tiny", {"prompt": "Taste"})[0]["response"]
