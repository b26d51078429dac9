"""Serves the page's files: compressed once, and cached by browsers until they change."""

import gzip
import hashlib
import mimetypes
import os
import pathlib
from typing import Final

import brotli
from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_TEXT: Final = (".js", ".css", ".html", ".svg", ".txt", ".json")
_SUFFIXES: Final = {"br": ".br", "gzip": ".gz"}
_QUALITY: Final = 10
"""Brotli's quality. At 9 LIT's main.js is 8 % larger; at 11 it is 2 % smaller but takes 3 s."""
_VERSION: Final = b"v="
_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_ONE_DAY: Final = "public, max-age=86400"


def compress(folder: pathlib.Path) -> None:
    """Writes compressed copies next to every text file of a folder."""
    for path in folder.rglob("*"):
        if path.suffix in _TEXT and path.is_file():
            content = path.read_bytes()
            for suffix, packed in (
                (".br", brotli.compress(content, mode=brotli.MODE_TEXT, quality=_QUALITY)),
                (".gz", gzip.compress(content, 9, mtime=0)),
            ):
                path.with_name(path.name + suffix).write_bytes(packed)


def versioned(folder: pathlib.Path, name: str) -> str:
    """Returns a URL with the hash of the file's content, which browsers may cache indefinitely."""
    return f"{name}?v={hashlib.sha256((folder / name).read_bytes()).hexdigest()[:12]}"


class Files(StaticFiles):
    """Static files, precompressed, with an ETag; a versioned URL is cached indefinitely."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Returns the file, or status 304 if it has not changed."""
        accepted = Headers(scope=scope).get("accept-encoding", "")
        encoding = next(
            (
                name
                for name, suffix in _SUFFIXES.items()
                if name in accepted and os.path.isfile(f"{full_path}{suffix}")
            ),
            None,
        )
        if encoding is None:
            response = super().file_response(full_path, stat_result, scope, status_code)
        else:
            packed = f"{full_path}{_SUFFIXES[encoding]}"
            response = super().file_response(packed, os.stat(packed), scope, status_code)
            kind = mimetypes.guess_type(full_path)[0] or "application/octet-stream"
            response.headers["Content-Encoding"] = encoding
            if isinstance(response, FileResponse):
                is_text = kind.startswith("text/")
                response.headers["Content-Type"] = f"{kind}; charset=utf-8" if is_text else kind
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["Cache-Control"] = _cache_control(full_path, scope)
        return response


def _cache_control(path: str | os.PathLike[str], scope: Scope) -> str:
    if scope.get("query_string", b"").startswith(_VERSION):
        return _IMMUTABLE
    # LIT's bundle refers to images without a version. A day bounds how stale they get.
    is_image = (mimetypes.guess_type(path)[0] or "").startswith("image/")
    return _ONE_DAY if is_image else "no-cache"
