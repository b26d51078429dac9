"""demos/prompt_debugging.ipynb runs, and its statements about the answers are true."""

import json
import pathlib
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = pathlib.Path(__file__).parents[2] / "demos" / "prompt_debugging.ipynb"
VARIABLES = """
import json
print("variables:", json.dumps({
    "mistake": mistake.target,
    "fixed": fixed.target,
    "principled": principled.target,
    "wrong_lines": wrong_lines.to_dict("records"),
    "corrected_lines": corrected_lines.to_dict("records"),
    "principled_lines": principled_lines.to_dict("records"),
    "view": [view.selection, {method: len(scores) for method, scores in view.scores.items()}],
    "state": [state.sequence, list(state.scores)],
    "widget": repr(widget),
}))
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> nbformat.NotebookNode:
    """The notebook with its outputs, and one more cell that prints its variables."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(VARIABLES))
    folder = tmp_path_factory.mktemp("elsewhere")
    client = NotebookClient(
        notebook, timeout=600, resources={"metadata": {"path": str(folder)}}, kernel_name="python3"
    )
    return client.execute()


@pytest.fixture(scope="module")
def variables(run: nbformat.NotebookNode) -> Any:
    """The values of the variables at the end."""
    texts = [output.get("text", "") for output in run.cells[-1].outputs]
    return json.loads("".join(texts).partition("variables: ")[2])


def _texts(lines: list[dict[str, Any]]) -> list[str]:
    return [line["text"].strip() for line in lines]


def test_it_is_saved_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert all(not cell.outputs for cell in notebook.cells if cell.cell_type == "code")


def test_one_line_chooses_the_model() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    source = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert source.count("embedded:") == 1
    assert 'MODEL = "google/gemma-2b-it"' in source


def test_the_analysis_names_the_conflict_and_the_recommendation_says_the_opposite(
    variables: Any,
) -> None:
    assert "It has eggs in it, which you cannot eat." in variables["mistake"]
    assert "Recommendation: You will enjoy it." in variables["mistake"]


def test_the_wrong_line_stands_out(variables: Any) -> None:
    first, second = variables["wrong_lines"][:2]
    assert first["text"].strip() == "Recommendation: You will enjoy it."
    assert first["share"] > 3 * second["share"]


def test_correcting_the_line_corrects_the_answer_and_that_line_is_the_strongest(
    variables: Any,
) -> None:
    assert "It has eggs in it, which you cannot eat." in variables["fixed"]
    assert "Recommendation: Better pick another dish." in variables["fixed"]
    first, second = variables["corrected_lines"][:2]
    assert first["text"].strip() == "Recommendation: Better pick another dish."
    assert first["share"] > 2 * second["share"]


def test_the_answer_follows_the_principles_and_the_right_one_has_a_small_share(
    variables: Any,
) -> None:
    answer = variables["principled"]
    assert "Recommendation: Not suitable for someone who cannot eat eggs." in answer
    assert len(answer.split("Recommendation")[0]) < len(
        variables["fixed"].split("Recommendation")[0]
    )
    lines = variables["principled_lines"]
    assert _texts(lines)[0] == "Taste-dislikes: Can't eat eggs"
    assert not any(text.startswith("Recommendation:") for text in _texts(lines)[:3])
    (principle,) = [line for line in lines if line["text"].startswith("* The recommendation")]
    assert principle["share"] < 0.1


def test_the_views_are_in_the_cells_and_their_figures_in_python(
    run: nbformat.NotebookNode, variables: Any
) -> None:
    shown = [
        cell.source
        for cell in run.cells
        if cell.cell_type == "code"
        and any(
            "application/vnd.jupyter.widget-view+json" in output.get("data", {})
            for output in cell.outputs
        )
    ]
    assert sum("seqsal.view" in source for source in shown) == 3
    ((start, end),), counts = variables["view"]
    assert start < end
    assert set(counts) == {"linearized", "grad_l2", "grad_dot_input"}


def test_the_page_is_in_its_cell_and_its_state_is_empty_before_a_click(
    run: nbformat.NotebookNode, variables: Any
) -> None:
    (cell,) = [cell for cell in run.cells if "widget.render" in cell.source]
    pages = [output.data.get("text/html", "") for output in cell.outputs if "data" in output]
    assert any("data-seqsal-page" in page for page in pages)
    assert variables["state"] == ["", []]
    assert variables["widget"] == "<Sequence Salience, stopped>"
