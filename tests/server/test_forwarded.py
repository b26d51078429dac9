"""Forwarded headers are used if the proxy is trusted, and ignored otherwise."""

import pathlib
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.e2e.server import start_server
from tests.forked import Program

_TOKEN = "a-secret-of-many-characters"
Start = Callable[..., str]


@pytest.fixture
def start(checkpoint: pathlib.Path) -> Iterator[Start]:
    """Starts servers; each is killed in the end."""
    processes: list[Program] = []

    def begin(*flags: str) -> str:
        address, process = start_server(f"--models=tiny:{checkpoint}", *flags)
        processes.append(process)
        return address

    yield begin
    for process in processes:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@pytest.mark.parametrize("trusted", ["127.0.0.1", "192.0.2.1"])
def test_https_at_the_proxy_makes_the_cookie_secure(
    start: Start, monkeypatch: pytest.MonkeyPatch, trusted: str
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", trusted)
    address = start(f"--auth_token={_TOKEN}")
    for scheme in ("https", "http"):
        answer = httpx.get(
            f"{address}?token={_TOKEN}", headers={"X-Forwarded-Proto": scheme}, timeout=60
        )
        assert answer.status_code == 303
        is_secure = "; secure" in answer.headers["set-cookie"].lower()
        assert is_secure == (scheme == "https" and trusted == "127.0.0.1")


def test_a_remote_client_behind_a_local_proxy_is_remote(
    start: Start,
) -> None:
    address = start()
    for headers, status in ({}, 200), ({"X-Forwarded-For": "203.0.113.9"}, 401):
        assert httpx.get(address, headers=headers, timeout=60).status_code == status
