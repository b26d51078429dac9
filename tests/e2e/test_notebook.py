"""The view in the cell of a real JupyterLab."""

import json
import pathlib
import shutil
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.jupyter import (
    NotebookPage,
    add_code_cell,
    as_from_elsewhere,
    start_jupyter,
    write_notebook,
)
from tests.e2e.salience_page import PATIENCE, View

_DEMO = pathlib.Path(__file__).parents[2] / "demos" / "prompt_debugging.ipynb"
_THEMES = "@jupyterlab/apputils-extension/themes"
_PROMPT = (
    "Taste-likes: Cheese\nTaste-dislikes: Can't eat eggs\nSuggestion: Quiche Lorraine\nAnalysis:"
)
_ANSWER = " A savoury tart with cheese and eggs.\nRecommendation: Avoid."
_VIEW = f"""
import seqsal
model = seqsal.get_models(["small:embedded:small"])
v = seqsal.view(model, {_PROMPT!r}, {_ANSWER!r})
v
"""
_PRINTS = """
[(start, end)] = v.selection
of_its_tokens = all(len(scores) == len(v.tokens) for scores in v.scores.values())
text = (v.prompt + v.answer)[start:end].strip()
print(text, ", ".join(sorted(v.scores)), of_its_tokens, sep=" | ")
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return tmp_path_factory.mktemp("notebooks")


@pytest.fixture(scope="module")
def jupyter(folder: pathlib.Path) -> Iterator[str]:
    """A JupyterLab as it is installed."""
    yield from _running(folder, {})


@pytest.fixture(scope="module")
def dark_folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return tmp_path_factory.mktemp("dark")


@pytest.fixture(scope="module")
def dark(dark_folder: pathlib.Path) -> Iterator[str]:
    """A JupyterLab with its dark theme."""
    yield from _running(dark_folder, {_THEMES: {"theme": "JupyterLab Dark"}})


def _running(folder: pathlib.Path, settings: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    address, process = start_jupyter(folder, settings)
    yield address
    process.terminate()
    process.wait(timeout=60)
    assert process.stderr is not None
    process.stderr.close()


def test_a_click_in_the_cell_is_read_in_python_and_python_moves_the_page(
    jupyter: str, folder: pathlib.Path, browser_page: Page
) -> None:
    move = 'v.selection, v.granularity = "A savoury tart", "words"\nprint("moved")'
    write_notebook(folder / "two_way.ipynb", _VIEW, _PRINTS, move)
    notebook = NotebookPage(browser_page, jupyter, "two_way.ipynb")

    notebook.run(0)
    view = notebook.view(0)
    view.wait_for_answer()
    assert not any(view.heat())
    view.explain(view.segment("target", "Recommendation"))
    assert any(view.heat())
    assert notebook.printed(1) == "Recommendation: Avoid. | grad_dot_input, grad_l2 | True"

    assert notebook.printed(2) == "moved"
    expect(view.root.locator("seqsal-readout")).to_contain_text("A savoury tart", timeout=PATIENCE)
    words = view.root.get_by_role("radio", name="Words", exact=True)
    expect(words).to_be_checked()
    assert [view.segments().nth(i).inner_text().strip() for i in view.selected()] == [
        "A", "savoury", "tart"
    ]  # fmt: skip


def test_a_saved_notebook_shows_the_view_with_its_data_without_a_kernel(
    jupyter: str, folder: pathlib.Path, browser_page: Page
) -> None:
    write_notebook(folder / "saved.ipynb", _VIEW)
    notebook = NotebookPage(browser_page, jupyter, "saved.ipynb")
    notebook.run(0)
    live = notebook.view(0)
    live.wait_for_answer()
    live.explain(live.segment("target", "Recommendation"))
    heat = live.heat()
    # What the page has shown goes into the notebook after a second of rest.
    notebook.wait_for_saved_output(0, "Recommendation: Avoid.")
    expect(notebook.cell(0).locator("iframe")).to_be_hidden()
    notebook.save()

    foreign = as_from_elsewhere(folder / "saved.ipynb", trusted=False)
    plain = NotebookPage(browser_page, jupyter, foreign, kernel=False).cell(0)
    expect(plain.get_by_text("Taste-likes: Cheese").last).to_be_visible(timeout=PATIENCE)
    expect(plain.locator("iframe")).to_have_count(0)

    trusted = as_from_elsewhere(folder / "saved.ipynb", trusted=True)
    again = NotebookPage(browser_page, jupyter, trusted, kernel=False)
    saved = View(again.cell(0).frame_locator("iframe").locator("seqsal-view"))
    saved.wait_for_answer()
    expect(saved.root.locator("seqsal-readout")).to_contain_text("Recommendation", timeout=PATIENCE)
    assert saved.heat() == heat
    saved.choose("Words")
    saved.segment("target", "cheese").click()
    expect(saved.root.locator("seqsal-status")).to_contain_text(["not among them"])


def test_the_demo_notebook_shows_its_heatmap_and_is_read_back_after_a_click(
    jupyter: str, folder: pathlib.Path, browser_page: Page
) -> None:
    path = folder / _DEMO.name
    shutil.copy(_DEMO, path)
    reads = add_code_cell(path, _PRINTS.replace("v.", "view."))
    cells = json.loads(path.read_text())["cells"]
    code = [i for i, cell in enumerate(cells) if cell["cell_type"] == "code"]
    shown = next(i for i in code if "seqsal.view(" in "".join(cells[i]["source"]))
    notebook = NotebookPage(browser_page, jupyter, path.name)
    for index in code[: code.index(shown) + 1]:
        notebook.run(index)

    view = notebook.view(shown)
    view.wait_for_answer()
    expect(view.root.locator("seqsal-readout")).to_contain_text("Recommendation", timeout=PATIENCE)
    view.wait_for_heat()
    assert any(view.heat())
    view.explain(view.segment("target", "It has eggs in it"))
    assert notebook.printed(reads) == (
        "It has eggs in it, which you cannot eat. | grad_dot_input, grad_l2 | True"
    )


def test_views_side_by_side_share_their_display_in_a_dark_notebook(
    dark: str, dark_folder: pathlib.Path, browser_page: Page
) -> None:
    compare = f"""
import seqsal
row = seqsal.compare([{_PROMPT!r}, {_PROMPT.replace("Cheese", "Eggs")!r}], model="embedded:small")
row
"""
    select = 'for v in row.views: v.selection = "Recommendation"\nprint(len(row.views))'
    write_notebook(dark_folder / "compare.ipynb", compare, select)
    notebook = NotebookPage(browser_page, dark, "compare.ipynb")
    notebook.run(0)
    first, second = (View(notebook.cell(0).locator("seqsal-view").nth(i)) for i in (0, 1))
    for view in (first, second):
        view.wait_for_answer()
        expect(view.root).to_have_attribute("theme", "dark")
    assert _top(first) == _top(second)

    first.choose("Words")
    expect(second.root.get_by_role("radio", name="Words", exact=True)).to_be_checked()

    browser_page.set_viewport_size({"width": 700, "height": 900})
    expect(first.root).to_be_visible()
    browser_page.wait_for_function(
        """([a, b]) => a.getBoundingClientRect().bottom <= b.getBoundingClientRect().top""",
        arg=[first.root.element_handle(), second.root.element_handle()],
    )


def test_keys_in_the_view_are_not_shortcuts_of_the_notebook(
    jupyter: str, folder: pathlib.Path, browser_page: Page
) -> None:
    write_notebook(folder / "keys.ipynb", _VIEW, "print(1)")
    notebook = NotebookPage(browser_page, jupyter, "keys.ipynb")
    notebook.run(0)
    view = notebook.view(0)
    view.wait_for_answer()
    view.explain(view.segment("target", "Recommendation"))
    for key in ("d", "d", "x", "a", "b", "m", "ArrowUp"):
        browser_page.keyboard.press(key)
    expect(notebook.page.locator(".jp-Notebook .jp-CodeCell")).to_have_count(2)
    # The fence is for plain keys: with Ctrl, the notebook's own work as everywhere.
    notebook.save()


def _top(view: View) -> float:
    box = view.root.bounding_box()
    assert box is not None
    return box["y"]
