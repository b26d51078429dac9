"""The token that a visitor shows, where a server can be reached from other machines."""

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
    """Returns a token that can not be guessed, or auto or off.

    Raises:
        ValueError: it is too short.
    """
    if token not in (AUTO, OFF) and len(token) < _MIN_LENGTH:
        raise ValueError(
            f"auth_token must be auto, off, or a secret of at least {_MIN_LENGTH} characters; got"
            f" {len(token)} characters."
        )
    return token


def chosen(token: str, host: str) -> str:
    """Returns the token for a server that listens on a host: a new one where one is needed."""
    if token != AUTO or is_loopback(host):
        return token
    return secrets.token_urlsafe(24)


class PathTokenMiddleware:
    """Takes a token that a path begins with for the header that says the same.

    In a frame of another site's page browsers hold back cookies. The page's own addresses are
    relative, so that all its requests begin as its own path does.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app, self._token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request."""
        if scope["type"] == "http" and self._token not in (AUTO, OFF):
            scope = self._without_token(scope, f"/{self._token}/")
        await self._app(scope, receive, send)

    def _without_token(self, scope: Scope, start: str) -> Scope:
        path: str = scope["path"]
        if not secrets.compare_digest(path[: len(start)].encode(), start.encode()):
            return scope
        rest = path[len(start) - 1 :]
        shown = (b"authorization", f"Bearer {self._token}".encode())
        headers = [pair for pair in scope["headers"] if pair[0] != shown[0]]
        return {**scope, "path": rest, "raw_path": rest.encode(), "headers": [*headers, shown]}


class TokenMiddleware:
    """Lets in who shows the token: in the address once, then by a cookie, or in a header.

    With auto as the token it lets in this machine alone.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app, self._token = app, token
        # One cookie for each server, since those of one host share their cookies.
        self._cookie = f"seqsal-{hashlib.sha256(token.encode()).hexdigest()[:8]}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or asks for the token."""
        await self._gate(scope)(scope, receive, send)

    def _gate(self, scope: Scope) -> ASGIApp:
        if scope["type"] != "http" or self._token == OFF or scope["path"] in OPEN_PATHS:
            return self._app
        if self._token == AUTO:
            client = scope.get("client")
            return self._app if client is None or is_loopback(client[0]) else _refused(_NOT_HERE)
        headers = Headers(scope=scope)
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        # Other programs on this host set cookies, too, and http.cookies stops at an odd one.
        cookies = cookie_parser("; ".join(headers.getlist("cookie")))
        if self._is_it(bearer) or self._is_it(cookies.get(self._cookie, "")):
            return self._app
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if scope["method"] == "GET" and any(self._is_it(v) for k, v in query if k == _PARAMETER):
            return self._let_in(scope, [(k, v) for k, v in query if k != _PARAMETER])
        return _refused(_ASKED)

    def _let_in(self, scope: Scope, query: list[tuple[str, str]]) -> Response:
        """Returns a way to the same address without the token, which so stays out of history.

        It is relative: behind a proxy the server does not know its whole address.
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

    def _is_it(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), self._token.encode())


_ASKED: Final = (
    "This server asks for a token. Open the address that its terminal printed, which ends with"
    " ?token=..., or send the header Authorization: Bearer TOKEN."
)
_NOT_HERE: Final = (
    "This server answers to its own machine alone. To let others in, start it with"
    " --auth_token=SECRET, or with --auth_token=off where everybody may ask it."
)


def _refused(reason: str) -> Response:
    return PlainTextResponse(reason, 401, headers={"WWW-Authenticate": "Bearer"})
