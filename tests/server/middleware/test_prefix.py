"""Serving below a path."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from seqsal.server.middleware import prefix


def _client(below: str) -> TestClient:
    async def answer(request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.scope["path"])

    routes = [Route(path, answer) for path in ("/", "/main.js", "/healthz")]
    return TestClient(prefix.PrefixMiddleware(Starlette(routes=routes), prefix.check(below)))


@pytest.mark.parametrize(
    ("path", "inner"),
    [("/a/b/", "/"), ("/a/b/main.js", "/main.js"), ("/a/b", "/"), ("/healthz", "/healthz")],
)
def test_paths_below_the_prefix_are_found(path: str, inner: str) -> None:
    for below in ("/a/b", "/a/b/"):
        assert _client(below).get(path).text == inner


@pytest.mark.parametrize("path", ["/", "/main.js", "/a/bc/main.js", "/a"])
def test_other_paths_are_not_found(path: str) -> None:
    response = _client("/a/b").get(path)
    assert response.status_code == 404
    assert "this server's page is below /a/b/" in response.text


def test_without_a_prefix_paths_do_not_change() -> None:
    assert _client("").get("/main.js").text == "/main.js"


def test_a_prefix_that_is_not_a_path_is_an_error() -> None:
    with pytest.raises(ValueError, match="must begin with a slash, as in /seqsal; got 'x'"):
        prefix.check("x")
