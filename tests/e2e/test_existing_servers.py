"""Our module and LIT's over several model groups in LIT's own server."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Response, expect

from tests.all_tests import only_in_all_tests
from tests.e2e.custom_group import AGAINST, SUPPORTS
from tests.e2e.lit_page import StockSalience
from tests.e2e.lit_servers import RECORDS
from tests.e2e.salience_page import SaliencePage, View

Serve = Callable[..., str]
Open = Callable[..., Page]

MATCHED = "tokens are aligned with the text approximately"
GUESSED = "special tokens are guessed"
REVERSED = "the sign is reversed"
AS_SENT = "the sign is as the server sends it"
UNCHECKED = "maps cannot be checked by removing segments"

GROUPS = {
    "ours": ("groups", "ours", [UNCHECKED]),
    "LIT's over Transformers": ("groups", "lit", [MATCHED, GUESSED, REVERSED, UNCHECKED]),
    "LIT's over Keras on TensorFlow": (
        "keras-tensorflow",
        "lit",
        [MATCHED, GUESSED, REVERSED, UNCHECKED],
    ),
    "LIT's over Keras on PyTorch": ("keras-torch", "lit", [MATCHED, GUESSED, REVERSED, UNCHECKED]),
    "custom": ("groups", "hand", [MATCHED, GUESSED, AS_SENT, UNCHECKED]),
}
NAMES = [
    pytest.param(
        name,
        marks=only_in_all_tests("TensorFlow compiles, and LIT's wrapper is the same over PyTorch")
        if name.endswith("TensorFlow")
        else (),
    )
    for name in GROUPS
]


@pytest.fixture
def open_lit(serve_any: Serve, browser_page: Page) -> Open:
    """Opens a layout of a LIT server, with one model."""

    def open_with(server: str, model: str, layout: str) -> Page:
        address = serve_any("-m", "tests.e2e.lit_servers", server)
        browser_page.goto(f"{address}?layout={layout}&models={model}&dataset=prompts")
        return browser_page

    return open_with


def _select(page: Page, source: str) -> None:
    page.locator("lit-data-table").get_by_text(source, exact=True).first.click(timeout=60_000)


def _choose_sequence(view: View, kind: str) -> None:
    """Chooses the sequence of the dataset (Target) or of the model (Response)."""
    picker = view.root.locator("seqsal-toolbar select").first
    # Not "Generating the response…", which is there until the response is. By its label, since a
    # response that arrives changes the numbers of the options.
    option = picker.locator("option", has_text=re.compile(rf"^\s*{kind}"))
    option.first.wait_for(state="attached", timeout=60_000)
    picker.select_option(label=option.first.inner_text())
    expect(view.root.locator("seqsal-text .target .name")).to_contain_text(kind, timeout=60_000)
    view.wait_for_answer()


def _ranked(view: View) -> dict[str, float]:
    """Returns the score of each of the strongest segments."""
    if not view.root.locator("seqsal-ranking").is_visible():
        view.root.get_by_role("button", name="Strongest").click()
    rows = view.root.locator("seqsal-ranking li button")
    rows.first.wait_for(timeout=60_000)
    titles: list[str] = rows.evaluate_all("rows => rows.map(row => row.title)")
    pairs = [title.rsplit(" · salience ", 1) for title in titles]
    return {text.strip(): float(score.replace("−", "-")) for text, score in pairs}


@pytest.mark.parametrize("name", NAMES)
def test_our_module_explains_target_and_response(open_lit: Open, name: str) -> None:
    server, model, notes = GROUPS[name]
    page = open_lit(server, model, "ours")
    missing: list[str] = []
    page.on("response", lambda answer: missing.extend(_failures(answer)))
    view = SaliencePage(page).view
    _select(page, "with-target")
    for kind in ("Target", "Response"):
        _choose_sequence(view, kind)
        view.choose("Words")
        view.explain(view.segments("target").last)
        (selected,) = view.selected()
        heat = view.heat()
        assert sum(heat[:selected]) >= 3
        assert not any(heat[selected:])
        assert view.text("prompt") == RECORDS[0]["prompt"]
    view.choose("Grad · Input")
    expect(view.root.locator("seqsal-legend")).to_contain_text("support")
    shown = view.root.locator("seqsal-notes span").all_inner_texts()
    assert [note.split(",")[0] for note in shown] == notes
    assert view.root.get_by_role("alert").count() == 0
    # No request is for a path that only our server has.
    assert missing == []


def _failures(answer: Response) -> list[str]:
    return [f"{answer.status} {answer.url}"] if answer.status >= 400 else []


@pytest.mark.parametrize("name", NAMES)
def test_lits_module_explains_target_and_response(open_lit: Open, name: str) -> None:
    server, model, _ = GROUPS[name]
    page = open_lit(server, model, "stock")
    _select(page, "with-target")
    stock = StockSalience(page)
    for kind in ("target", "response"):
        stock.choose_sequence(kind)
        scores = stock.explain_last()
        assert sum(score > 0 for score in scores) >= 3
        assert scores[-1] == 0
        stock.root.get_by_text("Select sequence").first.click()


def test_lits_module_shows_the_exact_text_of_our_groups(open_lit: Open) -> None:
    page = open_lit("groups", "ours", "stock")
    _select(page, "without-target")
    stock = StockSalience(page)
    stock.choose_sequence("response")
    shown = "".join(stock.chips.all_inner_texts())
    assert shown.startswith("<s>Taste-likes:Fish🐟")  # White space is between the chips.


def test_lits_wrapper_and_ours_give_equal_scores_for_one_model(open_lit: Open) -> None:
    lists = {}
    for model in ("ours", "lit"):
        page = open_lit("groups", model, "ours")
        view = SaliencePage(page).view
        _select(page, "with-target")
        _choose_sequence(view, "Target")
        view.choose("Sentences")
        view.explain(view.segment("target", "Recommendation"))
        for method in ("Grad L2", "Grad · Input"):
            view.choose(method)
            lists[model, method] = _ranked(view)
    for method in ("Grad L2", "Grad · Input"):
        assert lists["lit", method].keys() == lists["ours", method].keys()
        # The page shows three digits.
        assert lists["lit", method] == pytest.approx(lists["ours", method], rel=0.01, abs=1e-4)
    signed = lists["ours", "Grad · Input"].values()
    assert min(signed) < -0.05 < 0.05 < max(signed)


def test_scores_of_a_custom_wrapper_keep_their_sign(open_lit: Open) -> None:
    page = open_lit("groups", "hand", "ours")
    view = SaliencePage(page).view
    _select(page, "without-target")  # Its prompt contains soup, and the answer contains both words.
    _choose_sequence(view, "Response")
    view.choose("Words")
    view.explain(view.segments("target").last)
    view.choose("Grad · Input")
    scores = {text.lower().rstrip("."): score for text, score in _ranked(view).items()}
    assert scores[AGAINST] < 0 < scores["and"]
    assert SUPPORTS not in scores  # It is the selected word.


def test_an_edit_its_comparison_and_the_trail_need_no_route_of_ours(open_lit: Open) -> None:
    page = open_lit("groups", "ours", "ours")
    _select(page, "with-target")
    view = SaliencePage(page).view
    _choose_sequence(view, "Response")
    view.choose("Sentences")
    view.explain(view.segments("target").first)
    view.segments("prompt").first.dblclick()
    view.root.locator("seqsal-text .field").wait_for(timeout=60_000)
    page.keyboard.press("Control+a")
    page.keyboard.type("Taste-likes: Bread and butter")
    page.keyboard.press("Control+Enter")
    pinned, changed = SaliencePage(page).wait_for_views(2)
    page.mouse.move(0, 0)  # The readout is about the segment under the pointer.
    for side in (pinned, changed):
        side.wait_for_heat()
    assert any("Bread and butter" in text for text in changed.marked("added"))
    changed.choose("Difference")
    expect(changed.root.locator("seqsal-legend")).to_contain_text("gained", timeout=60_000)
    tries = changed.root.locator("seqsal-trail").get_by_role("treeitem")
    expect(tries).to_have_count(2, timeout=60_000)
    tries.nth(1).get_by_role("button", name="Star").click()
    expect(tries.nth(1)).to_contain_text("★")
    # The browser keeps the notes that this server cannot keep.
    tries.nth(0).click()
    expect(SaliencePage(page).views()[-1].root.locator("seqsal-trail")).to_contain_text("★")


def test_many_examples_need_a_server_of_seqsal_and_say_so(open_lit: Open) -> None:
    module = open_lit("groups", "hand", "many").locator("seqsal-aggregate")
    text = "An analysis of many examples needs a server of seqsal"
    expect(module).to_contain_text(text, timeout=60_000)
    expect(module.get_by_role("button", name="Run over")).to_have_count(0)


def test_a_custom_module_in_a_lit_build_works_next_to_ours(open_lit: Open) -> None:
    page = open_lit("groups", "ours", "custom")
    view = SaliencePage(page).view
    _select(page, "without-target")
    expect(page.locator("potato-module").get_by_text("A potato for without-target")).to_be_visible()
    view.wait_for_answer()
    view.explain(view.segments("target").last)
    assert any(view.heat())
