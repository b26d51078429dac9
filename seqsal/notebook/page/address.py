"""Addresses through which a browser may reach a port of the kernel.

The kernel lists candidates. The script in the cell finds the one that works.
"""

import importlib.util
import json
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

_SAGEMAKER_APPS: Final = ("jupyterlab", "jupyter", "codeeditor")
_COLAB_PAGES: Final = (
    "https://*.google.com",
    "https://*.googleusercontent.com",
    "https://*.colab.dev",
)
_VSCODE_PAGES: Final = (
    "vscode-webview:",
    "vscode-file:",
    "https://*.vscode-cdn.net",
    "https://vscode.dev",
    "https://*.github.dev",
)


def addresses(
    port: int,
    environment: Mapping[str, str],
    proxy_url: str | None = None,
    bases: Sequence[str] = (),
) -> list[str]:
    """Returns addresses that may lead to a port, the most likely first.

    They are URLs, or paths on the notebook server that start with a slash. The script in the cell
    adds 127.0.0.1 and addresses that only the notebook's page knows.

    >>> addresses(80, {"JUPYTERHUB_SERVICE_PREFIX": "/user/ann/"})
    ['/user/ann/proxy/80/']

    Args:
        port: the port.
        environment: the kernel's environment variables.
        proxy_url: an address given by the user, with %PORT% for the port.
        bases: base paths of the running Jupyter servers.
    """
    known = proxy_url or environment.get("LIT_PROXY_URL")
    if known:
        return [_folder(known.replace("%PORT%", str(port)))]
    paths = [*_jupyter_bases(environment), *bases]
    found = [*_vscode(port, environment), *(f"{_folder(path)}proxy/{port}/" for path in paths)]
    return list(dict.fromkeys(found))


def _jupyter_bases(environment: Mapping[str, str]) -> Iterator[str]:
    if hub := environment.get("JUPYTERHUB_SERVICE_PREFIX"):
        yield hub
    if _is_sagemaker(environment):
        yield from (f"/{app}/default/" for app in _SAGEMAKER_APPS)


def _vscode(port: int, environment: Mapping[str, str]) -> Iterator[str]:
    """Yields addresses of VS Code in a browser; the desktop program forwards ports itself."""
    if pattern := environment.get("VSCODE_PROXY_URI"):
        yield _folder(pattern.replace("{{port}}", str(port)))
    name = environment.get("CODESPACE_NAME")
    domain = environment.get("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN")
    if name and domain:
        yield f"https://{name}-{port}.{domain}/"


def running_bases(runtime: pathlib.Path, parent: str | None = None) -> list[str]:
    """Returns the base paths of this user's running Jupyter servers.

    Args:
        runtime: the folder with the descriptions of running Jupyter servers.
        parent: the id of the process that started this kernel; its server comes first.
    """
    servers = [_server(path) for path in sorted(runtime.glob("*server-*.json"))]
    servers.sort(key=lambda server: str(server.get("pid")) != parent)
    return [base for server in servers if isinstance(base := server.get("base_url"), str)]


def _server(path: pathlib.Path) -> Mapping[str, object]:
    try:
        server = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # Partly written, or deleted.
        return {}
    return server if isinstance(server, dict) else {}


def is_colab(environment: Mapping[str, str]) -> bool:
    """Returns whether the kernel runs in Colab."""
    if "COLAB_RELEASE_TAG" in environment:
        return True
    try:
        return importlib.util.find_spec("google.colab") is not None
    except ModuleNotFoundError:
        return False


def frame_ancestors(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Returns the origins that may frame the page, in addition to local and proxied ones."""
    if is_colab(environment):
        return _COLAB_PAGES
    return _VSCODE_PAGES if _is_vscode(environment) else ()


def advice(port: int, environment: Mapping[str, str]) -> str:
    """Returns instructions for a user whose browser cannot reach the port."""
    return f"{_reason(port, environment)} If the kernel has been restarted, run the cell again."


def _reason(port: int, environment: Mapping[str, str]) -> str:
    if _is_vscode(environment):
        return (
            f"This page cannot reach port {port} of the kernel. In VS Code, open the Ports view,"
            f" forward port {port}, and press Try again."
        )
    return (
        f"Your browser cannot reach port {port} of the kernel. If the kernel runs on another"
        " machine, run pip install jupyter-server-proxy in the environment of the Jupyter server"
        f" and restart that server; or forward the port with ssh -L {port}:127.0.0.1:{port} HOST"
        " and press Try again. If you know another address of the port, pass it as"
        " proxy_url='https://.../%PORT%/'."
    )


def _is_vscode(environment: Mapping[str, str]) -> bool:
    return any(name.startswith("VSCODE_") for name in environment)


def _is_sagemaker(environment: Mapping[str, str]) -> bool:
    return any(name.startswith("SAGEMAKER_") for name in environment)


def _folder(address: str) -> str:
    return address.rstrip("/") + "/"
