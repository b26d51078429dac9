"""Estimates of GGUF files on the hub, over a local server with its addresses."""

import http.server
import pathlib
import re
import threading
from collections.abc import Iterator

import huggingface_hub
import pytest

from seqsal.models import frameworks, gguf_header
from seqsal.models.checkpoints import located_for_estimate, remote_header
from seqsal.options import Options
from tests import gguf_files

REPOSITORY, FILE = "org/tiny-GGUF", "q8/tiny.gguf"
CONTENT_PATH = f"/{REPOSITORY}/resolve/main/{FILE}"


class Hub(http.server.ThreadingHTTPServer):
    """Serves one file, with or without ranges, and records what it sent."""

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content, self.ranges, self.sent = content, True, list[int]()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.end_headers()

    def do_GET(self) -> None:
        if self.path != CONTENT_PATH:
            self.send_error(404)
            return
        content, size = self.server.content, len(self.server.content)
        wanted = re.fullmatch(r"bytes=0-(\d+)", self.headers.get("Range", ""))
        if wanted and self.server.ranges:
            content = content[: int(wanted[1]) + 1]
            self.send_response(206)
            self.send_header("Content-Range", f"bytes 0-{len(content) - 1}/{size}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.server.sent.append(len(content))
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Keeps the tests' output free of requests."""


@pytest.fixture
def file(tmp_path: pathlib.Path) -> pathlib.Path:
    return gguf_files.write(tmp_path / "tiny.gguf")


@pytest.fixture
def hub(file: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with Hub(file.read_bytes()) as server:
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", server.address)
        template = server.address + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_an_estimate_is_that_of_the_whole_file(
    hub: Hub, file: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = gguf_header.read_header(file).data_start
    monkeypatch.setattr(remote_header, "_FIRST", begin + 1)
    options = Options(dl_framework="transformers")
    got = frameworks.estimate(f"{REPOSITORY}:{FILE}", options, 50)
    assert hub.sent == [begin + 1]
    expected = frameworks.estimate(str(file), options, 50)
    assert (got.parameters, got.weight_bytes, got.context_length) == (
        expected.parameters,
        expected.weight_bytes,
        expected.context_length,
    )


@pytest.mark.parametrize("first", [8, 40, 500])
def test_a_longer_header_is_fetched_in_longer_parts(
    hub: Hub,
    file: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: pathlib.Path,
    first: int,
) -> None:
    monkeypatch.setattr(remote_header, "_FIRST", first)
    folder = tmp_path / "fetched"
    folder.mkdir()
    found = remote_header.fetch_header(REPOSITORY, FILE, folder)
    assert gguf_header.read_header(found) == gguf_header.read_header(file)
    assert hub.sent[-2] < gguf_header.read_header(file).data_start <= hub.sent[-1]


def test_a_server_without_ranges_is_read_no_further_than_needed(
    hub: Hub, file: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.ranges = False
    begin = gguf_header.read_header(file).data_start
    monkeypatch.setattr(remote_header, "_FIRST", begin)
    with located_for_estimate(f"{REPOSITORY}:{FILE}", Options()) as path:
        fetched = pathlib.Path(path)
        assert gguf_header.read_header(fetched) == gguf_header.read_header(file)
        assert not any(fetched.read_bytes()[begin:])
    assert not fetched.exists()


def test_a_missing_file_is_named(hub: Hub) -> None:
    with (
        pytest.raises(ValueError, match=r"'no.gguf' of 'org/tiny-GGUF' could not be loaded"),
        located_for_estimate(f"{REPOSITORY}:no.gguf", Options()),
    ):
        pass


def test_damage_is_named(hub: Hub) -> None:
    hub.content = b"GGUF" + b"\xff" * 400
    with (
        pytest.raises(ValueError, match=r"'q8/tiny.gguf' .* GGUF format; expected version 2 or 3"),
        located_for_estimate(f"{REPOSITORY}:{FILE}", Options()),
    ):
        pass
