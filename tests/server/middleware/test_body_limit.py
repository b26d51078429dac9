"""The limit on the size and the duration of a request's body."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from seqsal.server.middleware import body_limit


async def _length(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


@pytest.fixture
def client() -> TestClient:
    app = Starlette(routes=[Route("/", _length, methods=["GET", "POST"])])
    return TestClient(body_limit.BodyLimitMiddleware(app, max_bytes=1000))


def test_a_body_within_the_limit_arrives_whole(client: TestClient) -> None:
    assert client.post("/", content=b"x" * 1000).text == "1000"
    assert client.post("/").text == "0"
    assert client.get("/").text == "0"


@pytest.mark.parametrize("declared", [True, False])
def test_a_larger_body_is_refused_with_and_without_a_declared_length(
    client: TestClient, declared: bool
) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(101):
            yield b"x" * 10

    response = client.post("/", content=b"x" * 1010 if declared else pieces())
    assert response.status_code == 413
    assert "A request may have 0.001 MB" in response.text
    assert "--max_request_mb" in response.text


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "DELETE"])
def test_the_limit_holds_for_every_method(client: TestClient, method: str) -> None:
    assert client.request(method, "/", content=b"x" * 1010).status_code == 413


@pytest.mark.parametrize("length", ["-5", "x", "9" * 400])
def test_an_invalid_content_length_does_no_harm(client: TestClient, length: str) -> None:
    response = client.post("/", content=b"abc", headers={"content-length": length})
    assert response.status_code in (200, 413)


def test_a_body_that_never_ends_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    monkeypatch.setattr(body_limit, "_TIMEOUT", 0.05)
    sent: list[dict[str, object]] = []

    async def never() -> dict[str, object]:
        await asyncio.sleep(60)
        raise AssertionError

    async def send(message: object) -> None:
        sent.append(message)  # type: ignore[arg-type]

    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    app = body_limit.BodyLimitMiddleware(Starlette(), max_bytes=10)
    asyncio.run(app(scope, never, send))
    assert sent[0]["status"] == 408


@pytest.mark.parametrize(
    ("headers", "left"),
    [
        pytest.param([], 0, id="undeclared"),
        pytest.param([(b"content-length", b"2400")], 0, id="declared"),
        pytest.param([(b"content-length", b"2400"), (b"expect", b"100-continue")], 4, id="asked"),
    ],
)
def test_a_refused_body_is_drained_so_that_the_reason_arrives(
    headers: list[tuple[bytes, bytes]], left: int
) -> None:
    import asyncio

    coming = [{"type": "http.request", "body": b"x" * 600, "more_body": i < 3} for i in range(4)]
    statuses: list[object] = []

    async def receive() -> dict[str, object]:
        return coming.pop(0)

    async def send(message: Any) -> None:
        statuses.append(message.get("status"))
        assert len(coming) == left

    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}
    app = body_limit.BodyLimitMiddleware(Starlette(), max_bytes=1000)
    asyncio.run(app(scope, receive, send))
    assert statuses[0] == 413
