"""Nothing that is sent gets at other files, at the program's insides, or stops the server."""

import gzip
import json
import re
import urllib.request

import pytest
from hypothesis import HealthCheck, given, settings

from tests.soak import attacks, raw
from tests.soak.conftest import SECRET, Server
from tests.soak.sizes import HOSTILE_REQUESTS

_INSIDES = re.compile(r'Traceback \(most recent|File "/|site-packages|\.py", line')
_REFERENCE = re.compile(r"reference [0-9a-f]{8}")


def _check(answer: raw.Answer | None, sent: bytes) -> None:
    """Fails if a response leaks something, or is an error without an explanation."""
    if answer is None:  # The server may close a connection that does not speak HTTP.
        return
    shown = f"{sent[:500]!r} got {answer.status}: {answer.text[:500]}"
    assert SECRET not in answer.text, shown
    assert "root:x:0:0" not in answer.text, shown
    assert not _INSIDES.search(answer.text), shown
    assert "x-bad" not in answer.headers, shown
    if answer.status >= 500 and not sent.startswith(b"HEAD"):
        assert _REFERENCE.search(answer.text), shown


def _check_still_well(server: Server) -> None:
    assert server.ask("/healthz", method="GET").status == 200
    assert server.predict("tiny", prompt="Taste")["response"]


def test_known_attacks_fail(server: Server) -> None:
    before = server.snapshot()
    sent = attacks.known(server.forbidden[0], server.allowed)
    for attack in sent:
        answer = raw.send(server.port, attack)
        assert answer is not None or attack.startswith(b"CONNECT"), attack[:500]
        _check(answer, attack)
    unfinished = list(attacks.smuggled())
    for attack in unfinished:
        _check(raw.send(server.port, attack, end=True), attack)
    print(f"{len(sent) + len(unfinished)} known attacks")
    _check_still_well(server)
    assert server.snapshot() == before
    names = {each["name"] for each in _datasets(server)}
    assert SECRET not in json.dumps(sorted(names))


def _datasets(server: Server) -> list[dict[str, str]]:
    """Returns the datasets, and fails if one of them contains the secret."""
    info = json.loads(server.ask("/get_info").text)
    for name in info["datasets"]:
        assert SECRET not in server.ask(f"/get_dataset?dataset_name={name}").text
    return [{"name": name} for name in info["datasets"]]


def test_foreign_requests_are_refused_and_other_files_neither_read_nor_written(
    server: Server,
) -> None:
    for attack in attacks._files(server.forbidden[0], server.allowed):
        answer = raw.send(server.port, attack)
        assert answer is not None
        inside = answer.status == 200 and str(server.allowed) in attack.decode()
        assert answer.status == 400 or inside, (attack[:300], answer.text[:300])
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
        answer = raw.send(server.port, raw.request("POST", "/get_info", headers=headers))
        assert answer is not None
        assert answer.status == 403


def test_a_body_that_is_too_large_is_refused_whatever_its_content_type(server: Server) -> None:
    packed = gzip.compress(b'{"inputs": []}' + b" " * 50_000_000)
    for method in ("GET", "POST"):
        answer = raw.send(
            server.port, raw.request(method, "/get_preds?model=tiny", b"x" * 1_100_000)
        )
        assert answer is not None
        assert answer.status == 413
    # What is packed is not unpacked.
    headers = {"Content-Encoding": "gzip"}
    answer = raw.send(server.port, raw.request("POST", "/get_preds?model=tiny", packed, headers))
    assert answer is not None
    assert answer.status == 400


def test_generated_requests_get_readable_responses(server: Server) -> None:
    before = server.snapshot()

    @settings(
        max_examples=HOSTILE_REQUESTS,
        database=None,
        derandomize=HOSTILE_REQUESTS < 1000,
        suppress_health_check=list(HealthCheck),
    )
    @given(attacks.made_up())
    def check(sent: bytes) -> None:
        _check(raw.send(server.port, sent), sent)

    check()
    _check_still_well(server)
    assert server.snapshot() == before


@pytest.mark.parametrize("size", [0, 1, 3])
def test_a_client_that_disconnects_in_the_middle_does_no_harm(server: Server, size: int) -> None:
    body = json.dumps({"inputs": [{"id": "", "data": {"prompt": "Taste"}, "meta": {}}]}).encode()
    whole = raw.request("POST", "/get_preds?model=tiny", body)
    for _ in range(20):
        raw.hang_up(server.port, whole[: len(whole) * size // 3])
    _check_still_well(server)


def test_a_response_that_is_not_read_does_not_block_others(server: Server) -> None:
    with raw.unread(server.port, raw.request("GET", "/main.js"), connections=30):
        _check_still_well(server)
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/") as page:
            assert b"lit-app" in page.read()
