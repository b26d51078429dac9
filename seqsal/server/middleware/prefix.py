"""Serving below a path, such as /tools/seqsal, which a proxy passes on as it is."""

from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from seqsal.server.middleware.token import OPEN_PATHS


def check(prefix: str) -> str:
    """Returns a prefix without a slash at its end; empty for none.

    Raises:
        ValueError: it does not begin with a slash, or is an address.
    """
    if prefix and not prefix.startswith("/"):
        raise ValueError(f"url_prefix must begin with a slash, as /seqsal does; got {prefix!r}.")
    return prefix.rstrip("/")


class PrefixMiddleware:
    """Takes a prefix off the paths of requests.

    A proxy that takes it off by itself needs none: every address in the page is relative.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app, self._prefix = app, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request below the prefix, and no other but for health."""
        if scope["type"] not in ("http", "websocket") or not self._prefix:
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        if path == self._prefix:  # Relative addresses need the slash.
            await RedirectResponse(f"{self._prefix}/", 308)(scope, receive, send)
        elif path.startswith(f"{self._prefix}/"):
            inner = path.removeprefix(self._prefix)
            await self._app({**scope, "path": inner, "raw_path": inner.encode()}, receive, send)
        elif path in OPEN_PATHS:
            await self._app(scope, receive, send)
        else:
            reason = f"Nothing here; this server's page is below {self._prefix}/."
            await PlainTextResponse(reason, 404)(scope, receive, send)
