"""The page behind a real nginx, under a prefix that it takes off and one that it leaves."""

import pathlib
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.e2e.salience_page import SaliencePage

CONFIG = """
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
    listen 127.0.0.1:{port};
    proxy_set_header Host $http_host;
    location /taken/off/ {{ proxy_pass {plain}; }}
    location /left/ {{ proxy_pass {prefixed}; }}
  }}
}}
"""


@pytest.fixture
def proxy(serve: Callable[..., str], tmp_path: pathlib.Path) -> Iterator[str]:
    """The address of an nginx before two servers."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    assert nginx, "The browser tests need nginx. Run them with: make e2e"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = tmp_path / "nginx.conf"
    prefixed = serve("--url_prefix=/left").rstrip("/").removesuffix("/left")
    config.write_text(CONFIG.format(folder=tmp_path, port=port, plain=serve(), prefixed=prefixed))
    with subprocess.Popen([nginx, "-c", str(config)]) as process:
        for _ in range(100):
            with socket.socket() as probe:
                probe.settimeout(0.1)
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
        yield f"http://127.0.0.1:{port}"
        process.terminate()


@pytest.mark.parametrize("path", ["/taken/off/", "/left/", "/left"])
def test_a_click_is_explained_under_a_prefix(proxy: str, browser_page: Page, path: str) -> None:
    browser_page.goto(proxy + path)
    page = SaliencePage(browser_page)
    page.select("fewshot-fixed")
    page.view.wait_for_answer()
    page.view.choose("Sentences")
    page.view.explain(page.view.segments("target").first)
    assert any(page.view.heat())
