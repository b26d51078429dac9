"""Sends requests byte by byte, so that they can be malformed, and reads the responses."""

import contextlib
import dataclasses
import gzip
import http.client
import socket
from collections.abc import Iterator, Mapping


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a server sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body, whatever its encoding."""
        packed = self.headers.get("content-encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode("utf-8", "replace")


def request(
    method: str | bytes,
    target: str | bytes,
    body: bytes = b"",
    headers: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """Returns the bytes of a request; a header overrides one of the usual ones."""
    fields: dict[str, str | bytes] = {
        "Host": "localhost",
        "Connection": "close",
        "Content-Length": str(len(body)),
        **(headers or {}),
    }
    lines = [_bytes(method) + b" " + _bytes(target) + b" HTTP/1.1"]
    lines += [_bytes(name) + b": " + _bytes(value) for name, value in fields.items() if value]
    return b"\r\n".join([*lines, b"", body])


def send(port: int, sent: bytes, *, timeout: float = 120, end: bool = False) -> Answer | None:
    """Returns the response to some bytes; None if the server disconnects without one.

    Args:
        port: where the server listens.
        sent: the bytes.
        timeout: after how many seconds without a byte the test fails.
        end: whether to say that nothing will follow: a server may take that for a farewell.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        with contextlib.suppress(ConnectionError):  # It may refuse before all has been sent.
            connection.sendall(sent)
            if end:
                connection.shutdown(socket.SHUT_WR)
        response = http.client.HTTPResponse(connection, method=_method(sent))
        try:
            response.begin()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, headers, response.read())
        except (ConnectionError, http.client.HTTPException):
            return None


def _method(sent: bytes) -> str:
    return sent.split(b" ", 1)[0].decode("latin-1")


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


def hang_up(port: int, sent: bytes) -> None:
    """Sends some bytes and resets the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(sent)
        # A reset instead of a polite end.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


@contextlib.contextmanager
def unread(port: int, sent: bytes, *, connections: int) -> Iterator[None]:
    """Holds connections open on which answers are waiting."""
    with contextlib.ExitStack() as stack:
        for _ in range(connections):
            connection = socket.create_connection(("127.0.0.1", port), timeout=60)
            stack.enter_context(connection).sendall(sent)
        yield
