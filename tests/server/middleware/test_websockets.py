"""A request for a websocket is refused, or handled as plain HTTP."""

import pathlib

import pytest

from tests.forked import Program
from tests.soak import raw

_UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}
_SERVER = """
import socket, sys
for name in sys.argv[1:]:
    sys.modules[name] = None  # As if it were not installed.
import uvicorn
from seqsal.server import application
from seqsal.options import Options
app = application.make_app(Options(data_dir="off"), models={}, datasets={})
with socket.create_server(("127.0.0.1", 0)) as listener:
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="info")).run(sockets=[listener])
"""
_PACKAGES = ("websockets", "wsproto")


@pytest.mark.parametrize("missing", [(), _PACKAGES])
def test_a_real_server_logs_no_error_for_a_websocket(
    missing: tuple[str, ...], tmp_path: pathlib.Path
) -> None:
    log = tmp_path / "log"
    with log.open("w") as errors:
        process = Program(["-c", _SERVER, *missing], stderr=errors.fileno())
    assert process.stdout is not None
    with process.stdout:
        try:
            _check_upgrades(int(process.stdout.readline()), plain=bool(missing))
        finally:
            process.terminate()
            process.wait(timeout=60)
    written = log.read_text()
    assert "Application startup complete" in written
    assert "Traceback" not in written
    assert "ERROR" not in written


def _check_upgrades(port: int, *, plain: bool) -> None:
    for path in ("/", "/get_info", "/seqsal/jobs", "/healthz", "/main.js", "/nothing"):
        answer = raw.send(port, raw.request("GET", path, headers=_UPGRADE))
        as_usual = raw.send(port, raw.request("GET", path))
        assert answer is not None
        assert as_usual is not None
        assert answer.status == (as_usual.status if plain else 403)
    well = raw.send(port, raw.request("GET", "/healthz"))
    assert well is not None
    assert well.text == "ok"
