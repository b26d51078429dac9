"""The two modules on LIT's page, each behind the same few acts."""

import dataclasses
import pathlib
from typing import Any, Final, Literal

from playwright.sync_api import Locator, Page

PATIENCE: Final = 120_000
"""Milliseconds after which a module counts as one that does not answer."""

_SCRIPT: Final = pathlib.Path(__file__).with_name("ui_page.js").read_text(encoding="utf-8")


@dataclasses.dataclass(frozen=True)
class Module:
    """How one module is found and driven.

    Attributes:
        name: what the table calls it.
        layout: the server's layout that shows it.
        element: its name on the page.
        holder: the path of elements, through their shadows, that hold its segments.
        segment: a selector of one segment.
        scroller: a selector of what scrolls.
        button: the ARIA role of the buttons of its toolbar.
        sequence: a selector of what has to be clicked to see the answer, or ''.
        methods: what it calls the two methods.
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
        page.set_default_timeout(PATIENCE)
        page.add_init_script(_SCRIPT)
        page.goto(f"{address}?layout={module.layout}")
        self.root = page.locator(module.element)
        self.root.wait_for()

    def open(self, example: str) -> float:
        """Selects an example; returns milliseconds to its text in segments.

        LIT's module asks which sequence to show: for it the time begins where that is chosen.
        """
        row = self.page.locator("lit-data-table").get_by_text(example, exact=True).first
        if not self.module.sequence:
            return self.timed(row)
        row.click()
        return self.timed(self.root.locator(self.module.sequence).last)

    def press(self, label: str) -> float:
        """Presses a button of the toolbar; returns milliseconds to what came of it."""
        return self.timed(self.button(label))

    def button(self, label: str) -> Locator:
        """Returns a button of the toolbar."""
        return self.root.get_by_role(self.module.button, name=label, exact=True).first

    def explain(self, from_end: int) -> float:
        """Clicks a segment, counted from the end; returns milliseconds to the heat."""
        return self.timed(self.root.locator(self.module.segment).nth(-from_end))

    def timed(self, target: Locator) -> float:
        """Clicks with the mouse; returns milliseconds to the frame that shows what came of it."""
        target.scroll_into_view_if_needed()
        target.hover()
        self.page.wait_for_timeout(300)
        self._call("watch")
        target.click()
        return float(self.page.evaluate("bench.changed"))

    def segments(self) -> int:
        """Returns how many segments are drawn."""
        return int(self._call("count"))

    def painted(self) -> float:
        """Returns the share of segments with a background of their own."""
        return float(self._call("painted"))

    def scroll(self, pixels: int) -> float:
        """Scrolls from the end towards the beginning; returns the share of dropped frames."""
        area = self.root.locator(self.module.scroller).first
        box = area.bounding_box()
        assert box is not None, "What scrolls is not on the page."
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
