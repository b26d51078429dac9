"""The report of a run: opened from a file, without a server or a network."""

import json
import pathlib
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

import seqsal
from seqsal.results.heatmap import HeatmapStyle, coloured_segments
from tests.e2e.salience_page import PATIENCE, View
from training import evaluate

COUNT = 6
KINDS = ("window", "bar <b>")
HOSTILE = '</script><script>document.title = "bad"</script><b>'
AXE = pathlib.Path(seqsal.__file__).parent / "frontend" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> seqsal.Analysis:
    """Recommendations by the embedded model, whose last prompt tries to leave its element."""
    made = [evaluate.one_example(f"report {number}", "") for number in range(COUNT)]
    data = [
        {"prompt": each.prompt_text, "target": each.answer_text, "table": KINDS[number % 2]}
        for number, each in enumerate(made)
    ]
    data[-1]["prompt"] += f"\n{HOSTILE}: {HOSTILE}\n"
    return seqsal.analyze(
        "embedded:small",
        {"guests": data},
        tmp_path_factory.mktemp("report") / "out",
        select="Recommendation: (.*)",
        granularity="lines",
        methods=["linearized", "grad_l2"],
        progress=False,
    )


@pytest.fixture(scope="module")
def report(analysis: seqsal.Analysis, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    versus = analysis.where(method="grad_l2")
    analysis.where(method="linearized").to_html(path, versus=versus, split="column:table")
    return path


@pytest.fixture
def page(chromium: Browser, report: pathlib.Path) -> Iterator[Page]:
    """The report in a browser without a network; errors and requests fail the test."""
    context = chromium.new_context(offline=True, viewport={"width": 1280, "height": 720})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
    page.on("console", lambda message: faults.append(f"console: {message.text}"))
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith(("file:", "blob:", "data:"))
            else faults.append(request.url)
        ),
    )
    page.goto(report.as_uri())
    page.locator("seqsal-record-list .record").first.wait_for(timeout=PATIENCE)
    yield page
    context.close()
    assert faults == []


def _faults(page: Page) -> list[str]:
    """Returns what the axe rules find wrong, as sentences."""
    # Not as an element: the page's policy would apply to it.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        """async () => {
          const { violations } = await axe.run(document, {
            runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'],
          });
          return violations.flatMap(
            ({ help, nodes }) => nodes.map(({ html }) => `${help}: ${html}`));
        }"""
    )
    return [str(each)[:160] for each in found]


def _open_first(page: Page) -> View:
    page.locator("seqsal-record-list .record").first.click()
    view = View(page.locator("seqsal-view"))
    view.wait_for_answer()
    view.wait_for_heat()
    return view


def test_the_table_has_the_labels_and_shares_of_the_analysis(
    page: Page, analysis: seqsal.Analysis
) -> None:
    table = analysis.where(method="linearized").labels()
    rows = page.locator("seqsal-label-bars tbody tr")
    expect(rows).to_have_count(len(table))
    for i, (_, expected) in enumerate(table.iterrows()):
        cells = rows.nth(i).locator("th, td")
        label = cells.nth(0).locator("button").inner_text()
        assert label == expected["label"]
        assert cells.nth(2).inner_text() == f"{expected['share']:.1%}".replace("%", "\u00a0%")
    assert "bad" not in page.title()
    assert page.locator("b").count() == 0


def test_the_shares_by_outcome_are_those_of_the_analysis(
    page: Page, analysis: seqsal.Analysis
) -> None:
    part = analysis.where(method="linearized")
    expected = part.labels(split="column:table").set_index(["label", "outcome"])
    section = page.locator(
        "seqsal-report section", has=page.get_by_role("heading", name="By outcome")
    )
    outcomes = section.locator("thead th").all_inner_texts()[1:]
    assert sorted(outcomes) == sorted(KINDS)
    rows = section.locator("tbody tr")
    labels = part.labels()["label"].tolist()
    expect(rows).to_have_count(len(labels))
    for i, label in enumerate(labels):
        assert rows.nth(i).locator("th").inner_text() == label
        for cell, outcome in zip(rows.nth(i).locator("td").all(), outcomes, strict=True):
            if (label, outcome) not in expected.index:
                assert cell.inner_text() == "\u2013"
                continue
            row = expected.loc[(label, outcome)]
            share, low, high = (
                f"{row[name]:.1%}".replace("%", "\u00a0%")
                for name in ("share", "share_low", "share_high")
            )
            # The share of a single record has no interval.
            interval = f" ({low} to {high})" if row["records"] > 1 else ""
            assert cell.inner_text().strip() == f"{share}{interval}"
    # The list says the outcome of each record.
    listed = page.locator("seqsal-record-list .record")
    for record in listed.all():
        number = int(record.get_attribute("data-record") or "")
        expect(record).to_contain_text(f"Line {number + 1} · {KINDS[number % 2]}")
    assert page.locator("b").count() == 0


def test_a_click_on_a_label_and_on_a_record_shows_the_map_of_explain(
    page: Page, analysis: seqsal.Analysis
) -> None:
    part = analysis.where(method="linearized")
    page.locator("seqsal-label-bars").get_by_role("button", name="Analysis", exact=True).click()
    shares = part.by_record()
    mine = shares[shares["label"] == "Analysis"].sort_values("share", ascending=False)
    listed = page.locator("seqsal-record-list .record")
    expect(listed).to_have_count(len(mine))
    numbers = [int(each.get_attribute("data-record") or "") for each in listed.all()]
    assert numbers == mine["record"].tolist()
    assert _faults(page) == []

    view = _open_first(page)
    row = analysis.table("records").set_index("record").loc[numbers[0]]
    result = seqsal.explain(
        "embedded:small",
        row["prompt"],
        row["answer"],
        select=(int(row["selected_start"]), int(row["selected_end"])),
        methods=["linearized", "grad_l2"],
        progress=False,
    )
    for label, method in (("Contribution", "linearized"), ("Grad L2", "grad_l2")):
        view.choose(label)
        expected = coloured_segments(result, HeatmapStyle("lines", method))
        texts = [text.strip() for text in view.segments().all_inner_texts()]
        assert texts == [each.segment.text.strip() for each in expected]
        assert view.heat() == [bool(each.background) for each in expected]
        strongest = sorted(expected, key=lambda each: -abs(each.segment.score or 0))
        scored = [each for each in strongest if each.background]
        assert view.strongest(1)[0].startswith(scored[0].segment.text.strip()[:40])
    assert _faults(page) == []


def test_the_scores_of_a_record_are_those_of_explain(
    page: Page, analysis: seqsal.Analysis, tmp_path: pathlib.Path
) -> None:
    view = _open_first(page)
    view.root.get_by_role("button", name="Save", exact=True).click()
    with page.expect_download() as download:
        view.root.get_by_role("button", name="Data (JSON)").click()
    path = tmp_path / "saved.json"
    download.value.save_as(path)
    saved = json.loads(path.read_text(encoding="utf-8"))
    ((start, end),) = saved["salience"][0]["selection"]
    texts = [
        "" if special else token
        for token, special in zip(saved["tokens"], saved["special_tokens_mask"], strict=True)
    ]
    before = len("".join(texts[:start]))
    result = seqsal.explain(
        "embedded:small",
        saved["prompt"],
        saved["target"],
        select=(before, before + len("".join(texts[start:end]))),
        methods=["linearized", "grad_l2"],
        progress=False,
    )
    assert list(result.tokens) == saved["tokens"]
    for method, scores in result.scores.items():
        largest = float(abs(scores).max())
        assert saved["salience"][0]["scores"][method] == pytest.approx(
            scores.tolist(), rel=2e-4, abs=1e-5 * largest
        )


def test_the_browser_goes_back_to_the_report_and_a_link_opens_a_record(
    page: Page, report: pathlib.Path
) -> None:
    first = page.locator("seqsal-record-list .record").first
    number = first.get_attribute("data-record")
    _open_first(page)
    assert page.url.endswith(f"record={number}")
    back = page.get_by_role("button", name="Back to the report")
    expect(back).to_be_focused()
    page.get_by_role("button", name="Next record").click()
    page.wait_for_url(re.compile(f"record=(?!{number}$)"))
    page.go_back()
    page.wait_for_url(re.compile(f"record={number}$"))
    expect(page.locator("seqsal-view")).to_be_visible()
    page.go_back()
    expect(page.locator("seqsal-report")).to_be_visible()
    expect(page.locator("seqsal-view")).to_have_count(0)
    expect(first).to_be_focused()
    link = page.context.new_page()
    link.goto(f"{report.as_uri()}#group=0&row=1&record={COUNT - 1}")
    view = View(link.locator("seqsal-view"))
    view.wait_for_answer()
    assert HOSTILE in view.text("prompt")
    assert "bad" not in link.title()
    link.goto(f"{report.as_uri()}#record=99")
    expect(link.get_by_role("alert")).to_have_text("This page does not have record 99.")


def test_a_part_of_the_prompt_lists_its_records_from_the_keyboard(page: Page) -> None:
    part = page.locator("seqsal-prompt-heatmap .part").filter(has_text="Taste-likes").first
    part.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Records with Taste-likes")).to_be_visible()
    expect(part).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press(" ")
    expect(page.get_by_role("heading", name="Records with Taste-dislikes")).to_be_visible()
    page.get_by_role("radio", name="Above even").check(force=True)
    style = page.locator("seqsal-prompt-heatmap .part").filter(has_text="Taste-likes").first
    assert "against" in str(style.get_attribute("style"))


def test_the_records_that_differ_most_open_on_both_sides(page: Page) -> None:
    table = page.locator("seqsal-report section", has=page.get_by_text("that differ most"))
    table.locator(".link").nth(1).click()
    View(page.locator("seqsal-view")).wait_for_answer()
    expect(page.locator("seqsal-record-bar h1")).to_contain_text("grad_l2")
