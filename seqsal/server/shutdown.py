"""Ends the server when it is told to, and not in the middle of an answer."""

import signal
import time
from types import FrameType

import uvicorn

from seqsal.lit.app.work import Work

_SENDING: float = 5.0
"""Seconds for the last answers to be sent."""


class Server(uvicorn.Server):
    """Uvicorn; on SIGTERM it takes nothing new, finishes what runs, and ends with status 0.

    Meanwhile it goes on to listen, so that who asks is told why, and /readyz tells a load balancer.
    """

    def __init__(self, config: uvicorn.Config, work: Work, patience: float | int) -> None:
        """Wraps a configuration.

        Args:
            config: what to serve, and how.
            work: what runs.
            patience: most seconds that it may go on to run.
        """
        config.timeout_graceful_shutdown = int(_SENDING)
        super().__init__(config)
        self._work, self._patience = work, patience
        self._deadline: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begins to end; at once where it is told again, or by Ctrl+C."""
        if sig == signal.SIGTERM and self._deadline is None:
            self._work.close()
            self._deadline = time.monotonic() + self._patience
            return
        self._work.cancel()
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """Returns whether to end now; called ten times a second."""
        if self._deadline is not None and not self.should_exit:
            late = time.monotonic() > self._deadline
            if late:
                self._work.cancel()
            self.should_exit = late or not self._work.running
        return await super().on_tick(counter)
