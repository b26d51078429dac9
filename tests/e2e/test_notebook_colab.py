"""The whole page as Colab shows it: in a frame that reaches the kernel by a proxy of Colab.

The test imitates Colab. Its output frames have their own origin. A script of Colab in them returns
the address of the proxy for a port. The proxy serves frames and rejects requests of the output.
"""

import json
import urllib.parse
from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

import seqsal
from seqsal.notebook.page.page import NotebookWidget
from tests.e2e.salience_page import PATIENCE, View, sends_scores

_NOTEBOOK: Final = "https://colab.research.google.com"
_OUTPUT: Final = "https://abc-colab.googleusercontent.com"
_PORT: Final = "https://xyz-%d-colab.googleusercontent.com"
_COLABS: Final = """<!doctype html><meta charset="utf-8"><script>
window.google = { colab: { kernel: { proxyPort: async (port, options) => {
  window.requested = [port, options];
  return `PORT`.replace('%d', port);
} } } };
</script>"""


@pytest.fixture
def widget(monkeypatch: pytest.MonkeyPatch) -> Iterator[NotebookWidget]:
    """A widget in a kernel of Colab."""
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
            # Colab's proxy sends its own host name.
            named = {**request.headers, "host": urllib.parse.urlsplit(port).netloc}
            route.fulfill(response=route.fetch(url=address, headers=named))
        else:
            route.abort()

    context = chromium.new_context(viewport={"width": 1500, "height": 900})
    context.route("**/*", answer)
    page = context.new_page()
    page.goto(f"{_NOTEBOOK}/")
    yield page
    context.unroute_all(behavior="ignoreErrors")  # The page still sends requests.
    context.close()


def _is_fetched_by_the_output(request: Request) -> bool:
    return request.frame.url.startswith(_OUTPUT) and not request.is_navigation_request()


def test_the_page_is_loaded_through_colabs_port_proxy(page: Page, widget: NotebookWidget) -> None:
    output = page.frame_locator("iframe")
    frame = output.locator("iframe")
    expect(frame).to_have_attribute("title", "Sequence Salience", timeout=PATIENCE)
    address = frame.get_attribute("src")
    assert address is not None and address.startswith(f"{_PORT % widget.port}/")
    requested = page.main_frame.child_frames[0].evaluate("JSON.stringify(window.requested)")
    assert json.loads(requested) == [widget.port, {"cache": True}]
    # A new tab could not use the proxy, so there is a frame although new_tab is set.
    assert output.get_by_role("link").count() == 0

    inner = output.frame_locator("iframe")
    inner.locator("lit-data-table").get_by_text("fewshot-fixed", exact=True).first.click(
        timeout=PATIENCE
    )
    view = View(inner.locator("seqsal-module").first)
    view.wait_for_answer()
    with page.expect_response(sends_scores, timeout=PATIENCE):
        view.explain(view.segments("target").last)
    assert any(view.heat())
    assert any(scores.any() for scores in widget.ui_state.scores.values())
