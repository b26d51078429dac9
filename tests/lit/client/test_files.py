"""Files: compressed copies, ETags, and URLs that browsers cache."""

import gzip
import pathlib

import brotli
import pytest
from starlette.testclient import TestClient

from seqsal.lit.client import files

SCRIPT = "console.log('é');\n" * 200


@pytest.fixture
def client(tmp_path: pathlib.Path) -> TestClient:
    (tmp_path / "a.js").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "b.png").write_bytes(b"\x89PNG")
    files.compress(tmp_path)
    return TestClient(files.Files(directory=tmp_path))


@pytest.mark.parametrize(
    ("accepts", "encoding", "unpack"),
    [
        ("gzip, br", "br", brotli.decompress),
        ("gzip", "gzip", gzip.decompress),
        ("identity", None, bytes),
    ],
)
def test_a_client_gets_the_best_encoding_that_it_accepts(
    client: TestClient, accepts: str, encoding: str | None, unpack: object
) -> None:
    with client.stream("GET", "/a.js", headers={"accept-encoding": accepts}) as response:
        raw = b"".join(response.iter_raw())
    assert response.headers.get("content-encoding") == encoding
    assert response.headers["content-type"].startswith("text/javascript; charset=utf-8")
    assert response.headers["vary"] == "Accept-Encoding"
    assert unpack(raw).decode() == SCRIPT  # type: ignore[operator]
    if encoding:
        assert len(raw) < len(SCRIPT) / 10


def test_an_unchanged_file_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/a.js", headers={"accept-encoding": "br"})
    again = client.get(
        "/a.js", headers={"accept-encoding": "br", "if-none-match": first.headers["etag"]}
    )
    assert again.status_code == 304
    assert again.content == b""
    other = client.get("/a.js", headers={"accept-encoding": "gzip"})
    assert other.headers["etag"] != first.headers["etag"]


def test_a_versioned_url_is_cached_indefinitely(client: TestClient, tmp_path: pathlib.Path) -> None:
    address = files.versioned(tmp_path, "a.js")
    assert "immutable" in client.get(f"/{address}").headers["cache-control"]
    assert client.get("/a.js").headers["cache-control"] == "no-cache"
    (tmp_path / "a.js").write_text("changed")
    assert files.versioned(tmp_path, "a.js") != address


def test_images_are_not_compressed(client: TestClient) -> None:
    response = client.get("/b.png")
    assert response.content == b"\x89PNG"
    assert "content-encoding" not in response.headers
    assert response.headers["cache-control"] == "public, max-age=86400"
