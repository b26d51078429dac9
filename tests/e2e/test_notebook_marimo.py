"""Views in a real marimo, single and side by side."""

import os
import pathlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.salience_page import PATIENCE, View

_NOTEBOOK = """
import marimo

app = marimo.App(width="full")


@app.cell
def _():
    import marimo as mo
    import seqsal

    return mo, seqsal


@app.cell
def _(seqsal):
    view = seqsal.view(
        "embedded:small",
        "Taste-likes: Cheese\\nTaste-dislikes: Can't eat eggs\\nAnalysis:",
        " A savoury tart with cheese and eggs.\\nRecommendation: Avoid.",
    )
    view
    return (view,)


@app.cell
def _(seqsal, view):
    other = ("embedded:small", "Taste-likes: Eggs\\nAnalysis:", " An omelette.")
    row = seqsal.compare([view, other])
    row
    return (row,)


@app.cell
def _(mo, row):
    def move(count):
        row.views[1].selection, row.views[1].granularity = "omelette", "words"
        return count + 1

    moved = mo.ui.button(label="Move", value=0, on_click=move)
    moved
    return (moved,)


@app.cell
def _(mo):
    read = mo.ui.button(label="Read", value=0, on_click=lambda count: count + 1)
    read
    return (read,)


@app.cell
def _(mo, moved, read, row):
    first, second = row.views
    mo.md(
        f"Read {read.value}: {first.result.selected_text.strip()!r} {sorted(first.scores)}"
        f" {second.result.selected_text.strip()!r} {first.granularity}"
    )
    return


if __name__ == "__main__":
    app.run()
"""


@pytest.fixture
def marimo(tmp_path: pathlib.Path) -> Iterator[str]:
    """The address of a marimo that has the notebook open for editing and runs it when it opens."""
    settings = tmp_path / ".config" / "marimo" / "marimo.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("[runtime]\nauto_instantiate = true\n")
    notebook = tmp_path / "notebook.py"
    notebook.write_text(_NOTEBOOK)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}/"
    options = ("--headless", "--no-token", "--skip-update-check", "--host=127.0.0.1")
    process = subprocess.Popen(
        [sys.executable, "-m", "marimo", "edit", str(notebook), *options, f"--port={port}"],
        env={**os.environ, "HOME": str(tmp_path), "PYTHONPATH": os.getcwd()}
        | {"XDG_CONFIG_HOME": str(tmp_path / ".config")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _wait_until_served(address, process)
    yield address
    process.terminate()
    process.wait(timeout=60)


def _wait_until_served(address: str, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            urllib.request.urlopen(address).close()
            return
        except urllib.error.URLError:
            time.sleep(0.1)
    raise RuntimeError(f"marimo ended with {process.returncode} before it served.")


def test_single_and_side_by_side_views_synchronize_with_python(
    marimo: str, browser_page: Page
) -> None:
    browser_page.goto(marimo)
    shown = browser_page.locator("seqsal-view")
    expect(shown).to_have_count(3, timeout=PATIENCE)
    alone, first, second = (View(shown.nth(i)) for i in range(3))
    for view in (alone, first, second):
        view.wait_for_answer()
    left, right = first.root.bounding_box(), second.root.bounding_box()
    assert left is not None and right is not None
    assert left["y"] == right["y"] and left["x"] < right["x"]

    first.explain(first.segment("target", "Recommendation"))
    assert any(first.heat())
    alone.wait_for_heat()
    assert alone.heat() == first.heat()
    browser_page.get_by_role("button", name="Read").click()
    state = "'Recommendation: Avoid.' ['grad_dot_input', 'grad_l2', 'linearized'] '' sentences"
    expect(browser_page.get_by_text(f"Read 1: {state}")).to_be_visible(timeout=PATIENCE)

    browser_page.get_by_role("button", name="Move").click()
    expect(second.root.locator("seqsal-readout")).to_contain_text("omelette", timeout=PATIENCE)
    for view in (alone, first, second):
        words = view.root.get_by_role("radio", name="Words", exact=True)
        expect(words).to_be_checked()
    browser_page.get_by_role("button", name="Read").click()
    state = "'Recommendation: Avoid.' ['grad_dot_input', 'grad_l2', 'linearized'] 'omelette' words"
    expect(browser_page.get_by_text(f"Read 2: {state}")).to_be_visible(timeout=PATIENCE)
