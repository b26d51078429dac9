"""The widget in a frame of another origin, similar to VS Code and Colab.

Both load its script with their own widget managers. Here Jupyter's HTMLManager, which has the same
base class as VS Code's manager, and anywidget's own script load it into a frame that may only run
scripts. The widget in Python and its protocol are real.
"""

import base64
import json
import pathlib
from collections.abc import Iterator
from typing import Any, Final

import comm
import pytest
from comm.base_comm import BaseComm, CommManager
from playwright.sync_api import Browser, Page, Route, expect

import seqsal
from seqsal.shared.resources import frontend_file
from tests.e2e import npm
from tests.e2e.salience_page import PATIENCE, View

_HOST: Final = "https://host.example"
_PROMPT: Final = "Taste-likes: Cheese\nTaste-dislikes: Can't eat eggs\nAnalysis:"
_ANSWER: Final = " A savoury tart with cheese and eggs.\nRecommendation: Avoid."

_OUTPUT: Final = """<!doctype html><meta charset="utf-8"><div id="output"></div>
<script src="REQUIRE"></script>
<script src="https://unpkg.com/@jupyter-widgets/html-manager@1.0.15/dist/libembed-amd.js"></script>
<script>
const buffer = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
requirejs(['@jupyter-widgets/html-manager'], ({ HTMLManager, requireLoader }) => {
  const comms = new Map();
  /** A comm whose other end is in Python. */
  class Comm {
    constructor(id) { this.comm_id = id; comms.set(id, this); }
    send(data) { window.toPython(JSON.stringify({ comm_id: this.comm_id, data })); return '1'; }
    on_msg(callback) { this.onMessage = callback; }
    on_close(callback) { this.onClose = callback; }
    close() {}
  }
  const manager = new HTMLManager({ loader: requireLoader });
  const hear = async ({ msg_type, comm_id, data, metadata, buffers }) => {
    const message = { content: { comm_id, data }, metadata, buffers: buffers.map(buffer) };
    if (msg_type === 'comm_open') await manager.handle_comm_open(new Comm(comm_id), message);
    else if (msg_type === 'comm_msg') await comms.get(comm_id)?.onMessage?.(message);
    else comms.get(comm_id)?.onClose?.(message);
  };
  const listen = async () => {
    for (const message of await window.fromPython()) await hear(message);
    setTimeout(listen, 30);
  };
  window.show = async (id) => {
    while (!manager.has_model(id)) await new Promise((rest) => setTimeout(rest, 30));
    const view = await manager.create_view(await manager.get_model(id));
    await manager.display_view(view, document.getElementById('output'));
  };
  listen();
});
</script>"""


class _Comm(BaseComm):
    """Python's end of a comm. The page fetches its messages."""

    def publish_msg(
        self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **_: Any
    ) -> None:
        messages_to_page.append(
            {
                "msg_type": msg_type,
                "comm_id": self.comm_id,
                "data": data or {},
                "metadata": metadata or {},
                "buffers": [base64.b64encode(each).decode() for each in buffers or []],
            }
        )


messages_to_page: list[dict[str, Any]] = []


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Iterator[CommManager]:
    """The comm manager of widgets, in place of a kernel."""
    manager = CommManager()
    messages_to_page.clear()
    monkeypatch.setattr(comm, "create_comm", lambda *args, **kwargs: _Comm(*args, **kwargs))
    monkeypatch.setattr(comm, "get_comm_manager", lambda: manager)
    yield manager


def _from_python() -> list[dict[str, Any]]:
    messages = messages_to_page[:]
    del messages_to_page[: len(messages)]
    return messages


def _to_python(manager: CommManager, text: str) -> None:
    message = json.loads(text)
    content = {"comm_id": message["comm_id"], "data": message["data"]}
    if found := manager.get_comm(message["comm_id"]):
        found.handle_msg({"content": content, "buffers": []})


@pytest.fixture
def page(chromium: Browser, kernel: CommManager, tmp_path: pathlib.Path) -> Iterator[Page]:
    """A page of a host with an output frame that may only run scripts."""
    cdn = npm.Cdn(npm.fetched(tmp_path))
    require = "https://cdnjs.cloudflare.com/ajax/libs/require.js/2.1.10/require.js"
    pages = {
        f"{_HOST}/": f"<iframe sandbox='allow-scripts' src='{_HOST}/output'"
        " style='width: 1400px; height: 700px'></iframe>",
        f"{_HOST}/output": _OUTPUT.replace("REQUIRE", require),
    }

    def answer(route: Route) -> None:
        shown = pages.get(route.request.url)
        if shown is None:
            cdn.answer(route)
        else:
            route.fulfill(body=shown, content_type="text/html")

    context = chromium.new_context(viewport={"width": 1500, "height": 800})
    context.route("**/*", answer)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.expose_function("fromPython", _from_python)
    page.expose_function("toPython", lambda text: _to_python(kernel, text))
    page.goto(f"{_HOST}/")
    yield page
    assert errors == []
    # The widget requests nothing: the host tries its own origin for anywidget, then a CDN.
    assert set(cdn.refused) == {f"{_HOST}/anywidget.js"}
    context.close()


def _show(page: Page, widget: Any) -> None:
    (frame,) = page.main_frame.child_frames
    frame.wait_for_function("window.show !== undefined", timeout=PATIENCE)
    assert frame.evaluate("self.origin") == "null"
    frame.evaluate("id => { void window.show(id); }", widget.model_id)  # Without waiting for it.


def _view(page: Page, index: int = 0) -> View:
    return View(page.frame_locator("iframe").locator("seqsal-view").nth(index))


def test_a_view_in_a_sandboxed_frame_synchronizes_with_python(page: Page) -> None:
    widget = seqsal.view("embedded:small", _PROMPT, _ANSWER)
    _show(page, widget)
    view = _view(page)
    view.wait_for_answer()
    assert not any(view.heat())
    view.explain(view.segment("target", "Recommendation"))
    assert any(view.heat())
    [(start, end)] = widget.selection
    assert (_PROMPT + _ANSWER)[start:end].strip() == "Recommendation: Avoid."
    assert all(len(scores) == len(widget.tokens) for scores in widget.scores.values())

    # The readout would show the segment under the pointer instead of the selection.
    page.mouse.move(500, 690)
    widget.selection, widget.granularity = "A savoury tart", "words"
    expect(view.root.locator("seqsal-readout")).to_contain_text("A savoury tart", timeout=PATIENCE)
    expect(view.root.get_by_role("radio", name="Words", exact=True)).to_be_checked()
    # A regular expression runs in a worker, which needs a workaround in a frame without an origin.
    view.choose("Custom")
    view.root.get_by_role("textbox", name="A match of").fill("[:,] *")
    first = " A savoury tart with cheese and eggs.\nRecommendation: "
    expect(view.segments("target").first).to_have_text(first, timeout=PATIENCE)
    widget.close()


def test_a_sandboxed_frame_shows_several_views(page: Page) -> None:
    other = ("embedded:small", _PROMPT + " ", _ANSWER)
    row = seqsal.compare([seqsal.view("embedded:small", _PROMPT, _ANSWER), other])
    _show(page, row)
    first, second = _view(page), _view(page, 1)
    for view in (first, second):
        view.wait_for_answer()
    first.choose("Words")
    expect(second.root.get_by_role("radio", name="Words", exact=True)).to_be_checked()
    first.explain(first.segments("target").last)
    assert any(first.heat()) and not any(second.heat())
    for widget in row.views:
        widget.close()


@pytest.mark.parametrize("way", ["data", "blob"])
def test_the_script_is_one_module_that_loads_from_any_url(chromium: Browser, way: str) -> None:
    page = chromium.new_page()
    requested: list[str] = []

    def refuse(route: Route) -> None:
        requested.append(route.request.url)
        route.abort()

    page.route("http*://**", refuse)
    page.set_content("<iframe sandbox='allow-scripts' srcdoc='<p>An output'></iframe>")
    (frame,) = page.main_frame.child_frames
    address = {
        "data": "'data:text/javascript;charset=utf-8,' + encodeURIComponent(text)",
        "blob": "URL.createObjectURL(new Blob([text], { type: 'text/javascript' }))",
    }[way]
    load = f"async (text) => Object.keys((await import({address})).default).sort()"
    assert frame.evaluate(load, frontend_file("seqsal-widget.js").read_text()) == [
        "initialize",
        "render",
    ]
    assert requested == []
    page.close()
