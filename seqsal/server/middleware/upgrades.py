"""Requests for a websocket: there is none here."""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

_POLICY_VIOLATION: Final = 1008


class UpgradesMiddleware:
    """Refuses websockets. Where the program that serves knows none, the request is plain HTTP."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or refuses a websocket."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        # A close before it is open becomes status 403. No browser shows a reason to anybody, and
        # uvicorn 0.54 takes an answer with one for an error of ours, and logs that.
        await receive()
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
