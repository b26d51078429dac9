"""`seqsal.server:app` and the WSGI app, under the servers that people run them with."""

import os
import pathlib
import re
import subprocess
import sys
import wsgiref.util
from io import BytesIO
from typing import Any

import httpx

from seqsal.options import Options
from seqsal.server import application


def test_uvicorn_serves_the_app_with_options_from_the_environment(
    checkpoint: pathlib.Path,
) -> None:
    command = [sys.executable, "-m", "uvicorn", "seqsal.server:app", "--port=0"]
    environment = {**os.environ, "SEQSAL_MODELS": f"mine:{checkpoint}"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        address = next(
            found[0] for line in lines if (found := re.search(r"http://127\.0\.0\.1:\d+", line))
        )
        info = httpx.post(f"{address}/get_info").json()
        assert "mine" in info["models"]
        assert httpx.get(f"{address}/", headers={"host": "evil.example"}).status_code == 403
        process.terminate()
        process.stderr.read()
    assert process.returncode in (0, -15)


def test_the_wsgi_app_works_alone(checkpoint: pathlib.Path) -> None:
    app = application.get_wsgi_app(Options(models=(f"mine:{checkpoint}",), allow_paths=()))
    assert b"lit-app" in _get(app, "/")
    assert b'"mine"' in _get(app, "/get_info")
    refused = _get(app, "/load_datapoints", "dataset_name=sample_prompts&path=/etc/passwd")
    assert b"not among the paths" in refused


def _get(app: Any, path: str, query: str = "") -> bytes:
    environment: dict[str, Any] = {"PATH_INFO": path, "QUERY_STRING": query}
    environment["wsgi.input"] = BytesIO()
    wsgiref.util.setup_testing_defaults(environment)
    return b"".join(app(environment, lambda status, headers: None))
