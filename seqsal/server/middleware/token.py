"""Token authentication, for servers that other machines can reach."""

import hashlib
import secrets
from typing import Final
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from seqsal.server.middleware.hosts import is_loopback

AUTO: Final = "auto"
OFF: Final = "off"
READY_PATH: Final = "/readyz"
OPEN_PATHS: Final = ("/healthz", READY_PATH)
_PARAMETER: Final = "token"
_MIN_LENGTH: Final = 16


def check(token: str) -> str:
    """Returns a token that is long enough, or auto or off.

    Raises:
        ValueError: it is too short.
    """
    if token not in (AUTO, OFF) and len(token) < _MIN_LENGTH:
        raise ValueError(
            f"auth_token must be auto, off, or a secret of at least {_MIN_LENGTH} characters; got"
            f" {len(token)} characters."
        )
    return token


def resolve(token: str, host: str) -> str:
    """Returns the token of a server that listens on a host; a new one if it needs one."""
    if token != AUTO or is_loopback(host):
        return token
    return secrets.token_urlsafe(24)


class PathTokenMiddleware:
    """Moves a token at the start of a path into the Authorization header.

    In a frame of another site's page browsers send no cookies. The URLs in the page are relative,
    so that the paths of all its requests start with the token.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app, self._token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles a request."""
        if scope["type"] == "http" and self._token not in (AUTO, OFF):
            scope = self._without_token(scope, f"/{self._token}/")
        await self._app(scope, receive, send)

    def _without_token(self, scope: Scope, start: str) -> Scope:
        path: str = scope["path"]
        if not secrets.compare_digest(path[: len(start)].encode(), start.encode()):
            return scope
        rest = path[len(start) - 1 :]
        header = (b"authorization", f"Bearer {self._token}".encode())
        headers = [pair for pair in scope["headers"] if pair[0] != header[0]]
        return {**scope, "path": rest, "raw_path": rest.encode(), "headers": [*headers, header]}


class TokenMiddleware:
    """Requires the token: once in the query string and then in a cookie, or in a header.

    With the token "auto" only this machine has access.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app, self._token = app, token
        # One cookie per server, since the servers of a host share their cookies.
        self._cookie = f"seqsal-{hashlib.sha256(token.encode()).hexdigest()[:8]}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles a request, or requires the token."""
        await self._authenticate(scope)(scope, receive, send)

    def _authenticate(self, scope: Scope) -> ASGIApp:
        if scope["type"] != "http" or self._token == OFF or scope["path"] in OPEN_PATHS:
            return self._app
        if self._token == AUTO:
            client = scope.get("client")
            return (
                self._app
                if client is None or is_loopback(client[0])
                else _unauthorized(_LOCAL_ONLY)
            )
        headers = Headers(scope=scope)
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        # Other programs on this host set cookies too, and http.cookies stops at an invalid one.
        cookies = cookie_parser("; ".join(headers.getlist("cookie")))
        if self._is_token(bearer) or self._is_token(cookies.get(self._cookie, "")):
            return self._app
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if scope["method"] == "GET" and any(self._is_token(v) for k, v in query if k == _PARAMETER):
            return self._grant(scope, [(k, v) for k, v in query if k != _PARAMETER])
        return _unauthorized(_TOKEN_REQUIRED)

    def _grant(self, scope: Scope, query: list[tuple[str, str]]) -> Response:
        """Returns a redirect to the same URL without the token, to keep it out of the history.

        The redirect is relative: behind a proxy the server does not know its whole URL.
        """
        last = scope["path"].rsplit("/", 1)[-1]
        response = RedirectResponse(f"./{last}{'?' if query else ''}{urlencode(query)}", 303)
        response.set_cookie(
            self._cookie,
            self._token,
            httponly=True,
            samesite="lax",
            secure=scope.get("scheme") == "https",
        )
        return response

    def _is_token(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), self._token.encode())


_TOKEN_REQUIRED: Final = (
    "This server requires a token. Open the URL that its terminal printed, which ends with"
    " ?token=..., or send the header Authorization: Bearer TOKEN."
)
_LOCAL_ONLY: Final = (
    "This server accepts requests from its own machine only. To accept others, start it with"
    " --auth_token=SECRET, or with --auth_token=off if everybody may use it."
)


def _unauthorized(reason: str) -> Response:
    return PlainTextResponse(reason, 401, headers={"WWW-Authenticate": "Bearer"})
