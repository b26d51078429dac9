"""The two modules on LIT's page, behind one interface."""

import dataclasses
import pathlib
from typing import Any, Final, Literal

from playwright.sync_api import Locator, Page

TIMEOUT: Final = 120_000
"""Milliseconds after which an action on a module times out."""

_SCRIPT: Final = pathlib.Path(__file__).with_name("ui_page.js").read_text(encoding="utf-8")


@dataclasses.dataclass(frozen=True)
class Module:
    """How to find and operate one module.

    Attributes:
        name: its name in the table.
        layout: the layout of the server that shows it.
        element: its tag name.
        holder: the path of tag names, through shadow roots, to the parent of its segments.
        segment: a selector of one segment.
        scroller: a selector of the scrolling element.
        button: the ARIA role of its toolbar buttons.
        sequence: a selector of the element to click to show the answer, or ''.
        methods: its labels of the two methods.
    """

    name: str
    layout: str
    element: str
    holder: tuple[str, ...]
    segment: str
    scroller: str
    button: Literal["radio", "button"]
    sequence: str
    methods: tuple[str, str]


OURS: Final = Module(
    name="seqsal",
    layout="ours",
    element="seqsal-module",
    holder=("seqsal-view", "seqsal-text"),
    segment=".s",
    scroller="seqsal-text",
    button="radio",
    sequence="",
    methods=("Grad L2", "Grad · Input"),
)

STOCK: Final = Module(
    name="LIT 1.3.1",
    layout="stock",
    element="sequence-salience-module",
    holder=("sequence-salience-chips",),
    segment=".salient-token",
    scroller=".module-results-area",
    button="button",
    sequence=".interstitial-target-option",
    methods=("grad_l2", "grad_dot_input"),
)


class Stage:
    """One module on an open page."""

    def __init__(self, page: Page, address: str, module: Module) -> None:
        self.page, self.module = page, module
        page.set_default_timeout(TIMEOUT)
        page.add_init_script(_SCRIPT)
        page.goto(f"{address}?layout={module.layout}")
        self.root = page.locator(module.element)
        self.root.wait_for()

    def open(self, example: str) -> float:
        """Selects an example; returns the milliseconds until its segments are drawn.

        LIT's module first shows a choice of sequences: its time starts at that choice.
        """
        row = self.page.locator("lit-data-table").get_by_text(example, exact=True).first
        if not self.module.sequence:
            return self.timed(row)
        row.click()
        return self.timed(self.root.locator(self.module.sequence).last)

    def press(self, label: str) -> float:
        """Presses a button of the toolbar; returns the milliseconds to the result."""
        return self.timed(self.button(label))

    def button(self, label: str) -> Locator:
        """Returns a button of the toolbar."""
        return self.root.get_by_role(self.module.button, name=label, exact=True).first

    def explain(self, from_end: int) -> float:
        """Clicks a segment, counted from the end; returns the milliseconds to the heatmap."""
        return self.timed(self.root.locator(self.module.segment).nth(-from_end))

    def timed(self, target: Locator) -> float:
        """Clicks with the mouse; returns the milliseconds to the frame that shows the result."""
        target.scroll_into_view_if_needed()
        target.hover()
        self.page.wait_for_timeout(300)
        self._call("watch")
        target.click()
        return float(self.page.evaluate("bench.changed"))

    def segments(self) -> int:
        """Returns the number of drawn segments."""
        return int(self._call("count"))

    def painted(self) -> float:
        """Returns the share of segments with a background color."""
        return float(self._call("painted"))

    def edit(self, share: float) -> None:
        """Begins to edit the segment at a share of the text; only ours can."""
        segment = self.root.locator(self.module.segment).nth(int(share * self.segments()))
        segment.scroll_into_view_if_needed()
        segment.dblclick()
        self.root.locator(".field").wait_for()

    def type(self, key: str) -> float:
        """Presses a key in an edit; returns the milliseconds to the frame that shows it."""
        self.page.wait_for_timeout(50)
        before = self.root.locator(".field").inner_text()
        self.page.evaluate("bench.watchKey()")
        self.page.keyboard.press(key)
        took = float(self.page.evaluate("bench.typed"))
        assert self.root.locator(".field").inner_text() == before + key, "The key did nothing."
        return took

    def discard_edit(self) -> None:
        """Ends an edit."""
        self.page.keyboard.press("Escape")
        self.root.locator(".field").wait_for(state="detached")

    def run_edit(self) -> None:
        """Runs the edit; from then on, the stage is the view of the new version."""
        self.page.keyboard.press("Control+Enter")
        views = self.page.locator(self.module.element)
        views.nth(1).wait_for()
        self.root = views.last
        self.root.locator(f"{self.module.scroller} .target {self.module.segment}").first.wait_for()

    def scroll(self, pixels: int) -> float:
        """Scrolls from the end towards the beginning; returns the share of dropped frames."""
        area = self.root.locator(self.module.scroller).first
        box = area.bounding_box()
        assert box is not None, "The scrolling element is not on the page."
        area.evaluate("element => { element.scrollTop = element.scrollHeight; }")
        self.page.wait_for_timeout(500)
        self.page.evaluate("bench.countFrames()")
        gesture = {
            "x": box["x"] + box["width"] / 2,
            "y": box["y"] + box["height"] / 2,
            "yDistance": pixels,
            "speed": 4000,
            "gestureSourceType": "mouse",
        }
        self.page.context.new_cdp_session(self.page).send("Input.synthesizeScrollGesture", gesture)
        return float(self.page.evaluate("bench.droppedFrames()"))

    def _call(self, function: str) -> Any:
        module = self.module
        return self.root.evaluate(
            f"(root, [holder, segment]) => bench.{function}(root, holder, segment)",
            [list(module.holder), module.segment],
        )
