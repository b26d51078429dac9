"""Requests that call models: they do not delay pages, and a disconnect cancels them."""

import asyncio
import json
import pathlib
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from starlette.types import Message, Receive, Scope, Send

from seqsal.lit.app.predictions import MODEL_PATHS
from seqsal.models.progress import tasks
from seqsal.server import application
from seqsal.server.middleware.disconnect import CancelOnDisconnectMiddleware
from tests.server.running import Running, running

MANY = application._REQUEST_THREADS + 4
SCOPE = {"type": "http", "client": ("203.0.113.9", 50000)}


@pytest.fixture(scope="module")
def started(checkpoint: pathlib.Path) -> Iterator[Running]:
    with running(checkpoint, max_waiting=3 * MANY) as server:
        yield server


@pytest.fixture
def site(started: Running) -> Running:
    """The server with a fast model, and nothing left to do of the test before."""
    started.pace.writing = 0.0
    started.wait_until(lambda: started.active_tasks.count == 0)
    return started


def _body(*prompts: str) -> bytes:
    inputs = [
        {"id": prompt, "data": {"_id": prompt, "source": "", "prompt": prompt, "target": "x"}}
        for prompt in prompts
    ]
    return json.dumps({"inputs": inputs, "config": {}}).encode()


@pytest.mark.parametrize(
    "path",
    [
        "/get_preds?model=tiny",
        "/get_metrics?model=tiny&dataset_name=sample_prompts",
        "/get_interpretations?model=tiny&dataset_name=sample_prompts&interpreter=pca",
    ],
)
def test_a_page_opens_however_many_requests_wait_for_a_model(site: Running, path: str) -> None:
    def ask() -> None:
        site.http.post(f"{site.address}{path}", content=_body(f"Many {path}"))

    with ThreadPoolExecutor(MANY) as pool:
        with site.lm.queue:  # No other task runs until the page is open.
            futures = [pool.submit(ask) for _ in range(MANY)]
            site.wait_until(lambda: site.active_tasks.count >= application._REQUEST_THREADS)
            for opening in ("/get_info", "/get_dataset?dataset_name=sample_prompts"):
                response = site.http.post(f"{site.address}{opening}", timeout=20)
                assert response.status_code == 200
        for future in futures:
            future.result(timeout=60)


def test_as_many_requests_wait_for_a_model_as_the_server_accepts(site: Running) -> None:
    with ThreadPoolExecutor(MANY) as pool:
        with site.lm.queue:
            futures = [pool.submit(site.predict, "tiny", {"prompt": "All"}) for _ in range(MANY)]
            site.wait_until(lambda: site.lm.queue.length == MANY)
        for future in futures:
            assert future.result(timeout=60)[0]["response"]


def test_the_paths_that_call_models_are_paths_of_lit() -> None:
    app = application.make_app(models={}, datasets={})
    assert set(MODEL_PATHS) < set(app.state.lit.paths)


def _ask(site: Running, body: bytes) -> socket.socket:
    """Returns a connection with a request to a model, for the test to close."""
    address = urlsplit(site.address)
    head = (
        f"POST /get_preds?model=tiny HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    connection = socket.create_connection((address.hostname, address.port), timeout=60)
    connection.sendall(head.encode() + body)
    return connection


def test_a_client_that_disconnects_in_the_queue_leaves_the_queue(site: Running) -> None:
    with site.lm.queue:
        with _ask(site, _body("Waits for a turn")):
            site.wait_until(lambda: site.lm.queue.length == 1)
        site.wait_until(lambda: site.active_tasks.count == 0)
        assert site.lm.queue.length == 0


def test_a_client_that_disconnects_stops_the_generation_for_a_dataset(site: Running) -> None:
    site.pace.writing = 0.05
    before = site.pace.steps
    with _ask(site, _body("Leaves", "Leaves", "Leaves again")):
        site.wait_until(lambda: site.pace.steps > before)
    site.wait_until(lambda: site.active_tasks.count == 0)
    assert site.pace.steps - before < 60  # Of 78 that there is room for.
    site.pace.writing = 0.0
    assert site.predict("tiny", {"prompt": "Leaves"})[0]["response"]


def test_a_body_arrives_whole_and_a_disconnect_cancels_the_task() -> None:
    arriving: list[Message] = [
        {"type": "http.request", "body": b"one ", "more_body": True},
        {"type": "http.request", "body": b"two", "more_body": False},
    ]
    body, ended = bytearray(), threading.Event()

    async def run() -> None:
        left = asyncio.Event()

        async def receive() -> Message:
            if arriving:
                return arriving.pop(0)
            await left.wait()
            return {"type": "http.disconnect"}

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            more = True
            while more:
                message = await receive()
                body.extend(message["body"])
                more = message["more_body"]
            task = tasks.current_task()
            assert task.client == "203.0.113.9"
            with task.on_cancel(ended.set):
                assert not ended.is_set()
                left.set()
                assert (await receive())["type"] == "http.disconnect"

        await CancelOnDisconnectMiddleware(app)(SCOPE, receive, _nowhere)

    asyncio.run(run())
    assert body == b"one two"
    assert ended.is_set()


def test_a_task_whose_client_stays_is_not_cancelled_and_leaves_no_asyncio_task() -> None:
    async def run() -> None:
        async def receive() -> Message:
            await asyncio.Event().wait()
            raise AssertionError("nothing comes")

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await asyncio.sleep(0)
            tasks.current_task().raise_if_cancelled()

        await CancelOnDisconnectMiddleware(app)(SCOPE, receive, _nowhere)
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert tasks.current_task() is tasks.NO_TASK

    asyncio.run(run())


async def _nowhere(_message: Message) -> None:
    """Sends nothing to anybody."""
