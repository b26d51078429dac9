"""Headers that have a browser keep the page to itself."""

from collections.abc import Sequence
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY: Final = {
    "default-src": "'self'",
    # LIT draws with inline styles; its bundle and ours bring no inline script and no eval.
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    # The worker that runs a user's regular expression is a part of our script.
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
}
_FRAMES: Final = "'self' http://localhost:* http://127.0.0.1:*"
"""Pages that may show this one in a frame: notebooks on the same machine."""


class HeadersMiddleware:
    """Adds security headers to every answer."""

    def __init__(
        self, app: ASGIApp, frames_of: Sequence[str] = (), frame_ancestors: Sequence[str] = ()
    ) -> None:
        """Wraps an app.

        Args:
            app: the app.
            frames_of: hosts whose pages may show this one in a frame.
            frame_ancestors: pages that may do so instead, as the content security policy writes
                them: https://*.example.org, vscode-webview:.
        """
        allowed = frame_ancestors or [
            f"https://{host}" if host != "*" else "*" for host in frames_of
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
        """Answers a request with the headers added."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)
