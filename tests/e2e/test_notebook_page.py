"""The whole page in a notebook's cell, in a real JupyterLab."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from playwright.sync_api import Browser, ConsoleMessage, FrameLocator, Page, expect

import seqsal
from tests.e2e.jupyter import Jupyter, NotebookPage
from tests.e2e.salience_page import PATIENCE, View, sends_scores

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


def _frame(notebook: NotebookPage, cell: int) -> FrameLocator:
    frame = notebook.cell(cell).frame_locator("iframe")
    frame.locator("seqsal-module").first.wait_for(timeout=PATIENCE)
    return frame


def _explain_recommendation(frame: FrameLocator) -> str:
    """Clicks the recommendation in the answer; returns the answer."""
    view = View(frame.locator("seqsal-module").first)
    view.wait_for_answer()
    with frame.locator("body").page.expect_response(sends_scores, timeout=PATIENCE):
        view.explain(view.segment("target", "Recommendation"))
    return view.text("target").strip()


def test_the_page_in_a_cell_sends_its_selection_to_python(
    jupyter: Jupyter, browser_page: Page
) -> None:
    show = "widget.render(height=700)"
    notebook = jupyter.open(browser_page, "page.ipynb", MAKE, STATE, show, STATE)
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
    assert set(state["scores"]) == {"linearized"}  # The family of the shown method.
    assert all(mass != 0 for _, mass in state["scores"].values())


def test_the_page_of_an_unreachable_port_is_loaded_through_the_proxy_of_jupyter(
    jupyter: Jupyter, browser_page: Page
) -> None:
    data = "[{'prompt': 'A prompt of mine.', 'target': 'And its target.'}]"
    show = f"widget.render(500, data={data}, layout='top_bottom')"
    notebook = jupyter.open(browser_page, "proxy.ipynb", MAKE, show, STATE, "print(widget.port)")
    notebook.run(0)
    port = notebook.printed(3)
    address = jupyter.address
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
    assert frame.locator("simple-data-table-module").count() == 1  # Only this layout has it.
    assert json.loads(notebook.printed(2))["source"] == "notebook"


def test_the_page_opens_in_a_new_tab(jupyter: Jupyter, browser_page: Page) -> None:
    show = "widget.render(open_in_new_tab=True)"
    notebook = jupyter.open(browser_page, "tab.ipynb", MAKE, show)
    notebook.run(0)
    with browser_page.context.expect_page() as opened:
        notebook.run(1)
    opened.value.locator("seqsal-module").first.wait_for(timeout=PATIENCE)
    expect(notebook.cell(1).get_by_role("link")).to_contain_text("in a new tab")
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


def _is_refusal(message: ConsoleMessage) -> bool:
    return "frame-ancestors" in message.text


def test_another_site_cannot_show_the_page_in_a_frame(chromium: Browser) -> None:
    widget = seqsal.make_notebook_widget(models_config=[], data_dir="off")
    _Evil.frame = widget.url
    with ThreadingHTTPServer(("127.0.0.1", 0), _Evil) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        page = chromium.new_page()
        messages: list[str] = []
        page.on("console", lambda message: messages.append(message.text))
        shown = page.frame_locator("iframe").locator("lit-app")
        with page.expect_console_message(_is_refusal, timeout=PATIENCE):
            page.goto(f"http://evil.localhost:{other.server_port}/")
        expect(shown).to_have_count(0)
        messages.clear()
        page.goto(f"http://localhost:{other.server_port}/")
        expect(shown).to_have_count(1, timeout=PATIENCE)
        assert not any("frame-ancestors" in text for text in messages), messages
        page.close()
        other.shutdown()
    widget.stop()
