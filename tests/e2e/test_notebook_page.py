"""The whole page in a notebook's cell, in a real JupyterLab."""

import json
import pathlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from playwright.sync_api import Browser, FrameLocator, Page, expect

import seqsal
from tests.e2e.jupyter import NotebookPage, write_notebook
from tests.e2e.salience_page import PATIENCE, View

MAKE = """\
import json, seqsal
widget = seqsal.make_notebook_widget(["sample_prompts"], ["demo:embedded:small"])"""
STATE = """\
state = widget.ui_state
table = state.to_pandas()
print(json.dumps({
    "source": state.primary and state.primary["source"],
    "examples": len(state.examples),
    "sequence": state.sequence,
    "selection": state.selection,
    "scores": {method: [len(each), each.sum().item()] for method, each in state.scores.items()},
    "selected": [] if table.empty else table[table["selected"]]["text"].tolist(),
}))"""
DEMO = pathlib.Path(__file__).parents[2] / "demos" / "prompt_debugging.ipynb"
Jupyter = tuple[str, pathlib.Path]


def _open(jupyter: Jupyter, page: Page, name: str, *cells: str) -> NotebookPage:
    address, folder = jupyter
    write_notebook(folder / name, *cells)
    return NotebookPage(page, address, name)


def _frame(notebook: NotebookPage, cell: int) -> FrameLocator:
    frame = notebook.cell(cell).frame_locator("iframe")
    frame.locator("seqsal-module").first.wait_for(timeout=PATIENCE)
    return frame


def _explain_recommendation(frame: FrameLocator) -> str:
    """Clicks the recommendation in the answer; returns the answer."""
    view = View(frame.locator("seqsal-module").first)
    view.wait_for_answer()
    view.explain(view.segment("target", "Recommendation"))
    frame.locator("body").page.wait_for_timeout(1000)  # The page tells after a moment of rest.
    return view.text("target").strip()


def test_the_page_in_a_cell_tells_python_what_is_selected(
    jupyter: Jupyter, browser_page: Page
) -> None:
    show = "widget.render(height=700)"
    notebook = _open(jupyter, browser_page, "page.ipynb", MAKE, STATE, show, STATE)
    notebook.run(0)
    expect(notebook.cell(0)).not_to_contain_text("Traceback")
    assert json.loads(notebook.printed(1)) == {
        "source": None,
        "examples": 0,
        "sequence": "",
        "selection": [],
        "scores": {},
        "selected": [],
    }
    notebook.run(2)
    frame = _frame(notebook, 2)
    address = notebook.cell(2).locator("iframe").get_attribute("src")
    assert address is not None and address.startswith("http://127.0.0.1:")
    frame.locator("lit-data-table").get_by_text("fewshot-fixed", exact=True).first.click()
    answer = _explain_recommendation(frame)
    state = json.loads(notebook.printed(3))
    assert state["source"] == "fewshot-fixed"
    assert state["examples"] == 1
    assert state["sequence"].strip() == answer
    assert "".join(state["selected"]) == answer[answer.index("Recommendation") :]
    ((start, end),) = state["selection"]
    assert end - start == len(state["selected"])
    counts = {count for count, _ in state["scores"].values()}
    assert counts == {end}  # The answer ends with the selection.
    assert set(state["scores"]) == {"grad_l2", "grad_dot_input"}
    assert all(mass != 0 for _, mass in state["scores"].values())


def test_where_the_port_is_out_of_reach_the_page_comes_through_the_proxy_of_jupyter(
    jupyter: Jupyter, browser_page: Page
) -> None:
    data = "[{'prompt': 'A prompt of mine.', 'target': 'And its target.'}]"
    show = f"widget.render(500, data={data}, layout='top_bottom')"
    notebook = _open(jupyter, browser_page, "proxy.ipynb", MAKE, show, STATE, "print(widget.port)")
    notebook.run(0)
    port = notebook.printed(3)
    address, _ = jupyter
    blocked = [f"http://127.0.0.1:{port}/**", f"{address}proxy/{port}/**"]
    for pattern in blocked:
        browser_page.route(pattern, lambda route: route.abort())
    notebook.run(1)
    cell = notebook.cell(1)
    expect(cell).to_contain_text("pip install jupyter-server-proxy", timeout=PATIENCE)
    expect(cell).to_contain_text(f"ssh -L {port}:127.0.0.1:{port}")
    assert cell.locator("iframe").count() == 0

    browser_page.unroute(blocked[1])
    cell.get_by_role("button", name="Try again").click()
    frame = _frame(notebook, 1)
    shown = cell.locator("iframe")
    assert str(shown.get_attribute("src")).startswith(f"{address}proxy/{port}/")
    assert shown.evaluate("frame => frame.clientHeight") == 500
    expect(frame.locator("seqsal-text .prompt")).to_contain_text("A prompt of mine.")
    assert frame.locator("simple-data-table-module").count() == 1  # Of this layout alone.
    assert json.loads(notebook.printed(2))["source"] == "notebook"


def test_a_tab_of_its_own_shows_the_page(jupyter: Jupyter, browser_page: Page) -> None:
    show = "widget.render(open_in_new_tab=True)"
    notebook = _open(jupyter, browser_page, "tab.ipynb", MAKE, show)
    notebook.run(0)
    with browser_page.context.expect_page() as opened:
        notebook.run(1)
    opened.value.locator("seqsal-module").first.wait_for(timeout=PATIENCE)
    expect(notebook.cell(1).get_by_role("link")).to_contain_text("in a tab of its own")
    assert notebook.cell(1).locator("iframe").count() == 0


class _Evil(BaseHTTPRequestHandler):
    frame = ""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(f"<iframe src='{self.frame}'></iframe>".encode())

    def log_message(self, *_: object) -> None:
        pass


def test_the_page_of_another_site_can_not_show_it_in_a_frame(chromium: Browser) -> None:
    widget = seqsal.make_notebook_widget(models_config=[], data_dir="off")
    _Evil.frame = widget.url
    with ThreadingHTTPServer(("127.0.0.1", 0), _Evil) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        page = chromium.new_page()
        told: list[str] = []
        page.on("console", lambda message: told.append(message.text))
        for name, refused in (("evil.localhost", True), ("localhost", False)):
            told.clear()
            page.goto(f"http://{name}:{other.server_port}/")
            page.wait_for_timeout(2000)
            assert any("frame-ancestors" in text for text in told) == refused, told
            shown = page.frame_locator("iframe").locator("lit-app")
            assert shown.count() == (0 if refused else 1)
        page.close()
        other.shutdown()
    widget.stop()


def test_the_demo_shows_the_heat_in_its_cell_and_python_has_the_scores_of_a_click(
    jupyter: Jupyter, browser_page: Page
) -> None:
    address, folder = jupyter
    cells = json.loads(DEMO.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    last = next(i for i, source in enumerate(sources) if source.endswith("\nview"))
    told = "print(json.dumps([view.result.selected_text, view.scores['grad_l2'].sum().item()]))"
    write_notebook(folder / "demo.ipynb", *sources[: last + 1], f"import json\n{told}")
    notebook = NotebookPage(browser_page, address, "demo.ipynb")
    for index in range(last + 1):
        notebook.run(index)
    view = notebook.view(last)
    view.wait_for_answer()
    view.wait_for_heat()
    assert sum(view.heat()) > 10
    view.explain(view.segment("target", "It has eggs"))
    browser_page.wait_for_timeout(1000)
    text, mass = json.loads(notebook.printed(last + 1))
    assert text.strip() == "It has eggs in it, which you cannot eat."
    assert mass > 0
