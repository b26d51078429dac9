"""Graceful shutdown: on SIGTERM the server finishes running tasks, then exits."""

import signal
import time
from types import FrameType
from typing import Final

import uvicorn

from seqsal.lit.app.active_tasks import ActiveTasks

_SEND_SECONDS: Final = 5.0
"""Seconds to send the last responses."""


class Server(uvicorn.Server):
    """Uvicorn; on SIGTERM it refuses new tasks, finishes running ones, and exits with status 0.

    Until then it keeps listening, so that clients get the reason and /readyz reports 503 to a load
    balancer.
    """

    def __init__(
        self, config: uvicorn.Config, active_tasks: ActiveTasks, shutdown_seconds: float | int
    ) -> None:
        """Wraps a configuration.

        Args:
            config: the app and how to serve it.
            active_tasks: the running tasks.
            shutdown_seconds: how long running tasks may take to finish.
        """
        config.timeout_graceful_shutdown = int(_SEND_SECONDS)
        super().__init__(config)
        self._active_tasks, self._shutdown_seconds = active_tasks, shutdown_seconds
        self._deadline: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Starts a shutdown; a second signal or Ctrl+C cancels the running tasks."""
        if sig == signal.SIGTERM and self._deadline is None:
            self._active_tasks.close()
            self._deadline = time.monotonic() + self._shutdown_seconds
            return
        self._active_tasks.cancel()
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """Returns whether to exit now; called ten times a second."""
        if self._deadline is not None and not self.should_exit:
            late = time.monotonic() > self._deadline
            if late:
                self._active_tasks.cancel()
            self.should_exit = late or not self._active_tasks.count
        return await super().on_tick(counter)
