"""The view in the cell of a real JupyterLab."""

import json
import pathlib
import shutil

from playwright.sync_api import Page, expect

from tests.e2e.jupyter import Jupyter, NotebookPage, add_code_cell, as_from_elsewhere
from tests.e2e.salience_page import PATIENCE, View

_DEMO = pathlib.Path(__file__).parents[2] / "demos" / "prompt_debugging.ipynb"
_PROMPT = (
    "Taste-likes: Cheese\nTaste-dislikes: Can't eat eggs\nSuggestion: Quiche Lorraine\nAnalysis:"
)
_NOTES = (
    "Marta keeps bees. The library closes at six. Jonas teaches the violin. The ferry leaves from"
    " pier four. Ida paints landscapes. Peter repairs clocks."
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


def test_a_click_updates_python_and_python_updates_the_view(
    jupyter: Jupyter, browser_page: Page
) -> None:
    move = 'v.selection, v.granularity = "A savoury tart", "words"\nprint("moved")'
    notebook = jupyter.open(browser_page, "two_way.ipynb", _VIEW, _PRINTS, move)

    notebook.run(0)
    view = notebook.view(0)
    view.wait_for_answer()
    assert not any(view.heat())
    view.explain(view.segment("target", "Recommendation"))
    assert any(view.heat())
    methods = "grad_dot_input, grad_l2, linearized"
    assert notebook.printed(1) == f"Recommendation: Avoid. | {methods} | True"

    assert notebook.printed(2) == "moved"
    expect(view.root.locator("seqsal-readout")).to_contain_text("A savoury tart", timeout=PATIENCE)
    words = view.root.get_by_role("radio", name="Words", exact=True)
    expect(words).to_be_checked()
    assert [view.segments().nth(i).inner_text().strip() for i in view.selected()] == [
        "A", "savoury", "tart"
    ]  # fmt: skip


def test_a_real_model_answers_messages_in_a_cell(
    jupyter: Jupyter, browser_page: Page, smollm2: pathlib.Path
) -> None:
    messages = [{"role": "user", "content": f"{_NOTES}\n\nWho repairs clocks?"}]
    cell = f"import seqsal\nv = seqsal.view({str(smollm2)!r}, messages={messages!r})\nv"
    strongest = (
        'segments = v.result.segments("sentences")\n'
        "print(max(segments, key=lambda each: each.score).text.strip())"
    )
    notebook = jupyter.open(browser_page, "real.ipynb", cell, strongest)
    notebook.run(0)
    view = notebook.view(0)
    view.wait_for_answer()
    view.choose("Sentences")
    expect(view.segments("target").last).to_contain_text("Peter")
    view.explain(view.segments("target").last)
    assert view.strongest(1) == ["Peter repairs clocks."]
    assert notebook.printed(1) == "Peter repairs clocks."


def test_a_saved_notebook_shows_the_view_with_its_data_without_a_kernel(
    jupyter: Jupyter, browser_page: Page
) -> None:
    notebook = jupyter.open(browser_page, "saved.ipynb", _VIEW)
    notebook.run(0)
    live = notebook.view(0)
    live.wait_for_answer()
    live.explain(live.segment("target", "Recommendation"))
    heat = live.heat()
    # The view sends its state to the notebook after a second without changes.
    notebook.wait_for_saved_output(0, "Recommendation: Avoid.")
    expect(notebook.cell(0).locator("iframe")).to_be_hidden()
    notebook.save()

    foreign = as_from_elsewhere(jupyter.folder / "saved.ipynb", trusted=False)
    plain = NotebookPage(browser_page, jupyter.address, foreign, kernel=False).cell(0)
    expect(plain.get_by_text("Taste-likes: Cheese").last).to_be_visible(timeout=PATIENCE)
    expect(plain.locator("iframe")).to_have_count(0)

    trusted = as_from_elsewhere(jupyter.folder / "saved.ipynb", trusted=True)
    again = NotebookPage(browser_page, jupyter.address, trusted, kernel=False)
    saved = View(again.cell(0).frame_locator("iframe").locator("seqsal-view"))
    saved.wait_for_answer()
    expect(saved.root.locator("seqsal-readout")).to_contain_text("Recommendation", timeout=PATIENCE)
    assert saved.heat() == heat
    saved.choose("Words")
    saved.segment("target", "cheese").click()
    expect(saved.root.locator("seqsal-status")).to_contain_text(["but not of this one"])


def test_the_demo_notebook_shows_its_heatmap_and_python_reads_the_scores_of_a_click(
    jupyter: Jupyter, browser_page: Page
) -> None:
    path = jupyter.folder / _DEMO.name
    shutil.copy(_DEMO, path)
    prints = _PRINTS.replace("v.", "view.")
    reads = add_code_cell(path, f'{prints}print(view.scores["grad_l2"].sum() > 0)')
    cells = json.loads(path.read_text())["cells"]
    code = [i for i, cell in enumerate(cells) if cell["cell_type"] == "code"]
    shown = next(i for i in code if "seqsal.view(" in "".join(cells[i]["source"]))
    notebook = jupyter.open_file(browser_page, path.name)
    for index in code[: code.index(shown) + 1]:
        notebook.run(index)

    view = notebook.view(shown)
    view.wait_for_answer()
    expect(view.root.locator("seqsal-readout")).to_contain_text("Recommendation", timeout=PATIENCE)
    view.wait_for_heat()
    assert any(view.heat())
    view.choose("Grad L2")  # It has no sign: nearly all segments have some heat.
    view.wait_for_heat()
    assert sum(view.heat()) > 10
    view.explain(view.segment("target", "It has eggs in it"))
    assert notebook.printed(reads).splitlines() == [
        "It has eggs in it, which you cannot eat. | grad_dot_input, grad_l2, linearized | True",
        "True",
    ]


def test_views_side_by_side_share_their_display_settings_in_the_dark_theme(
    jupyter: Jupyter, browser_page: Page
) -> None:
    compare = f"""
import seqsal
row = seqsal.compare([{_PROMPT!r}, {_PROMPT.replace("Cheese", "Eggs")!r}], model="embedded:small")
row
"""
    select = 'for v in row.views: v.selection = "Recommendation"\nprint(len(row.views))'
    with jupyter.dark_theme():
        notebook = jupyter.open(browser_page, "compare.ipynb", compare, select)
    notebook.run(0)
    first, second = (View(notebook.cell(0).locator("seqsal-view").nth(i)) for i in (0, 1))
    for view in (first, second):
        view.wait_for_answer()
        expect(view.root).to_have_attribute("theme", "dark")
    assert _top(first) == _top(second)

    first.choose("Words")
    expect(second.root.get_by_role("radio", name="Words", exact=True)).to_be_checked()
    # Both say what the other one does not have.
    for view, other in ((first, "right"), (second, "left")):
        changes = view.root.locator("seqsal-changes")
        expect(changes).to_contain_text(f"Against the {other} text", timeout=PATIENCE)

    browser_page.set_viewport_size({"width": 700, "height": 900})
    expect(first.root).to_be_visible()
    browser_page.wait_for_function(
        """([a, b]) => a.getBoundingClientRect().bottom <= b.getBoundingClientRect().top""",
        arg=[first.root.element_handle(), second.root.element_handle()],
    )


def test_keys_in_the_view_do_not_trigger_shortcuts_of_the_notebook(
    jupyter: Jupyter, browser_page: Page
) -> None:
    notebook = jupyter.open(browser_page, "keys.ipynb", _VIEW, "print(1)")
    notebook.run(0)
    view = notebook.view(0)
    view.wait_for_answer()
    view.explain(view.segment("target", "Recommendation"))
    for key in ("d", "d", "x", "a", "b", "m", "ArrowUp"):
        browser_page.keyboard.press(key)
    expect(notebook.page.locator(".jp-Notebook .jp-CodeCell")).to_have_count(2)
    # Shortcuts with Ctrl still work.
    notebook.save()


def test_a_prompt_is_changed_in_a_cell_next_to_the_one_before(
    jupyter: Jupyter, browser_page: Page
) -> None:
    cell = f"""
import seqsal
v = seqsal.view("embedded:small", {_PROMPT!r}, height=640)
v
"""
    reads = 'print(v.prompt.count("Fish"), len(v.trail), bool(v.selection))'
    python = 'v.edit("eggs", "milk"); print(len(v.trail), "milk" in v.trail[-1].prompt)'
    back = "v.revert(); print(v.prompt.split()[1])"
    notebook = jupyter.open(browser_page, "edits.ipynb", cell, reads, python, back)
    notebook.run(0)
    view = notebook.view(0)
    view.wait_for_answer()
    view.choose("Lines")
    view.explain(view.segments("target").last)
    view.segment("prompt", "Taste-likes").dblclick()
    view.root.locator("seqsal-text .field").wait_for(timeout=PATIENCE)
    browser_page.keyboard.press("Control+a")
    browser_page.keyboard.type("Taste-likes: Fish")
    browser_page.keyboard.press("Control+Enter")
    views = notebook.cell(0).locator("seqsal-view")
    expect(views).to_have_count(2, timeout=PATIENCE)
    browser_page.mouse.move(0, 0)
    before, after = (View(views.nth(i)) for i in (0, 1))
    for side in (before, after):
        side.wait_for_heat()
    assert "Cheese" in before.text("prompt")
    assert "Fish" in after.text("prompt")
    changes = after.root.locator("seqsal-changes")
    expect(changes).to_contain_text("Against the previous text")
    after.root.get_by_role("radio", name="Difference").check(force=True)
    expect(before.root.get_by_role("radio", name="Difference")).to_be_checked(timeout=PATIENCE)
    tries = after.root.locator("seqsal-trail").get_by_role("treeitem")
    expect(tries).to_have_count(2, timeout=PATIENCE)
    expect(tries.nth(1)).to_contain_text("“Cheese” → “Fish”")
    # Python follows the page, and the selection that was found again.
    assert notebook.printed(1) == "1 2 True"

    # The page follows Python.
    notebook.cell(0).get_by_role("button", name="End the comparison").click()
    expect(views).to_have_count(1)
    assert notebook.printed(2) == "3 True"
    view = notebook.view(0)
    tries = view.root.locator("seqsal-trail").get_by_role("treeitem")
    expect(tries).to_have_count(3, timeout=PATIENCE)
    expect(view.root.locator("seqsal-text .prompt")).to_contain_text("milk", timeout=PATIENCE)
    view.wait_for_heat()  # The question stayed asked.
    assert notebook.printed(3) == "Fish"
    expect(view.root.locator("seqsal-text .prompt")).to_contain_text("eggs", timeout=PATIENCE)


def _top(view: View) -> float:
    box = view.root.bounding_box()
    assert box is not None
    return box["y"]
