"""The demo notebook as a page of `jupyter nbconvert`."""

import os
import pathlib
import subprocess
import sys

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e import npm
from tests.e2e.salience_page import PATIENCE, View

_ROOT = pathlib.Path(__file__).parents[2]
_DEMO = _ROOT / "demos" / "prompt_debugging.ipynb"
_EXPLAINED = (
    "Recommendation: You will",
    "Recommendation: You will",
    "Recommendation: Better pick",
    "Recommendation: Not suitable",
)
"""The explained text of each view, from top to bottom."""


@pytest.fixture(scope="module")
def page_of_demo(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the page that nbconvert writes after it ran the demo notebook."""
    folder = tmp_path_factory.mktemp("page")
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--to=html", "--execute", str(_DEMO)]
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    subprocess.run([*command, f"--output-dir={folder}"], env=environment, check=True)
    return (folder / "prompt_debugging.html").as_uri()


def _check_it_shows(view: View, explained: str) -> None:
    """Checks that a view shows heat and that its controls work."""
    view.wait_for_answer()
    expect(view.root.locator("seqsal-readout")).to_contain_text(explained, timeout=PATIENCE)
    assert any(view.heat())
    count = view.segments().count()
    view.choose("Words")
    expect(view.root.get_by_role("radio", name="Words", exact=True)).to_be_checked()
    assert view.segments().count() > count


def test_the_converted_notebook_shows_every_view_without_a_network(
    chromium: Browser, page_of_demo: str
) -> None:
    context = chromium.new_context(viewport={"width": 1300, "height": 900}, offline=True)
    page = context.new_page()
    page.goto(page_of_demo)
    frames = page.locator("iframe[title='Sequence Salience']")
    expect(frames).to_have_count(len(_EXPLAINED), timeout=PATIENCE)
    for i, explained in enumerate(_EXPLAINED):
        expect(frames.nth(i)).to_be_visible()
        _check_it_shows(View(frames.nth(i).content_frame.locator("seqsal-view")), explained)
    context.close()


def test_with_a_network_the_converted_notebook_shows_the_widgets_and_nothing_twice(
    chromium: Browser, page_of_demo: str, tmp_path: pathlib.Path
) -> None:
    context = chromium.new_context(viewport={"width": 1300, "height": 900})
    cdn = npm.Cdn(npm.fetched(tmp_path))
    context.route("**/*", cdn.answer)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(page_of_demo)
    # Only live views match: the saved ones are in frames.
    views = page.locator("seqsal-view")
    expect(views).to_have_count(len(_EXPLAINED), timeout=PATIENCE)
    # Two are in one row, which shares its display settings.
    rest = list(enumerate(_EXPLAINED))
    for i, explained in [*rest[:2], *rest[3:]]:
        _check_it_shows(View(views.nth(i)), explained)
    expect(views.nth(2).locator("seqsal-readout")).to_contain_text(_EXPLAINED[2])
    assert any(View(views.nth(2)).heat())
    saved = page.locator("iframe[title='Sequence Salience'], .seqsal-plain")
    assert saved.count() == 2 * len(_EXPLAINED)
    assert not any(each.is_visible() for each in saved.all())
    assert {address.split("@")[0] for address in cdn.answered if "anywidget" in address} == {
        "https://cdn.jsdelivr.net/npm/anywidget"
    }
    assert errors == []
    context.close()
