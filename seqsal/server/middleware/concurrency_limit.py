"""A bound on how many wait, so that a server that is behind says so instead of falling over."""

from typing import Final

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from seqsal.server.middleware.token import OPEN_PATHS

_RETRY_SECONDS: Final = 5


class CrowdMiddleware:
    """Answers a number of requests at a time, and tells further ones to ask again."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app, self._most, self._inside = app, most, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or says when to ask again; health is always told."""
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        if self._inside >= self._most:
            reason = (
                f"This server answers {self._most} requests at a time, and has as many. Ask again"
                f" in {_RETRY_SECONDS} seconds, or start it with a higher --max_waiting."
            )
            headers = {"Retry-After": str(_RETRY_SECONDS)}
            await PlainTextResponse(reason, 503, headers)(scope, receive, send)
            return
        self._inside += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._inside -= 1
