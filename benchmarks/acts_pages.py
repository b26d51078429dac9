"""The same task on LIT's page and on ours, act by act."""

import abc
import dataclasses
import re
from typing import Final

from playwright.sync_api import Locator, Page, expect

from tests.e2e.salience_page import PATIENCE, SaliencePage, View

_ON_SCREEN: Final = """element => new Promise(resolve => {
  new IntersectionObserver(([entry]) => resolve(entry.isIntersecting)).observe(element);
})"""


class Acts:
    """Performs acts and counts them.

    An act is a click, or keys pressed together that do what a button does, or an edit: to place the
    cursor in a text and to type. What is not on the screen has to be searched first, which is
    counted apart.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self._done: list[str] = []
        self.searches = 0

    def clear(self) -> None:
        """Forgets what was done."""
        self._done, self.searches = [], 0

    @property
    def number(self) -> int:
        """How many acts there were."""
        return len(self._done)

    def __str__(self) -> str:
        searches = f"; searches: {self.searches}" if self.searches else ""
        return ", ".join(self._done) + searches

    def click(self, target: Locator, what: str) -> None:
        """Clicks a control or a segment."""
        self._search(target)
        target.click()
        self._done.append(what)

    def edit(self, target: Locator, text: str, *, clicks: int = 1) -> None:
        """Places the cursor in a text, selects all of it, and types another.

        On our page, three clicks open a whole paragraph and select it.
        """
        self._search(target)
        target.click(click_count=clicks)
        if clicks < 3:
            self._page.keyboard.press("Control+a")
        self._page.keyboard.insert_text(text)
        self._done.append("edit")

    def press(self, keys: str, what: str) -> None:
        """Presses keys together."""
        self._page.keyboard.press(keys)
        self._done.append(what)

    def _search(self, target: Locator) -> None:
        target.wait_for(timeout=PATIENCE)
        self.searches += not target.evaluate(_ON_SCREEN)


@dataclasses.dataclass(frozen=True)
class Side:
    """What one of two views shows: the prompt with its answer, and the selected segment."""

    text: str
    selected: str


class ComparingPage(abc.ABC):
    """A page on which a user compares the heatmaps of two prompts."""

    layout: str

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.acts = page, Acts(page)
        page.goto(f"{address}?layout={self.layout}")

    @abc.abstractmethod
    def explain(self, source: str, unit: str, asked: str) -> None:
        """Shows the heatmap of the last segment of an answer that begins with a text."""

    @abc.abstractmethod
    def compare(self, segment: str, before: str, after: str, asked: str) -> None:
        """Changes the prompt, and gets the heatmap of both prompts."""

    @abc.abstractmethod
    def compared(self) -> tuple[Side, Side]:
        """Returns what both views show once they show heat."""


class OurPage(ComparingPage):
    """The module of seqsal."""

    layout = "ours"

    def explain(self, source: str, unit: str, asked: str) -> None:
        """Clicks through the page up to the heatmap."""
        page = SaliencePage(self.page)
        page.select(source)
        page.view.wait_for_answer()
        page.view.choose(unit)
        page.view.explain(page.view.segment("target", asked))

    def compare(self, segment: str, before: str, after: str, asked: str) -> None:
        """Performs and counts the acts."""
        view = SaliencePage(self.page).view
        if segment == "":  # In several lines of one paragraph, which is the whole prompt.
            self.acts.edit(view.segments("prompt").first, after.strip(), clicks=3)
        else:
            segments = view.segments("prompt")
            place = segments.filter(has_text=re.compile(f"^{re.escape(segment)}")).first
            head, _, tail = before.partition(place.inner_text().strip())
            self.acts.edit(place, after.removeprefix(head).removesuffix(tail), clicks=2)
        self.acts.press("Control+Enter", "run")

    def compared(self) -> tuple[Side, Side]:
        """Returns both views, the pinned one first."""
        modules = self.page.locator("seqsal-module")
        expect(modules).to_have_count(2, timeout=PATIENCE)
        self.page.mouse.move(0, 0)  # The readout is about the segment under the pointer.
        first, second = (self._side(View(root)) for root in modules.all())
        return first, second

    def _side(self, view: View) -> Side:
        view.wait_for_heat()
        assert any(view.heat()), "No segment has a colour."
        selected = view.root.locator("seqsal-text .sel")
        return Side(view.text("prompt") + view.text("target"), selected.inner_text().strip())


class LitPage(ComparingPage):
    """The module that LIT ships, with its Data Table and its Datapoint Editor."""

    layout = "stock"
    _RESPONSE = ".interstitial-target-type:has-text('(response)') ~ .interstitial-target-option"
    _CHIP = "sequence-salience-chips .salient-token"

    def explain(self, source: str, unit: str, asked: str) -> None:
        """Clicks through the page up to the heatmap."""
        row = self.page.locator("lit-data-table").get_by_text(source, exact=True).first
        row.click(timeout=PATIENCE)
        self._ask(self.page.locator("sequence-salience-module"), asked)

    def compare(self, segment: str, before: str, after: str, asked: str) -> None:
        """Performs and counts the acts."""
        self.acts.click(self.page.locator(".tab", has_text="Editor").first, "Editor tab")
        box = self.page.locator("single-datapoint-editor-module textarea").first
        self.acts.edit(box, after)
        self.acts.click(self.page.get_by_role("button", name="Add and compare"), "run")
        modules = self.page.locator("sequence-salience-module")
        expect(modules).to_have_count(2, timeout=PATIENCE)
        # Each module asks again which text to explain, and forgets what was selected.
        for module in modules.all():
            self._ask(module, asked)

    def _ask(self, module: Locator, asked: str) -> None:
        """Chooses the answer, the granularity and the segment, as far as they are not chosen."""
        self.acts.click(module.locator(self._RESPONSE).first, "sequence")
        chips = module.locator(self._CHIP)
        chips.first.wait_for(timeout=PATIENCE)
        button = module.get_by_role("button", name="Sentences", exact=True)
        if "active" not in (button.get_attribute("class") or ""):
            self.acts.click(button, "granularity")
            expect(button).to_contain_class("active", timeout=PATIENCE)
        # Its white space is in chips of its own.
        wanted = chips.filter(has_text=re.compile(rf"^\s*{re.escape(asked)}.*\S")).last
        self.acts.click(wanted, "segment")
        self._wait_for_heat(module)

    def _wait_for_heat(self, module: Locator) -> None:
        heat = f"{self._CHIP}:not(.selected):not([style*='rgb(255, 255, 255)'])"
        module.locator(heat).first.wait_for(timeout=PATIENCE)

    def compared(self) -> tuple[Side, Side]:
        """Returns both views, the pinned one first."""
        modules = self.page.locator("sequence-salience-module")
        first, second = (self._side(module) for module in modules.all())
        return first, second

    def _side(self, module: Locator) -> Side:
        self._wait_for_heat(module)
        chips = module.locator(self._CHIP)
        selected = module.locator(f"{self._CHIP}.selected")
        return Side("".join(chips.all_inner_texts()), selected.inner_text().strip())
