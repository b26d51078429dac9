"""An ASGI server in a background thread."""

import socket
import threading
from typing import Any, Final

import uvicorn

_STOP_SECONDS: Final = 30.0
"""How long `stop` waits for the server."""


class BackgroundServer:
    """Serves an ASGI app on 127.0.0.1.

    Attributes:
        port: the port of the server.
    """

    def __init__(self, app: Any, port: int = 0) -> None:
        """Starts the server.

        Args:
            app: the ASGI app.
            port: the port to listen on; 0 for any free port.

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
        """Stops the server after pending requests, or a timeout, and frees the port."""
        self._server.should_exit = True
        self._thread.join(_STOP_SECONDS)
        self._listener.close()

    def _run(self) -> None:
        self._server.run(sockets=[self._listener])


def _listen(port: int) -> socket.socket:
    try:
        # From now on connections wait instead of being refused.
        return socket.create_server(("127.0.0.1", port), backlog=128)
    except OSError as error:
        raise ValueError(
            f"Cannot serve on port {port}: {error.strerror}. Stop the program that uses it, or"
            " leave out port for any free port."
        ) from None
