"""The size of the page, and the icon fonts."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.salience_page import PATIENCE, SaliencePage

FIRST_LOAD = 700_000
"""Bytes over the wire."""

ANSWERS = ("get_info", "get_dataset", "get_preds", "jobs", "metrics")
"""The last parts of paths that are not files."""


class Transfer:
    """Counts what a page receives, as it comes over the wire."""

    def __init__(self, page: Page) -> None:
        self.received: dict[str, int] = {}
        self._urls: dict[str, str] = {}
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self._sent)
        session.on("Network.loadingFinished", self._finished)

    def _sent(self, event: dict[str, object]) -> None:
        request = event["request"]
        assert isinstance(request, dict)
        self._urls[str(event["requestId"])] = str(request["url"])

    def _finished(self, event: dict[str, object]) -> None:
        url = self._urls[str(event["requestId"])]
        size = event["encodedDataLength"]
        assert isinstance(size, float | int)
        self.received[url] = self.received.get(url, 0) + int(size)

    def files(self) -> dict[str, int]:
        """Returns the bytes of each file that came over the wire."""
        return {url: size for url, size in self.received.items() if size and _is_file(url)}


def _is_file(url: str) -> bool:
    path = url.split("?")[0].rsplit("/", 1)[-1]
    return url.startswith("http") and path not in ANSWERS


@pytest.fixture
def fresh(chromium: Browser) -> Iterator[Page]:
    """A page with an empty cache."""
    context = chromium.new_context(viewport={"width": 1600, "height": 900})
    yield context.new_page()
    context.close()


def test_the_first_load_is_small_and_a_reload_fetches_no_file(
    fresh: Page, serve: Callable[..., str]
) -> None:
    transfer = Transfer(fresh)
    fresh.goto(serve())
    _wait_until_drawn(fresh)
    total = sum(transfer.received.values())
    print(f"first load: {total} bytes: {transfer.received}")
    assert transfer.files(), transfer.received
    assert total <= FIRST_LOAD, transfer.received
    transfer.received.clear()
    fresh.reload()
    _wait_until_drawn(fresh)
    again = transfer.files()
    # The page itself is revalidated, so that an upgrade takes effect: only headers are sent.
    (page, size), *others = again.items()
    assert others == []
    assert page.split("?")[0] == fresh.url.split("?")[0]
    assert size < 1300


def test_the_tour_loads_its_pictures_when_it_is_opened(
    open_page: Callable[..., SaliencePage], browser_page: Page
) -> None:
    open_page().select("fewshot-mistake")
    picture = browser_page.locator("lit-documentation img")
    assert picture.count() == 0
    browser_page.locator("lit-app-toolbar mwc-icon", has_text="help_outline").click()
    expect(picture).to_be_visible(timeout=PATIENCE)
    assert picture.evaluate("async each => (await each.decode(), each.naturalWidth)") > 100
    browser_page.get_by_role("button", name="Next").click()
    expect(picture).to_have_attribute("src", "static/onboarding_2_modules.gif")
    browser_page.keyboard.press("Escape")
    expect(picture).to_have_count(0)


def test_every_icon_on_the_page_and_in_every_tab_is_one_glyph(
    open_page: Callable[..., SaliencePage], browser_page: Page
) -> None:
    open_page().select("fewshot-mistake")
    seen = set(_icons(browser_page))
    tabs = browser_page.locator(".tab:visible")
    for place in range(tabs.count()):
        tabs.nth(place).click(force=True)
        seen |= set(_icons(browser_page))
    assert len({name for name, _, _ in seen}) > 10, seen
    words = sorted({(name, family) for name, family, width in seen if width > 1.2})
    # Not an icon of these fonts, and not one of the fonts before subsetting.
    assert [word for word in words if word[0] not in ("google",)] == []


def _wait_until_drawn(page: Page) -> None:
    page.get_by_text("fewshot-mistake").first.wait_for(timeout=PATIENCE)
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")


def _icons(page: Page) -> list[tuple[str, str, float]]:
    """Returns the text, the font and the width in ems of each text in an icon font."""
    page.evaluate("document.fonts.ready")
    found: list[list[object]] = page.evaluate(_MEASURED_ICONS)
    return [(str(name), str(family), round(float(str(width)), 2)) for name, family, width in found]


_MEASURED_ICONS = """() => {
  const found = new Map();
  const probe = document.body.appendChild(document.createElement('span'));
  const visit = (root) => {
    for (const each of root.querySelectorAll('*')) {
      if (each.shadowRoot) visit(each.shadowRoot);
      // An icon's name is its own text, or the text of the host whose slot it fills.
      const text = [...each.childNodes]
        .filter((node) => node.nodeType === Node.TEXT_NODE)
        .map((node) => node.data).join('').trim();
      const style = getComputedStyle(each.shadowRoot?.querySelector('slot') ?? each);
      if (text && style.fontFamily.includes('Material Icons'))
        found.set(`${text} ${style.fontFamily}`, [text, style.fontFamily]);
    }
  };
  visit(document);
  const measured = [...found.values()].map(([text, family]) => {
    probe.style.cssText = `font: 100px ${family}; position: absolute; white-space: nowrap;
      letter-spacing: normal; text-transform: none; font-feature-settings: 'liga'`;
    probe.textContent = text;
    return [text, family, probe.getBoundingClientRect().width / 100];
  });
  probe.remove();
  return measured;
}"""
