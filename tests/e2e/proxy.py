"""A real nginx as a reverse proxy."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from typing import Final

from tests.e2e.certificate import write_certificate
from tests.e2e.server import wait_until_open

CONFIG_OF_THE_DOCS: Final = pathlib.Path(__file__).parents[2] / "demos" / "serving" / "nginx.conf"
_TEMPORARY: Final = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
_CONFIG = """
events {{}}
http {{
  access_log off;
  server {{
    listen 127.0.0.1:{port} {https};
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-Proto $scheme;
    {locations}
  }}
}}
"""


@contextlib.contextmanager
def nginx(folder: pathlib.Path, locations: str, *, https: bool = False) -> Iterator[str]:
    """Runs an nginx with some locations, and yields its address.

    With HTTPS it has a self-signed certificate.
    """
    port, tls = _free_port(), ""
    if https:
        certificate, key = folder / "certificate.pem", folder / "key.pem"
        write_certificate(certificate, key)
        tls = f"ssl; ssl_certificate {certificate}; ssl_certificate_key {key}"
    text = _CONFIG.format(port=port, https=tls, locations=locations)
    with _running(folder, text, port):
        yield f"http{'s' if https else ''}://127.0.0.1:{port}"


@contextlib.contextmanager
def nginx_of_the_docs(folder: pathlib.Path, servers: Sequence[str]) -> Iterator[str]:
    """Runs nginx with the configuration in demos/serving, and yields its address.

    Args:
        folder: its temporary files, and `access.log`.
        servers: host and port of each server in the configuration.
    """
    port, text = _free_port(), CONFIG_OF_THE_DOCS.read_text()
    replaced = {
        "listen 80;": f"listen 127.0.0.1:{port};",
        "/dev/stdout": str(folder / "access.log"),
        **{f"server seqsal-{i}:5432 ": f"server {each} " for i, each in enumerate(servers, 1)},
    }
    for old, new in replaced.items():
        assert text.count(old) == 1, f"{CONFIG_OF_THE_DOCS} has {old!r} {text.count(old)} times."
        text = text.replace(old, new)
    with _running(folder, text, port):
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def _running(folder: pathlib.Path, text: str, port: int) -> Iterator[None]:
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    assert program, "The browser tests need nginx. Run them with: make e2e"
    config = folder / "nginx.conf"
    # Only in the outermost block of a file can these be given as an option.
    places = (f"{use}_temp_path {folder}/{use};" for use in _TEMPORARY)
    config.write_text(text.replace("http {", "http {\n" + "\n".join(places), 1))
    user = "user root; " if os.geteuid() == 0 else ""  # The folders of tests are not for others.
    options = f"{user}daemon off; pid {folder}/pid; error_log stderr;"
    with subprocess.Popen([program, "-c", str(config), "-g", options]) as process:
        wait_until_open(port, process)
        try:
            yield
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port
