"""Which addresses are tried, by the kernel's environment."""

import json
import pathlib

import pytest

from seqsal.notebook.page import address


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, []),
        ({"JUPYTERHUB_SERVICE_PREFIX": "/user/ann/"}, ["/user/ann/proxy/4321/"]),
        ({"JUPYTERHUB_SERVICE_PREFIX": "/user/ann"}, ["/user/ann/proxy/4321/"]),
        (
            {"VSCODE_PROXY_URI": "https://code.example.org/proxy/{{port}}"},
            ["https://code.example.org/proxy/4321/"],
        ),
        (
            {
                "CODESPACE_NAME": "bug-free-space",
                "GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN": "app.github.dev",
            },
            ["https://bug-free-space-4321.app.github.dev/"],
        ),
        (
            {"SAGEMAKER_APP_TYPE": "JupyterLab"},
            [
                "/jupyterlab/default/proxy/4321/",
                "/jupyter/default/proxy/4321/",
                "/codeeditor/default/proxy/4321/",
            ],
        ),
        ({"LIT_PROXY_URL": "/proxy/%PORT%/", "CODESPACE_NAME": "x"}, ["/proxy/4321/"]),
    ],
)
def test_each_notebook_environment_has_its_addresses(
    environment: dict[str, str], expected: list[str]
) -> None:
    assert address.addresses(4321, environment) == expected


def test_a_given_address_is_the_only_one() -> None:
    environment = {"JUPYTERHUB_SERVICE_PREFIX": "/user/ann/"}
    given = address.addresses(4321, environment, "https://a.example.org:%PORT%/b", ["/"])
    assert given == ["https://a.example.org:4321/b/"]


def test_each_address_is_listed_once() -> None:
    environment = {"JUPYTERHUB_SERVICE_PREFIX": "/user/ann/"}
    found = address.addresses(4321, environment, bases=["/", "/user/ann/"])
    assert found == ["/user/ann/proxy/4321/", "/proxy/4321/"]


def test_the_server_that_started_the_kernel_comes_first_and_broken_files_are_ignored(
    tmp_path: pathlib.Path,
) -> None:
    for pid, base in ((11, "/a/"), (22, "/b/"), (33, "/c/")):
        server = {"pid": pid, "base_url": base, "port": 8888}
        (tmp_path / f"jpserver-{pid}.json").write_text(json.dumps(server))
    (tmp_path / "jpserver-44.json").write_text('{"pid": 44, "base')
    (tmp_path / "jpserver-55.json").write_text("[]")
    (tmp_path / "kernel-66.json").write_text('{"base_url": "/no/"}')
    assert address.running_bases(tmp_path, "22") == ["/b/", "/a/", "/c/"]
    assert address.running_bases(tmp_path / "nothing") == []


@pytest.mark.parametrize(
    ("environment", "pages"),
    [
        ({}, set()),
        ({"JUPYTERHUB_SERVICE_PREFIX": "/user/ann/"}, set()),
        ({"VSCODE_PID": "1"}, {"vscode-webview:", "https://*.vscode-cdn.net"}),
        ({"COLAB_RELEASE_TAG": "x"}, {"https://*.googleusercontent.com"}),
    ],
)
def test_only_pages_of_the_notebook_may_frame_the_page(
    environment: dict[str, str], pages: set[str]
) -> None:
    allowed = set(address.frame_ancestors(environment))
    assert pages <= allowed
    assert bool(pages) == bool(allowed)
    assert not allowed & {"*", "https:", "http:", "https://*"}


def test_the_advice_names_the_port_and_fits_the_environment() -> None:
    assert "jupyter-server-proxy" in address.advice(4321, {})
    assert "ssh -L 4321:127.0.0.1:4321" in address.advice(4321, {})
    in_vscode = address.advice(4321, {"VSCODE_IPC_HOOK_CLI": "/run/x"})
    assert "forward port 4321" in in_vscode
    assert "jupyter-server-proxy" not in in_vscode
