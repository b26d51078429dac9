"""The token: in the address once, then a cookie, or a header."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from seqsal.server.middleware import token

SECRET = "a-secret-of-24-characters"


def _client(secret: str = SECRET, address: str = "203.0.113.9") -> TestClient:
    async def answer(request: Request) -> PlainTextResponse:
        return PlainTextResponse(f"{request.method} {request.url.query}")

    routes = [Route(path, answer, methods=["GET", "POST"]) for path in ("/", "/a", "/healthz")]
    app = token.TokenMiddleware(Starlette(routes=routes), secret)
    return TestClient(app, client=(address, 50000))


def test_without_the_token_only_health_is_accessible() -> None:
    client = _client()
    for method in (client.get, client.post):
        refused = method("/")
        assert refused.status_code == 401
        assert "Open the URL that its terminal printed" in refused.text
    assert client.get("/", params={"token": "another-of-24-characters"}).status_code == 401
    assert client.get("/", headers={"Authorization": "Bearer "}).status_code == 401
    assert client.get("/healthz").status_code == 200


def test_the_url_with_the_token_redirects_to_one_without_it_and_sets_a_cookie() -> None:
    client = _client()
    response = client.get("/a", params={"token": SECRET, "layout": "x"}, follow_redirects=False)
    assert response.status_code == 303
    assert response.headers["location"] == "./a?layout=x"
    cookie = response.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Secure" not in cookie
    assert client.get("/a", params={"layout": "x"}).text == "GET layout=x"
    assert client.post("/").status_code == 200
    assert SECRET not in client.get("/").text


def test_with_https_the_cookie_is_secure() -> None:
    client = _client()
    client.base_url = "https://testserver"
    response = client.get("/", params={"token": SECRET}, follow_redirects=False)
    assert "Secure" in response.headers["set-cookie"]


def test_scripts_send_a_header() -> None:
    response = _client().post("/", headers={"Authorization": f"Bearer {SECRET}"})
    assert response.status_code == 200


def test_a_cookie_of_another_server_is_refused() -> None:
    client = _client()
    client.cookies.set("seqsal-00000000", SECRET)
    assert client.get("/").status_code == 401


@pytest.mark.parametrize(
    "odd", ['theme={"a": 1}', "q=a b", "foo", "a/b=1", "a@b=1", "=", "x=é", '"', "a=\x01"]
)
@pytest.mark.parametrize("between", ["; ", None])
def test_invalid_cookies_of_other_programs_do_not_hide_ours(odd: str, between: str | None) -> None:
    client = _client()
    response = client.get("/", params={"token": SECRET}, follow_redirects=False)
    ours = response.headers["set-cookie"].partition(";")[0]
    client.cookies.clear()
    # None: a header for each cookie, as proxies that speak HTTP/2 send them.
    values = [odd, ours, odd] if between is None else [between.join([odd, ours, odd])]
    headers = [(b"cookie", value.encode("latin-1")) for value in values]
    assert client.get("/", headers=headers).status_code == 200
    headers = [(b"cookie", odd.encode("latin-1"))]
    assert client.get("/", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("secret", "address", "status"),
    [
        ("auto", "127.0.0.1", 200),
        ("auto", "::1", 200),
        ("auto", "203.0.113.9", 401),
        ("off", "203.0.113.9", 200),
    ],
)
def test_without_a_secret_auto_accepts_this_machine_and_off_everybody(
    secret: str, address: str, status: int
) -> None:
    response = _client(secret, address).get("/")
    assert response.status_code == status
    if status == 401:
        assert "--auth_token=off" in response.text


def test_a_token_is_created_if_other_machines_can_reach_the_server() -> None:
    assert token.resolve("auto", "127.0.0.1") == "auto"
    assert token.resolve("off", "0.0.0.0") == "off"
    assert token.resolve(SECRET, "0.0.0.0") == SECRET
    made = {token.resolve("auto", "0.0.0.0") for _ in range(3)}
    assert len(made) == 3
    assert all(token.check(secret) == secret for secret in made)


def test_a_short_token_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least 16 characters; got 5 characters"):
        token.check("abcde")


def _client_by_path(secret: str, address: str) -> TestClient:
    app = token.PathTokenMiddleware(_client(secret).app, secret)
    return TestClient(app, client=(address, 50000))


def test_a_path_that_begins_with_the_token_needs_no_cookie() -> None:
    client = _client_by_path(SECRET, "203.0.113.9")
    for _ in range(2):
        response = client.get(f"/{SECRET}/a", params={"layout": "x"})
        assert response.text == "GET layout=x"
        assert "set-cookie" not in response.headers
    assert client.post(f"/{SECRET}/").status_code == 200
    assert client.get("/a").status_code == 401
    assert client.get(f"/{SECRET[:-1]}x/a").status_code == 401
    assert client.get(f"/{SECRET}a").status_code == 401


@pytest.mark.parametrize("secret", [token.AUTO, token.OFF])
def test_without_a_secret_no_path_is_a_token(secret: str) -> None:
    client = _client_by_path(secret, "127.0.0.1")
    assert client.get("/a").status_code == 200
    assert client.get(f"/{secret}/a").status_code == 404
