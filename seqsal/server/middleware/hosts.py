"""Refuses requests for other hosts, requests from other sites' pages, and websockets.

A page of any site can send requests to a server on the visitor's own machine. If the site's name
resolves to that machine, the page can also read the responses (DNS rebinding). Therefore the Host
header must be a name that no attacker can own, and no other site's page may send the request.

Starlette's TrustedHostMiddleware does not replace the check of the Host header: it compares with
fixed names, but any IP address is safe here, and its response does not name the option to set.
"""

import ipaddress
import socket
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_POLICY_VIOLATION: Final = 1008


class RefuseWebSocketsMiddleware:
    """Refuses websockets. Without a websocket library uvicorn sends them as plain HTTP requests."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles a request, or refuses a websocket."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        # Closing before accepting becomes status 403. No browser shows a reason, and uvicorn 0.54
        # logs a response with a body as an error of the app.
        await receive()
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION})


class HostMiddleware:
    """Refuses requests for another host or from another site."""

    def __init__(self, app: ASGIApp, allowed: Sequence[str] = ()) -> None:
        """Wraps an app.

        Args:
            app: the app.
            allowed: names in addition to those of this machine, such as hub.example.org,
                *.example.org for all subdomains, or * for any.
        """
        self._app = app
        self._allowed = tuple(name.lower() for name in allowed)
        self._own = {"localhost", socket.gethostname().lower()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles a request, or refuses it with the reason."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if reason := self._refusal(headers):
            await PlainTextResponse(reason, 403)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, headers: Headers) -> str | None:
        host = headers.get("host", "")
        name = _hostname(f"//{host}")
        if not (self._is_own(name) or _is_address(name)):
            return (
                "The Host of a request must be localhost, this server's own name or an address; got"
                f" {host!r}. To allow that name, start it with --allowed_hosts={name or 'NAME'}."
            )
        origin = headers.get("origin")
        # An attacker can own an IP address: as an origin it must be this host.
        if origin is not None and urlsplit(origin).netloc != host:
            sender = _hostname(origin)
            if not self._is_own(sender):
                return (
                    "This server refuses requests from pages of other sites; got Origin"
                    f" {origin!r}."
                    f" If you trust that site, start it with --allowed_hosts={sender or 'NAME'}."
                )
        from_elsewhere = origin is None and headers.get("sec-fetch-site") == "cross-site"
        if from_elsewhere and headers.get("sec-fetch-mode") != "navigate":
            return "This server refuses requests from pages of other sites. Open its URL directly."
        return None

    def _is_own(self, name: str) -> bool:
        if name in self._own or name.endswith(".localhost") or _is_loopback(name):
            return True
        return any(
            allowed in ("*", name) or (allowed.startswith("*.") and name.endswith(allowed[1:]))
            for allowed in self._allowed
        )


def _hostname(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:  # For example an incomplete IPv6 address.
        return ""


def _is_address(name: str) -> bool:
    """Returns whether a name is an IP address, which no DNS server can redirect."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_loopback(name: str) -> bool:
    return _is_address(name) and ipaddress.ip_address(name).is_loopback


def is_loopback(host: str) -> bool:
    """Returns whether only this machine can reach a server that listens on a host."""
    return host == "localhost" or _is_loopback(host)
