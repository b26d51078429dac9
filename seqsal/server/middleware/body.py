"""A bound on what a request may send, so that nobody can fill the server's memory."""

import asyncio
import contextlib
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PATIENCE: Final = 60.0
"""Seconds for a whole body to arrive."""
_DISCARDED: Final = 64_000_000
_DISCARDING: Final = 5.0
"""Bytes, and seconds, of a body that are read though it is refused: a client whose connection is
closed while it sends is told of a reset by its system, and never of the reason."""


class BodyMiddleware:
    """Takes in a whole body before the app sees it, up to a number of bytes."""

    def __init__(self, app: ASGIApp, most_bytes: int) -> None:
        self._app, self._most = app, most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or says that it is too large or too slow."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            declared = int(headers.get("content-length", "0"))
        except ValueError:
            declared = 0
        try:
            if declared <= self._most:
                body = await self._read(receive)
            else:
                body = None
                # Who asks before sending has nothing on its way.
                if "expect" not in headers:
                    await _discard(receive)
        except TimeoutError:
            reason = f"The request must arrive within {_PATIENCE:.0f} seconds; it did not."
            await PlainTextResponse(reason, 408)(scope, receive, send)
            return
        if body is None:
            await PlainTextResponse(
                f"A request may have {self._most / 1e6:g} MB; this one has more. Send fewer or"
                " shorter prompts, or start the server with a higher --max_request_mb.",
                413,
            )(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)

    async def _read(self, receive: Receive) -> bytes | None:
        """Returns the body, or None where it is too large."""
        body = bytearray()
        async with asyncio.timeout(_PATIENCE):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return bytes(body)
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if len(body) > self._most:
                    if more:
                        await _discard(receive)
                    return None
                if not more:
                    return bytes(body)


async def _discard(receive: Receive) -> None:
    """Reads what is left of a body, within bounds, and keeps nothing of it."""
    left = _DISCARDED
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DISCARDING):
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
