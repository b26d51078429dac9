"""The module for many examples: a run, its bars, LIT's selection, cancelling, and bad input."""

import pathlib
import re
import signal
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, Request, expect

import seqsal
from tests.all_tests import only_in_all_tests
from tests.e2e.deployment import Process
from tests.e2e.salience_page import PATIENCE
from tests.e2e.server import start_python

Serve = Callable[..., str]

FLAGS = ("--models=tiny:embedded:tiny", "--max_new_tokens=24")
EXAMPLES = 14
AXE = pathlib.Path(seqsal.__file__).parent / "frontend" / "node_modules" / "axe-core" / "axe.min.js"

_BROKEN_RULES = """async module => {
  const rules = ['wcag2a', 'wcag2aa', 'wcag21aa'];
  const { violations } = await axe.run(module, { runOnly: rules });
  return violations.flatMap(({ help, nodes }) => nodes.map(({ html }) => `${help}: ${html}`));
}"""


class Aggregate:
    """The module on a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        # Both modules are there; one is behind the tab of the other.
        page.locator("seqsal-module").first.wait_for(state="attached", timeout=PATIENCE)
        page.locator(".tab", has_text="Many examples").first.click()
        self.root = page.locator("seqsal-aggregate")
        self.root.locator("seqsal-analysis-form").wait_for(timeout=PATIENCE)

    @property
    def rows(self) -> Locator:
        """The rows of the labels."""
        return self.root.locator("seqsal-label-bars tbody tr")

    def row(self, label: str) -> Locator:
        """The row of a label."""
        name = re.compile(f"^{re.escape(label)}$")
        return self.rows.filter(has=self.page.get_by_role("button", name=name))

    def choose(self, name: str, value: str) -> None:
        """Chooses a value of a list."""
        self.root.get_by_role("combobox", name=name).select_option(value)

    def select(self, source: str, **click: Any) -> None:
        """Clicks an example in LIT's Data Table."""
        table = self.page.locator("lit-data-table")
        table.get_by_text(source, exact=True).first.click(**click)

    def run(self) -> None:
        """Presses Run."""
        self.root.get_by_role("button", name="Run over").click()

    def expect(self, text: str | re.Pattern[str]) -> None:
        """Waits until the module shows a text."""
        expect(self.root).to_contain_text(text, timeout=2 * PATIENCE)

    def expect_selected(self, count: int) -> None:
        """Waits until LIT shows that some examples are selected, in its bar and its table."""
        shown = self.page.get_by_text(f"{count} of {EXAMPLES} selected")
        expect(shown.first).to_be_visible(timeout=PATIENCE)
        expect(self.selected_rows).to_have_count(count, timeout=PATIENCE)

    @property
    def selected_rows(self) -> Locator:
        """The rows of LIT's Data Table that are selected."""
        return self.page.locator("tr.lit-data-table-row.selected")


@pytest.fixture
def aggregate(serve: Serve, browser_page: Page) -> Aggregate:
    browser_page.goto(serve(*FLAGS))
    return Aggregate(browser_page)


def test_bars_fill_and_a_click_selects_the_examples_of_a_label(aggregate: Aggregate) -> None:
    root, page = aggregate.root, aggregate.page
    jobs: list[Any] = []

    def note(request: Request) -> None:
        if request.url.endswith("/seqsal/jobs"):
            jobs.append(request.post_data_json)

    page.on("request", note)
    aggregate.run()
    # Bars are there before the last example is.
    root.locator("seqsal-label-bars, [role=status]:has-text('analyzed')").first.wait_for(
        timeout=2 * PATIENCE
    )
    aggregate.expect(f"{EXAMPLES} examples analyzed.")
    aggregate.expect(re.compile(r"\d+ of \d+ segments have no label"))
    (job,) = [job for job in jobs if job["kind"] == "analysis"]
    assert len(job["inputs"]) == EXAMPLES
    assert aggregate.rows.count() > 5
    # The four few-shot prompts have dishes; three others have a story.
    expect(aggregate.row("Taste-dislikes")).to_contain_text(f"4 of {EXAMPLES}")
    aggregate.choose("A click on a label selects the examples where", "all")
    aggregate.row("Taste-dislikes").click()
    aggregate.expect_selected(4)
    expect(aggregate.selected_rows.filter(has_text="fewshot-")).to_have_count(4)
    aggregate.expect("4 examples selected by “Taste-dislikes”")
    aggregate.row("Story").click()
    aggregate.expect_selected(3)
    expect(aggregate.selected_rows.filter(has_text="headline-")).to_have_count(3)
    # The analysis goes on to be one of all examples, and another selection is not that of a label.
    expect(root.get_by_role("button", name="Run over")).to_have_text(
        f"Run over {EXAMPLES} examples"
    )
    aggregate.select("uses-1")
    expect(root.locator("seqsal-label-bars tr.chosen")).to_have_count(0, timeout=PATIENCE)
    # It is there again when the page is loaded again.
    shares = root.locator("seqsal-label-bars tbody td:nth-child(3)").all_inner_texts()
    page.reload()
    again = Aggregate(page)
    again.expect(f"{EXAMPLES} examples analyzed.")
    found = again.root.locator("seqsal-label-bars tbody td:nth-child(3)").all_inner_texts()
    assert found == shares
    again.choose("A click on a label selects the examples where", "all")
    again.row("Story").click()
    again.expect_selected(3)
    page.evaluate(AXE.read_text("utf-8"))
    broken = again.root.evaluate(_BROKEN_RULES)
    assert broken == []


def test_it_is_used_by_keys_alone_over_selected_examples(aggregate: Aggregate) -> None:
    page, root = aggregate.page, aggregate.root
    aggregate.select("fewshot-mistake")
    aggregate.select("fewshot-constitution", modifiers=["Shift"])
    button = root.get_by_role("button", name="Run over")
    expect(button).to_have_text("Run over 3 examples", timeout=PATIENCE)
    root.get_by_role("combobox", name="What is explained").focus()
    for _ in range(20):
        if button.evaluate("button => button.matches(':focus')"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    aggregate.expect("3 examples analyzed.")
    bars = root.locator("seqsal-label-bars tbody button")
    for _ in range(20):
        if bars.first.evaluate("button => button.matches(':focus')"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(bars.nth(1)).to_have_attribute("aria-pressed", "true", timeout=PATIENCE)
    label = bars.nth(1).inner_text()
    aggregate.expect(re.compile(rf"[1-3] examples? selected by “{re.escape(label)}”"))


def test_bad_input_is_named_in_its_place_and_what_fails_is_listed(aggregate: Aggregate) -> None:
    root = aggregate.root
    aggregate.choose("What is explained", "pattern")
    expression = root.get_by_label("Expression for what is explained")
    aggregate.run()
    aggregate.expect("Write the expression that finds the part to explain.")
    expression.fill("(")
    aggregate.run()
    aggregate.expect("select must be answer, last_sentence or a regular expression; got '('")
    expect(expression).to_have_attribute("aria-invalid", "true")
    expression.fill("Recommendation: (.*)")
    expect(expression).to_have_attribute("aria-invalid", "false")
    aggregate.choose("Labels", "template")
    root.get_by_label("Template", exact=True).fill("Judge a guest for a {dish}.")
    aggregate.run()
    aggregate.expect("The labels fit no record of 'sample_prompts'. Line 1: The template does not")
    aggregate.choose("Labels", "roles")
    aggregate.run()
    aggregate.expect("Labels by role need messages; this prompt is plain text.")
    aggregate.choose("Labels", "pattern")
    root.get_by_label("Expression for labels").fill("(?P<a>Nothing of the kind)")
    aggregate.run()
    aggregate.expect("The labels match nothing in any of 14 records")
    aggregate.choose("Labels", "lines")
    aggregate.run()
    # Only the prompts about dishes are answered with a recommendation.
    aggregate.expect(re.compile(r"\d+ examples? analyzed, \d+ failed\."))
    root.locator("summary").click()
    aggregate.expect("must match in the answer")
    root.locator("li button").filter(has_text="uses-2").click()
    expect(aggregate.selected_rows).to_contain_text("uses-2", timeout=PATIENCE)
    root.get_by_text("Selected 1").click()
    aggregate.page.get_by_role("button", name="Clear selection").click()
    aggregate.expect("No example is selected: select some in the Data Table, or choose All.")


def test_cancel_stops_the_job_on_the_server_and_keeps_the_page(
    serve_any: Serve, browser_page: Page
) -> None:
    address = serve_any("-m", "tests.e2e.slow_server")
    browser_page.goto(address)
    aggregate = Aggregate(browser_page)
    expect(browser_page.locator("lit-data-table")).to_contain_text("fewshot", timeout=PATIENCE)
    pace = {"writing": 0, "reading": 2, "backward": 2}
    httpx.post(f"{address}pace", params=pace).raise_for_status()
    aggregate.run()
    aggregate.expect("0 of 1 example")
    aggregate.root.get_by_role("button", name="Cancel").click()
    aggregate.expect("Stopped: 0 examples analyzed of 1.")
    httpx.post(f"{address}pace", params=dict.fromkeys(pace, 0)).raise_for_status()
    name = 'seqsal_jobs_total{end="cancelled",kind="analysis"}'
    for _ in range(PATIENCE // 100):
        if name in httpx.get(f"{address}metrics").text:
            break
        browser_page.wait_for_timeout(100)
    assert name in httpx.get(f"{address}metrics").text
    aggregate.run()
    aggregate.expect("1 example analyzed.")


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGKILL, id="kill"),
        pytest.param(
            signal.SIGTERM,
            id="term",
            marks=only_in_all_tests(
                "takes half a minute, and SIGKILL is the harder end of the two"
            ),
        ),
    ],
)
def test_an_analysis_goes_on_by_itself_when_its_server_is_killed_and_started_again(
    browser_page: Page, tmp_path: pathlib.Path, number: signal.Signals
) -> None:
    def start(port: str = "0") -> Process:
        arguments = (str(tmp_path / "store"), port, str(EXAMPLES))
        return Process(*start_python("-m", "tests.e2e.slow_server", *arguments))

    first = start()
    browser_page.goto(first.address)
    aggregate = Aggregate(browser_page)
    root = aggregate.root
    expect(browser_page.locator("lit-data-table")).to_contain_text("uses-2", timeout=PATIENCE)
    # LIT's page requests the answers to all prompts; the analysis takes them from the store.
    browser_page.wait_for_load_state("networkidle")
    first.pace(scoring=0.5)
    aggregate.run()
    # The bars fill, four examples at a time.
    aggregate.expect(re.compile(rf"(4|8) of {EXAMPLES} examples"))
    expect(aggregate.row("Taste-dislikes")).to_be_visible()
    first.end(number)
    aggregate.expect("the server cannot be reached; the analysis goes on when it is back")
    expect(aggregate.row("Taste-dislikes")).to_be_visible()

    again = start(first.address.rstrip("/").rpartition(":")[2])
    assert again.address == first.address
    aggregate.expect(f"{EXAMPLES} examples analyzed.")
    # Maps of before are in the store: at least four are not computed again.
    assert 0 < again.counts["backwards"] <= EXAMPLES - 4
    expect(aggregate.row("Taste-dislikes")).to_contain_text(f"4 of {EXAMPLES}")
    expect(aggregate.row("Story")).to_contain_text(f"3 of {EXAMPLES}")
    aggregate.choose("A click on a label selects the examples where", "all")
    aggregate.row("Story").click()
    aggregate.expect("3 examples selected by “Story”")
    aggregate.expect_selected(3)
    shares = root.locator("seqsal-label-bars tbody td:nth-child(3)").all_inner_texts()
    # A run that nothing interrupts has the same bars.
    with browser_page.expect_request(_is_analysis, timeout=PATIENCE):
        aggregate.run()  # The bars are gone before the request is sent.
    aggregate.expect(f"{EXAMPLES} examples analyzed.")
    assert root.locator("seqsal-label-bars tbody td:nth-child(3)").all_inner_texts() == shares
    browser_page.goto("about:blank")
    again.end(signal.SIGKILL)


def _is_analysis(request: Request) -> bool:
    return request.url.endswith("/seqsal/jobs") and '"kind":"analysis"' in (request.post_data or "")
