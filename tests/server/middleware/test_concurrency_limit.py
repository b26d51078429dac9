"""The limit on concurrent requests."""

import asyncio
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from seqsal.server.middleware.concurrency_limit import ConcurrencyLimitMiddleware


class _Held:
    """An app whose answers are held back until they are let go."""

    def __init__(self) -> None:
        self.go = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.go.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def _ask(app: Any, path: str = "/") -> tuple[int, dict[bytes, bytes], bytes]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    await app({"type": "http", "method": "POST", "path": path, "headers": []}, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]


def test_requests_beyond_the_limit_get_retry_after_and_succeed_later() -> None:
    async def run() -> None:
        held = _Held()
        app = ConcurrencyLimitMiddleware(held, max_requests=3)
        inside = [asyncio.create_task(_ask(app)) for _ in range(3)]
        await asyncio.sleep(0)
        status, headers, body = await _ask(app)
        assert status == 503
        assert headers[b"retry-after"] == b"5"
        assert b"--max_waiting" in body
        held.go.set()
        assert [(await each)[0] for each in inside] == [200] * 3
        assert (await _ask(app))[0] == 200

    asyncio.run(run())


def test_health_checks_are_not_limited() -> None:
    async def run() -> None:
        held = _Held()
        app = ConcurrencyLimitMiddleware(held, max_requests=1)
        inside = asyncio.create_task(_ask(app))
        await asyncio.sleep(0)
        healthy = asyncio.create_task(_ask(app, "/healthz"))
        await asyncio.sleep(0)
        held.go.set()
        assert (await healthy)[0] == (await inside)[0] == 200

    asyncio.run(run())


def test_a_failed_request_is_no_longer_counted() -> None:
    async def run() -> None:
        async def fails(scope: Scope, receive: Receive, send: Send) -> None:
            raise OSError("gone")

        app = ConcurrencyLimitMiddleware(fails, max_requests=1)
        for _ in range(3):
            try:
                await _ask(app)
            except OSError as error:
                assert str(error) == "gone"
            else:
                raise AssertionError("it was not asked")

    asyncio.run(run())
