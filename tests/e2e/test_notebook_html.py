"""The demo notebook as `jupyter nbconvert` makes a page of it."""

import os
import pathlib
import subprocess
import sys

from playwright.sync_api import Browser, expect

from tests.e2e.salience_page import PATIENCE, View

_ROOT = pathlib.Path(__file__).parents[2]
_DEMO = _ROOT / "demos" / "prompt_debugging.ipynb"
_EXPLAINED = (
    "Recommendation: You will",
    "Recommendation: You will",
    "Recommendation: Better pick",
    "Recommendation: Not suitable",
)
"""In each view of the notebook, from top to bottom."""


def test_a_notebook_that_nbconvert_runs_shows_every_view_without_a_network(
    chromium: Browser, tmp_path: pathlib.Path
) -> None:
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--to=html", "--execute", str(_DEMO)]
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    subprocess.run([*command, f"--output-dir={tmp_path}"], env=environment, check=True)

    context = chromium.new_context(viewport={"width": 1300, "height": 900}, offline=True)
    page = context.new_page()
    page.goto((tmp_path / "prompt_debugging.html").as_uri())
    frames = page.locator("iframe[title='Sequence Salience']")
    expect(frames).to_have_count(len(_EXPLAINED), timeout=PATIENCE)
    for i, explained in enumerate(_EXPLAINED):
        expect(frames.nth(i)).to_be_visible()
        view = View(frames.nth(i).content_frame.locator("seqsal-view"))
        view.wait_for_answer()
        expect(view.root.locator("seqsal-readout")).to_contain_text(explained, timeout=PATIENCE)
        assert any(view.heat())
        count = view.segments().count()
        view.choose("Words")
        expect(view.root.get_by_role("radio", name="Words", exact=True)).to_be_checked()
        assert view.segments().count() > count
    context.close()
