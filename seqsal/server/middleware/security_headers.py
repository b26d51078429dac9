"""Adds security headers, such as the content security policy, to every response."""

from collections.abc import Sequence
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY: Final = {
    "default-src": "'self'",
    # LIT uses inline styles; its bundle and ours use no inline script and no eval.
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    # The worker that runs a user's regular expression is created from our script.
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
}
_FRAMES: Final = "'self' http://localhost:* http://127.0.0.1:*"
"""Pages that may embed this one in a frame: notebooks on the same machine."""


class SecurityHeadersMiddleware:
    """Adds security headers to every response."""

    def __init__(
        self,
        app: ASGIApp,
        allowed_hosts: Sequence[str] = (),
        frame_ancestors: Sequence[str] = (),
    ) -> None:
        """Wraps an app.

        Args:
            app: the app.
            allowed_hosts: hosts whose pages may embed this one in a frame.
            frame_ancestors: pages that may do so instead, in the syntax of the content security
                policy: https://*.example.org, vscode-webview:.
        """
        allowed = frame_ancestors or [
            f"https://{host}" if host != "*" else "*" for host in allowed_hosts
        ]
        frames = "*" if "*" in allowed else " ".join([_FRAMES, *allowed])
        policy = {**_POLICY, "frame-ancestors": frames}
        self._app = app
        self._headers = {
            "Content-Security-Policy": "; ".join(f"{k} {v}" for k, v in policy.items()),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles a request and adds the headers to its response."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)
