"""Views in a real kernel of a notebook that runs unattended."""

from html import unescape
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

_VIEW = """
import seqsal
prompt, target = "Taste-likes: Cheese\\nAnalysis:", " A tart.\\nAvoid."
view = seqsal.view("embedded:small", prompt, target, height=300)
view
"""
_SELECT = """
view.selection = "Avoid."
print(sorted(view.scores), all(len(scores) == len(view.tokens) for scores in view.scores.values()))
"""


@pytest.fixture(scope="module")
def notebook() -> Any:
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in (_VIEW, _SELECT)]
    )
    client = NotebookClient(made, timeout=300, kernel_name="python3")
    return client.execute()


def _outputs(notebook: Any, cell: int, mime: str) -> list[Any]:
    return [
        out["data"][mime] for out in notebook.cells[cell].outputs if mime in out.get("data", {})
    ]


def test_scores_are_available_in_the_cell_that_selects(notebook: Any) -> None:
    assert (
        notebook.cells[1].outputs[0]["text"] == "['grad_dot_input', 'grad_l2', 'linearized'] True\n"
    )


def test_the_saved_widget_state_contains_the_result(notebook: Any) -> None:
    shown = _outputs(notebook, 0, "application/vnd.jupyter.widget-view+json")[-1]
    states = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    state = states[shown["model_id"]]["state"]
    assert state["_saved"]["format"] == "seqsal-salience" and state["_saved"]["selected"]
    assert "seqsal-view" in state["_esm"] and state["_height"] == 300


def test_a_reader_without_widgets_finds_the_page_and_the_coloured_text(notebook: Any) -> None:
    html = _outputs(notebook, 0, "text/html")[-1]
    assert "seqsal-result" in html and "explained: Avoid." in html


@pytest.fixture(scope="module")
def unread() -> Any:
    """A notebook whose cells create and change views without reading their scores."""
    change = 'view.selection, view.granularity = "A tart.", "words"'
    more = 'seqsal.compare([view, ("embedded:small", prompt + " ", target)])'
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in (_VIEW, change, more)]
    )
    return NotebookClient(made, timeout=300, kernel_name="python3").execute()


def test_unread_views_are_saved_when_a_notebook_runs_unattended(unread: Any) -> None:
    (html,) = _outputs(unread, 0, "text/html")
    assert "explained: A tart." in html and '"granularity":"words"' in unescape(html)
    outputs = _outputs(unread, 2, "text/html")
    assert len(outputs) == 2 and all("seqsal-plain" in output for output in outputs)
    (row,) = _outputs(unread, 2, "application/vnd.jupyter.widget-view+json")
    states = unread.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    views = [name.removeprefix("IPY_MODEL_") for name in states[row["model_id"]]["state"]["_views"]]
    saved = [states[view]["state"]["_saved"] for view in views]
    assert [each["view"]["granularity"] for each in saved] == ["words", "words"]
