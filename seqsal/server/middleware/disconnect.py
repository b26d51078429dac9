"""Cancels the work for a request when its client disconnects."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.types import Message, Receive, Scope, Send

from seqsal.models.progress import tasks
from seqsal.models.progress.tasks import Task


class CancelOnDisconnectMiddleware:
    """Runs an app with a task per request, which is cancelled when the client disconnects.

    It passes on every message. `BodyLimitMiddleware`, outside of it, bounds the body.
    """

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles a request."""
        messages = asyncio.Queue[Message]()
        client = scope.get("client")
        task = Task(client[0] if client else "")

        async def listen() -> None:
            kind = ""
            while kind != "http.disconnect":
                message = await receive()
                kind = message["type"]
                messages.put_nowait(message)
            task.cancel()

        listening = asyncio.create_task(listen())
        try:
            with tasks.use_task(task):
                await self._app(scope, messages.get, send)
        finally:
            listening.cancel()
