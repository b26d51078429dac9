"""The actions of a user on the page, and what the page shows."""

import json
import pathlib
import re
from collections.abc import Callable
from typing import Any, Literal

from playwright.sync_api import Locator, Page, Request, Response, expect

PATIENCE = 60_000
"""Milliseconds to wait for an answer of the embedded model on a busy machine."""

Region = Literal["prompt", "target"]


class View:
    """One Sequence Salience module on the page."""

    def __init__(self, root: Locator) -> None:
        self.root = root

    def choose(self, label: str) -> None:
        """Presses a button of a choice, or chooses the option from its list in a narrow view."""
        button = self.root.get_by_role("radio", name=label, exact=True)
        if button.is_visible():
            button.click()
        else:
            lists = self.root.locator("seqsal-choice select:visible")
            lists.filter(has=self.root.page.locator("option", has_text=label)).select_option(
                label=label
            )

    def wait_for_answer(self) -> None:
        """Waits until there is an answer that can be clicked."""
        # Thinking may be folded.
        shown = self.root.locator("seqsal-text .target [role=option]:visible")
        shown.first.wait_for(timeout=PATIENCE)

    def segments(self, region: Region | None = None) -> Locator:
        """Returns the segments of the text, or of one region of it."""
        scope = f".{region} " if region else ""
        return self.root.locator(f"seqsal-text {scope}[role=option]")

    def segment(self, region: Region, text: str) -> Locator:
        """Returns the last segment of a region that begins with a text."""
        return self.segments(region).filter(has_text=re.compile(f"^{re.escape(text)}")).last

    def explain(self, segment: Locator, **click: Any) -> None:
        """Clicks a segment and waits for the heat."""
        segment.click(**click)
        # The text may move under the pointer when the heat arrives, and the readout is about the
        # segment under it.
        self.root.page.mouse.move(0, 0)
        readout = self.root.locator("seqsal-readout")
        expect(readout).to_contain_text("Explaining", timeout=PATIENCE)
        self.wait_for_heat()

    def wait_for_heat(self) -> None:
        """Waits until the readout shows how concentrated the salience is."""
        # The readout names the selection before its scores arrive, and that text may contain a %.
        readout = self.root.locator("seqsal-readout")
        expect(readout).to_contain_text("(evenly:", timeout=PATIENCE)

    def readout(self) -> str:
        """Returns the text of the readout, which `inner_text` of the element does not have."""
        readout = self.root.locator("seqsal-readout")
        text = " ".join(str(readout.evaluate("element => element.renderRoot.textContent")).split())
        assert text, "The readout is empty."
        return text

    def heat(self) -> list[bool]:
        """Returns, for each segment, whether it has a background colour."""
        return [bool(heat) for heat in self.segments().evaluate_all(_HAS_HEAT)]

    def selected(self) -> list[int]:
        """Returns the indices of the selected segments."""
        marks: list[str] = self.segments().evaluate_all(
            "spans => spans.map(span => span.ariaSelected)"
        )
        return [i for i, mark in enumerate(marks) if mark == "true"]

    def text(self, region: Region) -> str:
        """Returns the text of a region as it is drawn."""
        return str(self.root.locator(f"seqsal-text .{region} .flow").inner_text())

    def marked(self, kind: str) -> tuple[str, ...]:
        """Returns the texts that are marked as removed, added or moved, in order."""
        text = self.root.locator("seqsal-text")
        found: list[str] = text.evaluate(
            """(text, kind) => [...(CSS.highlights.get(`seqsal-${kind}`) ?? [])]
                 .filter(range => text.shadowRoot.contains(range.startContainer))
                 .sort((a, b) => a.compareBoundaryPoints(Range.START_TO_START, b))
                 .map(String)""",
            kind,
        )
        return tuple(found)

    def show(self, sequence: str) -> None:
        """Chooses the sequence whose label begins with a text: Response or Target."""
        picker = self.root.locator("seqsal-toolbar select").first
        labels = picker.locator("option").all_inner_texts()
        picker.select_option(label=next(label for label in labels if label.startswith(sequence)))
        name = self.root.locator("seqsal-text .target .name")
        expect(name).to_contain_text(sequence, timeout=PATIENCE)
        self.wait_for_answer()

    def strongest(self, count: int) -> list[str]:
        """Returns the first lines of the list of the strongest segments, as the page shows them.

        A long segment ends in "…".
        """
        return self._ranked("text")[:count]

    def shares(self) -> dict[str, float]:
        """Returns, for each line of that list, its share of the salience in percent.

        A share that the page shows as "< 0.1 %" is 0.
        """
        shares = (
            0.0 if share.startswith("<") else float(share.split()[0])
            for share in self._ranked("share")
        )
        return dict(zip(self._ranked("text"), shares, strict=True))

    def _ranked(self, column: str) -> list[str]:
        button = self.root.get_by_role("button", name="Strongest", exact=True)
        if button.get_attribute("aria-pressed") == "false":
            button.click()
        cells = self.root.locator(f"seqsal-ranking li .{column}")
        cells.first.wait_for(timeout=PATIENCE)
        return cells.all_inner_texts()


class SaliencePage:
    """LIT's page with our module in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.locator("seqsal-module").first.wait_for(timeout=PATIENCE)

    def side_by_side(self, pinned: str, selected: str) -> tuple[View, View]:
        """Pins one prompt, selects another, and returns their views once both have answers."""
        self.select(pinned)
        self.view.wait_for_answer()
        self.pin()
        self.select(selected)
        first, second = self.wait_for_views(2)
        return first, second

    def pin(self) -> None:
        """Pins the selected example, or unpins the pinned one."""
        self.page.get_by_role("button", name="pin datapoint").click()

    def tick(self, model: str) -> None:
        """Ticks or unticks a model at the top of the page."""
        self.page.locator("#headline button").get_by_text(model, exact=True).click()

    def enlarge(self) -> None:
        """Gives the module the whole width of the page."""
        group = self.page.locator("lit-widget-group", has=self.page.locator("seqsal-module"))
        group.locator("mwc-icon", has_text="fullscreen").first.click()

    def wait_for_views(self, count: int) -> list[View]:
        """Waits for a number of modules with answers, and returns them."""
        expect(self.page.locator("seqsal-module")).to_have_count(count, timeout=PATIENCE)
        for view in self.views():
            view.wait_for_answer()
        return self.views()

    def views(self) -> list[View]:
        """Returns all modules, from left to right."""
        return [View(root) for root in self.page.locator("seqsal-module").all()]

    @property
    def view(self) -> View:
        """The only module, or the leftmost one."""
        return View(self.page.locator("seqsal-module").first)

    def reload(self) -> "SaliencePage":
        """Reloads the page after its address has been updated."""
        # The page updates its address a moment after painting, or when it loses the focus.
        self.page.evaluate("dispatchEvent(new Event('blur'))")
        self.page.reload()
        return SaliencePage(self.page)

    def open_tab(self, name: str) -> None:
        """Opens a tab of the left side."""
        self.page.locator(".tab", has_text=name).first.click()

    def select(self, source: str) -> None:
        """Clicks an example in the Data Table."""
        self.page.locator("lit-data-table").get_by_text(source, exact=True).first.click()

    def edit_prompt(self, change: Callable[[str], str]) -> None:
        """Rewrites the prompt in the Datapoint Editor."""
        self.open_tab("Editor")
        before = self.prompt_box.input_value()
        after = change(before)
        assert after != before, "The sample prompts have changed: nothing was replaced."
        self.prompt_box.fill(after)

    def explain_last(self, source: str) -> "SaliencePage":
        """Selects a prompt and explains the last segment of its answer."""
        self.select(source)
        self.view.wait_for_answer()
        self.view.explain(self.view.segments("target").last)
        return self

    def save(self, choice: str, folder: pathlib.Path) -> pathlib.Path:
        """Saves what the view shows in one of the formats; returns the path of the file."""
        self.view.root.get_by_role("button", name="Save", exact=True).click()
        with self.page.expect_download() as download:
            self.view.root.get_by_role("button", name=choice).click()
        path = folder / download.value.suggested_filename
        download.value.save_as(path)
        self.page.keyboard.press("Escape")
        return path

    def answer_another_dish(self) -> None:
        """Adds a prompt about another dish and explains the last word of its answer."""
        self.edit_prompt(lambda prompt: prompt.replace("Quiche Lorraine", "Tomato soup 🍅"))
        self.add()
        prompt = self.view.root.locator("seqsal-text .prompt")
        expect(prompt).to_contain_text("🍅", timeout=PATIENCE)
        self.view.wait_for_answer()
        assert self.view.text("prompt") == self.prompt_box.input_value()
        self.view.choose("Words")
        self.view.explain(self.view.segments("target").last)
        assert any(self.view.heat())

    @property
    def prompt_box(self) -> Locator:
        """The editor's field for the prompt."""
        return self.page.locator("single-datapoint-editor-module textarea").first

    def add(self) -> None:
        """Adds the edited example, and waits until it is the selected one.

        The text of an edit is on the page before that, above the answer to the old prompt.
        """
        button = self.page.get_by_role("button", name="Add", exact=True)
        button.click()
        expect(button).to_be_disabled(timeout=PATIENCE)


class Explained:
    """Counts the selections that the page requests from the salience model, and the requests."""

    def __init__(self, page: Page) -> None:
        self.page, self.selections, self.requests = page, 0, 0
        self._running = 0
        page.on("request", self._count)
        # A stream that was read to its end is sometimes reported as failed.
        page.on("requestfinished", self._end)
        page.on("requestfailed", self._end)

    def _count(self, request: Request) -> None:
        if masks := salience_masks(request):
            self.requests += 1
            self._running += 1
            self.selections += len(masks)

    def _end(self, request: Request) -> None:
        self._running -= bool(salience_masks(request))

    def wait_for(self, selections: int) -> None:
        """Waits until that many selections have been answered and the page has the scores."""
        for _ in range(PATIENCE // 100):
            self.page.wait_for_timeout(100)
            if self.selections >= selections and not self._running:
                break
        assert self.selections == selections
        assert not self._running
        self.page.wait_for_timeout(200)


class ModelRuns:
    """Counts the answers to a page, and lists the requests for which the server ran the model."""

    def __init__(self, page: Page) -> None:
        self.answers = 0
        self.with_the_model: list[str] = []
        page.on("response", self._note)

    def _note(self, response: Response) -> None:
        body = response.request.post_data or ""
        if response.url.endswith("/seqsal/jobs") and ('"generation"' in body or "masks" in body):
            self.answers += 1
            # The server sends a stage only if the model runs.
            if '"stage"' in response.text():
                self.with_the_model.append(body)


def salience_request(request: Request) -> dict[str, Any]:
    """Returns the job that a request posts to the salience model; empty for any other request."""
    job: dict[str, Any] = {}
    if request.url.endswith("/seqsal/jobs"):
        job = json.loads(request.post_data or "{}")
    return job if "target_masks" in job else {}


def salience_masks(request: Request) -> list[list[int]]:
    """Returns the selections that a request sends to the salience model; empty for any other."""
    masks: list[list[int]] = salience_request(request).get("target_masks", [])
    return masks


def sends_scores(response: Response) -> bool:
    """Returns whether the page sent its state, with scores, to the server of a notebook."""
    state = response.request.post_data if response.url.endswith("/push_view_state") else None
    return '"salience":[{' in (state or "")


_HAS_HEAT = """spans => spans.map(span => {
  const colour = getComputedStyle(span).backgroundColor;
  return span.ariaSelected !== 'true' && !/transparent|, 0\\)$/.test(colour);
})"""
