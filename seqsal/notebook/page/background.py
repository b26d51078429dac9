"""A server in a thread of this process, for as long as somebody looks at its page."""

import socket
import threading
from typing import Any, Final

import uvicorn

_PATIENCE: Final = 30.0
"""Seconds for the server to start, and for it to stop."""


class BackgroundServer:
    """Serves an ASGI app on this machine alone.

    Attributes:
        port: where it listens.
    """

    def __init__(self, app: Any, port: int = 0) -> None:
        """Serves as soon as it is made.

        Args:
            app: the ASGI app.
            port: where to listen; 0 for any that is free.

        Raises:
            ValueError: the port is in use.
        """
        self._listener = _listen(port)
        self.port: int = self._listener.getsockname()[1]
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=5, ws="none")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="seqsal-page", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Frees the port, once what is being answered is answered or seconds have passed."""
        self._server.should_exit = True
        self._thread.join(_PATIENCE)
        self._listener.close()

    def _run(self) -> None:
        self._server.run(sockets=[self._listener])


def _listen(port: int) -> socket.socket:
    try:
        # From here on a browser waits instead of being refused.
        return socket.create_server(("127.0.0.1", port), backlog=128)
    except OSError as error:
        raise ValueError(
            f"Can not serve on port {port}: {error.strerror}. Stop what uses it, or leave port out"
            " for any that is free."
        ) from None
