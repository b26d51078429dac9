"""A real nginx as a reverse proxy."""

import contextlib
import pathlib
import shutil
import socket
import subprocess
from collections.abc import Iterator

from tests.e2e.certificate import write_certificate
from tests.e2e.server import wait_until_open

_CONFIG = """
daemon off;
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
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
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    assert program, "The browser tests need nginx. Run them with: make e2e"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "nginx.conf"
    tls = ""
    if https:
        certificate, key = folder / "certificate.pem", folder / "key.pem"
        write_certificate(certificate, key)
        tls = f"ssl; ssl_certificate {certificate}; ssl_certificate_key {key}"
    config.write_text(_CONFIG.format(folder=folder, port=port, https=tls, locations=locations))
    with subprocess.Popen([program, "-c", str(config)]) as process:
        wait_until_open(port, process)
        try:
            yield f"http{'s' if https else ''}://127.0.0.1:{port}"
        finally:
            process.terminate()
