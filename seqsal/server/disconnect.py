"""Clients that leave before they are answered: nobody waits for their answers any more."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.types import Message, Receive, Scope, Send

from seqsal.models.progress import tasks
from seqsal.models.progress.tasks import Task


class UntilClientLeaves:
    """An app that works on a task for each request, which is cancelled once its client leaves.

    It hands on every message that comes. Bodies are bounded by `BodyMiddleware`, before it.
    """

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, as long as somebody waits for the answer."""
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
            with tasks.working_on(task):
                await self._app(scope, messages.get, send)
        finally:
            listening.cancel()
