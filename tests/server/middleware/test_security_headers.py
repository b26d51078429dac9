"""Which pages may show the server's in a frame."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from seqsal.server.middleware.security_headers import SecurityHeadersMiddleware

OWN = {"'self'", "http://localhost:*", "http://127.0.0.1:*"}


@pytest.mark.parametrize(
    ("hosts", "pages", "expected"),
    [
        ([], [], OWN),
        (["hub.example.org"], [], OWN | {"https://hub.example.org"}),
        (["*"], [], {"*"}),
        (["*"], ["vscode-webview:"], OWN | {"vscode-webview:"}),
        (["a.example.org"], ["https://b.example.org"], OWN | {"https://b.example.org"}),
    ],
)
def test_frames_are_allowed_for_frame_ancestors_or_else_for_the_allowed_hosts(
    hosts: list[str], pages: list[str], expected: set[str]
) -> None:
    client = TestClient(SecurityHeadersMiddleware(Starlette(), hosts, pages))
    policy = client.get("/").headers["content-security-policy"]
    (frames,) = [each for each in policy.split("; ") if each.startswith("frame-ancestors ")]
    assert set(frames.split()[1:]) == expected
