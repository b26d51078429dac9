"""Fetches the header of a GGUF file from the hub, without its weights."""

import pathlib
import re
from typing import Final

import huggingface_hub
from huggingface_hub import get_session, get_token, hf_raise_for_status

from seqsal.models.gguf_header import read_header

_FIRST: Final = 16 * 2**20
"""Bytes of the first request: more than the header of a model with 250,000 tokens."""
_SIZE: Final = re.compile(r"bytes \d+-\d+/(?P<size>\d+)")


def fetch_header(repository: str, file: str, folder: pathlib.Path) -> pathlib.Path:
    """Returns a file with the header and the size of a GGUF file on the hub.

    It is sparse: the bytes after the header take no space on the disk and read as zeros.

    Args:
        repository: the id of a repository, as owner/repository.
        file: the path of the file in it.
        folder: where the file is written.

    Raises:
        ValueError: it is not a GGUF file, or it is damaged.
        OSError: the hub does not send it.
    """
    address = huggingface_hub.hf_hub_url(repository, file)
    path = folder / pathlib.PurePosixPath(file).name
    wanted = _FIRST
    while True:
        begin, size = _fetch(address, wanted)
        path.write_bytes(begin)
        with path.open("r+b") as whole:
            whole.truncate(size)
        try:
            if read_header(path).data_start <= len(begin):
                return path
        except ValueError:
            # The zeros after what was fetched may look like damage.
            if len(begin) == size or not begin.startswith(b"GGUF"):
                raise
        wanted *= 4


def _fetch(address: str, count: int) -> tuple[bytes, int]:
    """Returns the first bytes of a file, and its size."""
    headers = {"Range": f"bytes=0-{count - 1}", "Accept-Encoding": "identity"}
    if token := get_token():
        headers["Authorization"] = f"Bearer {token}"
    with get_session().stream("GET", address, headers=headers) as response:
        hf_raise_for_status(response)
        begin = bytearray()
        for chunk in response.iter_bytes():
            begin += chunk
            if len(begin) >= count:
                break  # A server without ranges sends all of it.
        found = _SIZE.fullmatch(response.headers.get("Content-Range", ""))
        size = found["size"] if found else response.headers.get("Content-Length", len(begin))
    return bytes(begin[:count]), int(size)
