"""Limits the size of request bodies, so that no client can exhaust the server's memory.

Starlette's RequestBodyLimitMiddleware (starlette 1.10) does not replace this: it has no time limit,
it answers while the client still sends, so that the client sees a reset connection instead of the
reason, and it raises inside the app, where LIT runs behind WSGI.
"""

import asyncio
import contextlib
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_TIMEOUT: Final = 60.0
"""Seconds for a whole body to arrive."""
_DRAINED_BYTES: Final = 64_000_000
_DRAIN_SECONDS: Final = 5.0
"""How much of a refused body to read, and for how long. If the connection closes while a client
sends, its system reports a reset, and the client never reads the reason."""


class BodyLimitMiddleware:
    """Reads a whole body, up to a number of bytes, before it calls the app."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app, self._max_bytes = app, max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles a request, or refuses a body that is too large or too slow."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            body = await self._read(Headers(scope=scope), receive)
        except TimeoutError:
            reason = f"The request must arrive within {_TIMEOUT:.0f} seconds; it did not."
            await PlainTextResponse(reason, 408)(scope, receive, send)
            return
        if body is None:
            await PlainTextResponse(
                f"A request may have {self._max_bytes / 1e6:g} MB; this one has more. Send fewer or"
                " shorter prompts, or start the server with a higher --max_request_mb.",
                413,
            )(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)

    async def _read(self, headers: Headers, receive: Receive) -> bytes | None:
        """Returns the body, or None if it is too large.

        Raises:
            TimeoutError: it did not arrive in time.
        """
        if _content_length(headers) > self._max_bytes:
            # A client that sends "Expect: 100-continue" has not sent its body yet.
            if "expect" not in headers:
                await _drain(receive)
            return None
        body = bytearray()
        async with asyncio.timeout(_TIMEOUT):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return bytes(body)
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if len(body) > self._max_bytes:
                    if more:
                        await _drain(receive)
                    return None
                if not more:
                    return bytes(body)


def _content_length(headers: Headers) -> int:
    try:
        return int(headers.get("content-length", "0"))
    except ValueError:
        return 0


async def _drain(receive: Receive) -> None:
    """Reads and discards the rest of a body, within bounds."""
    left = _DRAINED_BYTES
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body", False):
                    return


def _replay(body: bytes, receive: Receive) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return messages.pop() if messages else await receive()

    return replayed
