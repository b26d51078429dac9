"""The view in the cell of a real Notebook 7."""

import pathlib
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from tests.e2e.jupyter import NotebookPage, running_jupyter, write_notebook
from tests.e2e.salience_page import View

_VIEW = """
import seqsal
prompt, answer = "Taste-likes: Cheese\\nAnalysis:", " A savoury tart.\\nRecommendation: Avoid."
v = seqsal.view("embedded:small", prompt, answer)
v
"""
_COMPARE = 'row = seqsal.compare([v, ("embedded:small", prompt + " ", answer)])\nrow'
_PRINTS = "print(v.result.selected_text.strip(), row.views[1].granularity, sep=' | ')"


@pytest.fixture
def notebook_7(tmp_path: pathlib.Path) -> Iterator[str]:
    """The address of a Notebook 7 over the folder of the test."""
    with running_jupyter(tmp_path, "notebook") as address:
        yield address


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page whose errors fail the test, except for a known error of Notebook 7."""
    page = chromium.new_page(viewport={"width": 1600, "height": 900})
    errors: list[Error] = []
    page.on("pageerror", lambda error: errors.append(error))
    yield page
    page.close()
    assert [error.stack for error in errors if not _is_notebooks_own(error)] == []


def _is_notebooks_own(error: Error) -> bool:
    """Whether Notebook 7.6 raises this error at its start, which it does without widgets as well.

    Every frame of its stack is in Notebook's own script; scripts of widgets have other addresses.
    """
    places = re.findall(r"(?:http|blob|data)[^\s)]+", error.stack or "")
    own = [place for place in places if "/static/notebook/notebook_core." in place]
    return "reading 'schema'" in error.message and bool(places) and own == places


def test_single_and_side_by_side_views_synchronize_with_python(
    notebook_7: str, tmp_path: pathlib.Path, page: Page
) -> None:
    write_notebook(tmp_path / "small.ipynb", _VIEW, _COMPARE, _PRINTS)
    notebook = NotebookPage.in_notebook_7(page, notebook_7, "small.ipynb")
    notebook.run(0)
    alone = notebook.view(0)
    alone.wait_for_answer()
    alone.explain(alone.segment("target", "Recommendation"))
    assert any(alone.heat())
    notebook.run(1)
    first, second = (View(notebook.cell(1).locator("seqsal-view").nth(i)) for i in (0, 1))
    for view in (first, second):
        view.wait_for_answer()
    assert first.heat() == alone.heat()
    first.choose("Words")
    expect(second.root.get_by_role("radio", name="Words", exact=True)).to_be_checked()
    assert notebook.printed(2) == "Recommendation: Avoid. | words"
