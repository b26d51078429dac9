"""Serves the app below a URL prefix, such as /tools/seqsal, that a proxy does not remove.

Starlette's Mount does not replace this: it leaves the whole path in the scope, where the inner
middleware and LIT's WSGI app compare paths, and it does not run the lifespan of what it mounts.
"""

from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from seqsal.server.middleware.token import OPEN_PATHS


def check(prefix: str) -> str:
    """Returns a prefix without a trailing slash; empty for none.

    Raises:
        ValueError: it does not begin with a slash.
    """
    if prefix and not prefix.startswith("/"):
        raise ValueError(f"url_prefix must begin with a slash, as in /seqsal; got {prefix!r}.")
    return prefix.rstrip("/")


class PrefixMiddleware:
    """Removes a prefix from the paths of requests.

    A proxy that removes it needs no such option: every URL in the page is relative.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app, self._prefix = app, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles a request below the prefix or for health, and answers others with 404."""
        if scope["type"] not in ("http", "websocket") or not self._prefix:
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        if path == self._prefix:  # Relative URLs need the slash.
            await RedirectResponse(f"{self._prefix}/", 308)(scope, receive, send)
        elif path.startswith(f"{self._prefix}/"):
            inner = path.removeprefix(self._prefix)
            await self._app({**scope, "path": inner, "raw_path": inner.encode()}, receive, send)
        elif path in OPEN_PATHS:
            await self._app(scope, receive, send)
        else:
            reason = f"Not found; this server's page is below {self._prefix}/."
            await PlainTextResponse(reason, 404)(scope, receive, send)
