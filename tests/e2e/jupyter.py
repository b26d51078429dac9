"""A real JupyterLab with its own folders, and the actions of a user in one of its notebooks."""

import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, Final, Literal

import httpx
from jupyter_client.blocking.client import BlockingKernelClient
from playwright.sync_api import Locator, Page, expect

from tests.e2e.salience_page import PATIENCE, View

_THEMES: Final = "@jupyterlab/apputils-extension/themes"
_SETTINGS: Final = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
}
"""They switch off requests to the network, and automatic saving."""
_WARM_UP: Final = "import seqsal; seqsal.view('embedded:small', 'One.', ' Two.').close()"
_RESET: Final = """
import gc, ipywidgets
ipywidgets.Widget.close_all()
get_ipython().run_line_magic("reset", "-f")
"""


@contextlib.contextmanager
def running_jupyter(folder: pathlib.Path, app: Literal["lab", "notebook"]) -> Iterator[str]:
    """Runs a JupyterLab, or a Notebook 7, over a folder; yields its address."""
    address, process = _start(folder, app)
    try:
        yield address
    finally:
        process.terminate()
        process.wait(timeout=60)
        assert process.stderr is not None
        process.stderr.close()


def _start(folder: pathlib.Path, app: str) -> tuple[str, subprocess.Popen[str]]:
    own = folder / ".jupyter"
    for name, values in _SETTINGS.items():
        file = _settings_file(folder, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    page_config = own / "config" / "labconfig" / "page_config.json"
    page_config.parent.mkdir(parents=True, exist_ok=True)
    # The debugger would trace every line that a model runs.
    page_config.write_text('{"disabledExtensions": {"@jupyterlab/debugger-extension": true}}')
    environment = {
        **os.environ,
        "HOME": str(own),
        "IPYTHONDIR": str(own / "ipython"),
        "JUPYTER_CONFIG_DIR": str(own / "config"),
        "JUPYTER_DATA_DIR": str(own / "data"),
        "JUPYTER_RUNTIME_DIR": str(own / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(own / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(own / "workspaces"),
        "PYTHONPATH": str(pathlib.Path(__file__).parents[2]),
    }
    command = [
        *(sys.executable, "-m", "jupyter", app, "--no-browser", "--allow-root"),
        *("--ip=127.0.0.1", "--port=0", f"--ServerApp.root_dir={folder}"),
        *("--IdentityProvider.token=", "--ServerApp.password="),
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stderr is not None
    for line in process.stderr:
        if address := re.search(r"http://127\.0\.0\.1:\d+/", line):
            return address[0], process
    raise RuntimeError(f"{command} ended with {process.wait()} before it served.")


def _settings_file(folder: pathlib.Path, name: str) -> pathlib.Path:
    return folder / ".jupyter" / "settings" / f"{name}.jupyterlab-settings"


class Jupyter:
    """A JupyterLab whose notebooks share one kernel, in which seqsal is already imported.

    Attributes:
        address: ends in a slash.
        folder: the folder of the notebooks.
    """

    def __init__(self, address: str, folder: pathlib.Path) -> None:
        """Starts the kernel."""
        self.address, self.folder = address, folder
        self._http = httpx.Client(base_url=address, timeout=60)
        self._http.get("lab").raise_for_status()
        self._http.headers["X-XSRFToken"] = self._http.cookies["_xsrf"]
        self._kernel = self._post("api/kernels", {"name": "python3"})["id"]
        file = folder / ".jupyter" / "runtime" / f"kernel-{self._kernel}.json"
        self._client = BlockingKernelClient(connection_file=str(file))
        self._client.load_connection_file()
        self._client.start_channels()
        # A heartbeat that is late on a busy machine counts as the end of the kernel.
        with contextlib.suppress(RuntimeError):
            self._client.wait_for_ready(timeout=60)
        self._client.wait_for_ready(timeout=60)
        self._execute(_WARM_UP)

    def close(self) -> None:
        """Closes the connections to the server and to the kernel."""
        self._client.stop_channels()
        self._http.close()

    def open(self, page: Page, name: str, *cells: str) -> "NotebookPage":
        """Writes a notebook of code cells and opens it with the kernel."""
        write_notebook(self.folder / name, *cells)
        return self.open_file(page, name)

    def open_file(self, page: Page, name: str) -> "NotebookPage":
        """Opens a notebook of the folder with the kernel, which has no variables and no widgets."""
        self._execute(_RESET)
        kernel = {"kernel": {"id": self._kernel}}
        self._post("api/sessions", {"path": name, "name": name, "type": "notebook", **kernel})
        return NotebookPage(page, self.address, name)

    @contextlib.contextmanager
    def dark_theme(self) -> Iterator[None]:
        """Selects the dark theme for pages that open in this context."""
        file = _settings_file(self.folder, _THEMES)
        file.write_text(json.dumps({"theme": "JupyterLab Dark"}))
        yield
        file.unlink()

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = self._http.post(path, json=body)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer

    def _execute(self, code: str) -> None:
        reply = self._client.execute(code, reply=True, timeout=120)["content"]
        assert reply["status"] == "ok", reply


def write_notebook(path: pathlib.Path, *cells: str) -> None:
    """Writes a notebook of code cells."""
    notebook = {
        "cells": [_code_cell(f"cell-{i}", source) for i, source in enumerate(cells)],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(notebook))


def _code_cell(name: str, source: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": name,
        "source": source,
        "metadata": {},
        "outputs": [],
        "execution_count": None,
    }


def add_code_cell(path: pathlib.Path, source: str) -> int:
    """Adds a code cell to a notebook; returns its number."""
    notebook = json.loads(path.read_text())
    notebook["cells"].append(_code_cell("added", source))
    path.write_text(json.dumps(notebook))
    return len(notebook["cells"]) - 1


def as_from_elsewhere(path: pathlib.Path, *, trusted: bool) -> str:
    """Copies a notebook as one whose kernel is not installed; returns the name of the copy.

    Args:
        path: in the folder of a JupyterLab.
        trusted: whether its outputs may run scripts, as those of local notebooks may.
    """
    notebook = json.loads(path.read_text())
    notebook["metadata"] |= {"kernelspec": {"name": "elsewhere", "display_name": "Elsewhere"}}
    notebook["metadata"].pop("language_info", None)
    copy = path.with_name(f"{'trusted' if trusted else 'foreign'}_{path.name}")
    copy.write_text(json.dumps(notebook))
    if trusted:
        own = {**os.environ, "JUPYTER_DATA_DIR": str(path.parent / ".jupyter" / "data")}
        subprocess.run([sys.executable, "-m", "jupyter", "trust", copy], env=own, check=True)
    return copy.name


class NotebookPage:
    """A notebook that is open in JupyterLab."""

    def __init__(self, page: Page, address: str, name: str, *, kernel: bool = True) -> None:
        """Opens a notebook with a kernel, or without one."""
        self.page = page
        page.goto(f"{address}doc/tree/{name}")
        if kernel:
            idle = page.locator("#jp-main-statusbar").get_by_text("| Idle")
            idle.wait_for(timeout=PATIENCE)
        else:
            dialog = page.locator(".jp-Dialog", has_text="Select Kernel")
            dialog.get_by_role("button", name="No Kernel").click(timeout=PATIENCE)

    @classmethod
    def in_notebook_7(cls, page: Page, address: str, name: str) -> "NotebookPage":
        """Opens a notebook in Notebook 7, whose cells and menus are JupyterLab's."""
        notebook = cls.__new__(cls)
        notebook.page = page
        with page.expect_websocket(
            lambda each: "/channels" in each.url, timeout=PATIENCE
        ) as kernel:
            page.goto(f"{address}notebooks/{name}")
        # The page shows an idle kernel before it has one.
        kernel.value.wait_for_event("framereceived", timeout=PATIENCE)
        idle = page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")
        idle.wait_for(state="attached", timeout=PATIENCE)
        return notebook

    def run_all(self) -> None:
        """Runs all cells and waits until they are done."""
        self.menu("Run", "Run All Cells")

    def menu(self, menu: str, entry: str) -> None:
        """Chooses an entry of the menu bar."""
        self.page.get_by_role("menuitem", name=menu, exact=True).first.click()
        self.page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{entry}$")).click()

    def cell(self, index: int) -> Locator:
        """Returns a cell."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index)

    def view(self, index: int) -> View:
        """Returns the view in the output of a cell."""
        return View(self.cell(index).locator("seqsal-view").first)

    def run(self, index: int) -> None:
        """Runs a cell and waits until it is done."""
        self.cell(index).locator(".cm-content").click()
        expect(self.cell(index).locator(".cm-content")).to_be_focused()
        self.page.keyboard.press("Control+Enter")
        prompt = self.cell(index).locator(".jp-InputArea-prompt")
        expect(prompt).to_have_text(re.compile(r"\[\d+\]"), timeout=PATIENCE)

    def printed(self, index: int) -> str:
        """Runs a cell and returns what it prints."""
        self.run(index)
        output = self.cell(index).locator(".jp-OutputArea-output").first
        return output.inner_text(timeout=PATIENCE).strip()

    def wait_for_saved_output(self, index: int, text: str) -> None:
        """Waits until the saved output of a view in a cell names a text as explained."""
        plain = self.cell(index).locator(".seqsal-plain > div > div")
        expect(plain).to_contain_text(f"explained: {text}", timeout=PATIENCE)

    def save(self) -> None:
        """Saves the notebook."""
        self.page.keyboard.press("Control+s")
        expect(self.page.locator(".jp-mod-dirty")).to_have_count(0, timeout=PATIENCE)
