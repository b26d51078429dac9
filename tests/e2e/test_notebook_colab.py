"""The whole page as Colab shows it: in a frame whose way to the kernel Colab alone knows.

Colab itself can not be run here. Its output frames have an origin of their own, and a script of
Colab in them gives the address that leads to a port, which lets frames through and no requests.
"""

import json
import urllib.parse
from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

import seqsal
from seqsal.notebook.page.page import NotebookWidget
from tests.e2e.salience_page import PATIENCE, View

_NOTEBOOK: Final = "https://colab.research.google.com"
_OUTPUT: Final = "https://abc-colab.googleusercontent.com"
_PORT: Final = "https://xyz-%d-colab.googleusercontent.com"
_COLABS: Final = """<!doctype html><meta charset="utf-8"><script>
window.google = { colab: { kernel: { proxyPort: async (port, options) => {
  window.asked = [port, options];
  return `PORT`.replace('%d', port);
} } } };
</script>"""


@pytest.fixture
def widget(monkeypatch: pytest.MonkeyPatch) -> Iterator[NotebookWidget]:
    """A widget that was made in a kernel of Colab's."""
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release-colab-external")
    made = seqsal.make_notebook_widget(["sample_prompts"], ["tiny:embedded:tiny"], data_dir="off")
    yield made
    made.stop()


@pytest.fixture
def page(chromium: Browser, widget: NotebookWidget) -> Iterator[Page]:
    """A page of Colab with the widget in an output."""
    port = _PORT % widget.port
    shown = {
        f"{_NOTEBOOK}/": f"<iframe sandbox='allow-scripts allow-same-origin' src='{_OUTPUT}/'"
        " style='width: 1400px; height: 850px'></iframe>",
        f"{_OUTPUT}/": _COLABS.replace("PORT", _PORT) + widget.html(800, new_tab=True),
    }

    def answer(route: Route) -> None:
        request = route.request
        if request.url in shown:
            route.fulfill(body=shown[request.url], content_type="text/html")
        elif request.url.startswith(port) and not _is_fetched_by_the_output(request):
            address = f"http://127.0.0.1:{widget.port}{request.url.removeprefix(port)}"
            # Colab's proxy asks under its own name.
            named = {**request.headers, "host": urllib.parse.urlsplit(port).netloc}
            route.fulfill(response=route.fetch(url=address, headers=named))
        else:
            route.abort()

    context = chromium.new_context(viewport={"width": 1500, "height": 900})
    context.route("**/*", answer)
    page = context.new_page()
    page.goto(f"{_NOTEBOOK}/")
    yield page
    context.unroute_all(behavior="ignoreErrors")  # The page goes on asking.
    context.close()


def _is_fetched_by_the_output(request: Request) -> bool:
    return request.frame.url.startswith(_OUTPUT) and not request.is_navigation_request()


def test_the_page_is_shown_through_colabs_own_way_to_the_port(
    page: Page, widget: NotebookWidget
) -> None:
    output = page.frame_locator("iframe")
    frame = output.locator("iframe")
    expect(frame).to_have_attribute("title", "Sequence Salience", timeout=PATIENCE)
    address = frame.get_attribute("src")
    assert address is not None and address.startswith(f"{_PORT % widget.port}/")
    asked = page.main_frame.child_frames[0].evaluate("JSON.stringify(window.asked)")
    assert json.loads(asked) == [widget.port, {"cache": True}]
    # A tab of its own could not come through: there is a frame though one was asked for.
    assert output.get_by_role("link").count() == 0

    inner = output.frame_locator("iframe")
    inner.locator("lit-data-table").get_by_text("fewshot-fixed", exact=True).first.click(
        timeout=PATIENCE
    )
    view = View(inner.locator("seqsal-module").first)
    view.wait_for_answer()
    view.explain(view.segments("target").last)
    assert any(view.heat())
    page.wait_for_timeout(1000)  # The page tells after a moment of rest.
    assert any(scores.any() for scores in widget.ui_state.scores.values())
