"""The log line of each request, and the metrics."""

import json
import logging
import pathlib

import pytest
from starlette.testclient import TestClient

from seqsal.lit.models import get_models
from seqsal.options import Options
from seqsal.server import application
from tests.forked import run


@pytest.fixture(scope="module")
def client(checkpoint: pathlib.Path) -> TestClient:
    models = get_models([f"tiny:{checkpoint}"], max_new_tokens=5)
    app = application.make_app(Options(), models=models)
    return TestClient(app, base_url="http://localhost", client=("127.0.0.1", 1))


def _answer(client: TestClient, prompt: str) -> int:
    inputs = [{"id": "", "data": {"_id": "", "prompt": prompt}, "meta": {}}]
    return client.post("/get_preds?model=tiny", json={"inputs": inputs}).status_code


def test_a_line_has_the_seconds_of_each_part_of_a_request(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="seqsal.requests"):
        _answer(client, "Taste")
        client.get("/main.js")
        _answer(client, "")
    ours = [record.message for record in caplog.records if record.name == "seqsal.requests"]
    answered, file, refused = map(json.loads, ours)
    assert answered["path"] == "/get_preds" and answered["status"] == 200
    names = ("queue", "store", "model", "serialization")
    parts = sum(answered[name] for name in names)
    assert 0 < answered["model"] <= parts <= answered["seconds"]
    assert answered["bytes"] > 0
    assert (file["path"], file["method"], file["status"]) == ("/main.js", "GET", 200)
    assert refused["status"] == 400


def test_prometheus_reads_counts_and_times(client: TestClient) -> None:
    _answer(client, "The quick")
    client.get("/made/up")
    text = client.get("/metrics").text
    assert 'seqsal_requests_total{path="/get_preds",status="200"}' in text
    assert 'seqsal_request_seconds_count{part="model",path="/get_preds"}' in text
    assert 'path="files",status="404"' in text
    assert "made/up" not in text  # Nobody can fill the memory with names.


def test_prompts_are_not_logged(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        _answer(client, "confidential")
    assert "confidential" not in caplog.text


def test_lines_go_to_the_standard_error_if_enabled() -> None:
    program = (
        "from starlette.testclient import TestClient\n"
        "from seqsal.options import Options\n"
        "from seqsal.server.application import make_app\n"
        "app = make_app(Options(log_requests=True), models={}, datasets={})\n"
        "TestClient(app, base_url='http://localhost', client=('::1', 1)).get('/healthz')\n"
    )
    done = run("-c", program)
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("{")]
    assert json.loads(line)["path"] == "/healthz"
