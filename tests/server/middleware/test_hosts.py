"""Which requests are accepted: host names, addresses, origins."""

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from seqsal.server.middleware.hosts import HostMiddleware, is_loopback


def _client(*allowed: str) -> TestClient:
    async def answer(_request: object) -> PlainTextResponse:
        return PlainTextResponse("answered")

    app = Starlette(routes=[Route("/", answer, methods=["GET", "POST"])])
    return TestClient(HostMiddleware(app, allowed), base_url="http://localhost:5432")


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:5432", "127.0.0.1:5432", "[::1]:5432", "192.168.1.7", "a.localhost"],
)
def test_names_of_this_machine_and_addresses_are_accepted(host: str) -> None:
    assert _client().get("/", headers={"host": host}).text == "answered"


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "[::1", "a b"]
)
def test_a_name_that_an_attacker_can_own_is_refused(host: str) -> None:
    response = _client().post("/", headers={"host": host})
    assert response.status_code == 403
    assert f"got {host!r}" in response.text and "--allowed_hosts=" in response.text


@pytest.mark.parametrize(
    ("allowed", "host", "answered"),
    [
        ("hub.example.org", "hub.example.org", True),
        ("hub.example.org", "HUB.example.org:443", True),
        ("hub.example.org", "evil.hub.example.org", False),
        ("*.example.org", "hub.example.org", True),
        ("*.example.org", "evilexample.org", False),
        ("*", "anything.at.all", True),
    ],
)
def test_operators_can_allow_names(allowed: str, host: str, answered: bool) -> None:
    response = _client(allowed).get("/", headers={"host": host})
    assert (response.text == "answered") == answered


@pytest.mark.parametrize(
    ("origin", "answered"),
    [
        ("http://localhost:5432", True),
        ("http://127.0.0.1:8888", True),  # A notebook on this machine.
        ("https://evil.example", False),
        ("http://203.0.113.9", False),  # An address, but a stranger's.
        ("null", False),  # A file, or a frame in a sandbox.
        ("http://localhost.evil.example", False),
    ],
)
def test_pages_of_other_sites_are_refused(origin: str, answered: bool) -> None:
    response = _client().post("/", headers={"origin": origin})
    assert response.status_code == (200 if answered else 403)
    if not answered:
        assert f"got Origin {origin!r}" in response.text


def test_a_page_of_the_same_address_is_accepted() -> None:
    same = {"host": "192.168.1.7:5432", "origin": "http://192.168.1.7:5432"}
    assert _client().post("/", headers=same).status_code == 200
    other = {**same, "origin": "http://192.168.1.7:6000"}
    assert _client().post("/", headers=other).status_code == 403


def test_links_from_other_sites_work_and_their_scripts_do_not() -> None:
    site = {"sec-fetch-site": "cross-site"}
    assert _client().get("/", headers={**site, "sec-fetch-mode": "navigate"}).status_code == 200
    assert _client().get("/", headers={**site, "sec-fetch-mode": "no-cors"}).status_code == 403


@pytest.mark.parametrize(
    ("host", "alone"),
    [("localhost", True), ("127.0.0.9", True), ("::1", True), ("0.0.0.0", False), ("::", False)],
)
def test_loopback_hosts_are_those_that_only_this_machine_reaches(host: str, alone: bool) -> None:
    assert is_loopback(host) == alone
