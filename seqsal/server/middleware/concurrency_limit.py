"""Limits the number of concurrent requests: an overloaded server answers 503 at once."""

from typing import Final

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from seqsal.server.middleware.token import OPEN_PATHS

_RETRY_SECONDS: Final = 5


class ConcurrencyLimitMiddleware:
    """Passes on a bounded number of requests at a time, and answers the others with 503."""

    def __init__(self, app: ASGIApp, max_requests: int) -> None:
        self._app, self._max_requests, self._active = app, max_requests, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles a request; health checks are not limited."""
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        if self._active >= self._max_requests:
            reason = (
                f"This server handles {self._max_requests} requests at a time and is at its limit."
                f" Try again in {_RETRY_SECONDS} seconds, or start it with a higher --max_waiting."
            )
            headers = {"Retry-After": str(_RETRY_SECONDS)}
            await PlainTextResponse(reason, 503, headers)(scope, receive, send)
            return
        self._active += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._active -= 1
