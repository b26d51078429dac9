"""Which names the server answers to, and which other sites may ask it.

A page of any site can send requests to a server on the visitor's own machine, and by letting its
own name point there it can read the answers, too (DNS rebinding). So a request must name this
server by a name that no stranger can own, and must not come from another site's page.
"""

import ipaddress
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class HostMiddleware:
    """Refuses requests that name another host or come from another site."""

    def __init__(self, app: ASGIApp, allowed: Sequence[str] = ()) -> None:
        """Wraps an app.

        Args:
            app: the app.
            allowed: names beside those of this machine, such as hub.example.org, *.example.org
                for all below a domain, or * for any.
        """
        self._app = app
        self._allowed = tuple(name.lower() for name in allowed)
        self._own = {"localhost", socket.gethostname().lower()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or says why not."""
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
                f"This server answers to localhost, its own name and addresses; got Host {host!r}."
                f" If you mean it to answer there, start it with --allowed_hosts={name or 'NAME'}."
            )
        origin = headers.get("origin")
        # An address is a name that a stranger can have, too: as an origin it must be this host.
        if origin is not None and urlsplit(origin).netloc != host:
            sender = _hostname(origin)
            if not self._is_own(sender):
                return (
                    f"This server does not answer to pages of other sites; got Origin {origin!r}."
                    f" If you trust that site, start it with --allowed_hosts={sender or 'NAME'}."
                )
        from_elsewhere = origin is None and headers.get("sec-fetch-site") == "cross-site"
        if from_elsewhere and headers.get("sec-fetch-mode") != "navigate":
            return "This server does not answer to pages of other sites. Open its address itself."
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
    except ValueError:  # For example half an IPv6 address.
        return ""


def _is_address(name: str) -> bool:
    """Returns whether a name is an IP address, which no DNS server can point elsewhere."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_loopback(name: str) -> bool:
    return _is_address(name) and ipaddress.ip_address(name).is_loopback


def is_loopback(host: str) -> bool:
    """Returns whether only this machine can reach what listens on a host."""
    return host == "localhost" or _is_loopback(host)
