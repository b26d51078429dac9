"""Selecting several segments by mouse and by keyboard, and the list of the strongest segments."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.e2e.salience_page import PATIENCE, SaliencePage, salience_masks

Open = Callable[..., SaliencePage]


def _drag(page: Page, start: Locator, end: Locator) -> None:
    boxes = [segment.bounding_box() for segment in (start, end)]
    points = [(box["x"] + 4, box["y"] + box["height"] / 2) for box in boxes if box]
    page.mouse.move(*points[0])
    page.mouse.down()
    page.mouse.move(*points[1], steps=8)
    page.mouse.up()


def _open_words(page: SaliencePage) -> Locator:
    page.select("fewshot-fixed")
    page.view.wait_for_answer()
    page.view.choose("Words")
    return page.view.segments("target")


def _mask_of(page: SaliencePage, act: Callable[[], None]) -> list[int]:
    """Returns the mask that the page sends to the salience model during an action."""
    with page.page.expect_request(
        lambda request: len(salience_masks(request)) == 1, timeout=PATIENCE
    ) as sent:
        act()
    (mask,) = salience_masks(sent.value)
    return [int(value) for value in mask]


def test_a_drag_selects_the_segments_under_it(open_page: Open) -> None:
    page = open_page()
    words = _open_words(page)
    mask = _mask_of(page, lambda: _drag(page.page, words.nth(1), words.nth(3)))
    page.view.wait_for_heat()
    first = page.view.segments("prompt").count()
    assert page.view.selected() == [first + 1, first + 2, first + 3]
    assert any(page.view.heat()[:first])
    chosen = [i for i, value in enumerate(mask) if value]
    assert chosen == list(range(chosen[0], chosen[-1] + 1))


def test_a_selection_with_a_gap_is_explained_and_every_granularity_preserves_it(
    open_page: Open,
) -> None:
    page = open_page()
    words = _open_words(page)
    words.nth(0).click()

    def add() -> None:
        words.nth(2).click(modifiers=["Control"])

    mask = _mask_of(page, add)
    chosen = [i for i, value in enumerate(mask) if value]
    assert chosen != list(range(chosen[0], chosen[-1] + 1))
    first = page.view.segments("prompt").count()
    assert page.view.selected() == [first, first + 2]
    readout = page.view.root.locator("seqsal-readout")
    expect(readout).to_contain_text("…")
    explained = readout.inner_text().split("·")[0]
    for granularity in ("Tokens", "Sentences", "Words"):
        page.view.choose(granularity)
        assert readout.inner_text().startswith(explained)
    assert page.view.selected() == [first, first + 2]


def test_shift_with_arrows_explains_a_range(open_page: Open) -> None:
    page = open_page()
    words = _open_words(page)
    words.nth(0).click()

    def extend() -> None:
        page.page.keyboard.down("Shift")
        page.page.keyboard.press("ArrowRight")
        page.page.keyboard.press("ArrowRight")
        page.page.keyboard.up("Shift")

    assert sum(_mask_of(page, extend)) >= 3
    first = page.view.segments("prompt").count()
    assert page.view.selected() == [first, first + 1, first + 2]
    page.page.keyboard.press("Escape")
    assert page.view.selected() == []


def test_the_strongest_segments_are_listed_and_scrolled_to(open_page: Open) -> None:
    page = open_page()
    page.select("fewshot-fixed")
    page.view.wait_for_answer()
    page.view.explain(page.view.segments("target").last)
    page.view.root.get_by_role("button", name="Strongest").click()
    rows = page.view.root.locator("seqsal-ranking li button")
    shares = [float(text.split()[0]) for text in rows.locator(".share").all_inner_texts()]
    assert shares == sorted(shares, reverse=True)
    page.view.root.locator("seqsal-text").evaluate("text => { text.scrollTop = 0 }")
    rows.first.click()
    here = page.view.root.locator("seqsal-text [data-here]")
    expect(here).to_be_in_viewport()
    assert rows.first.locator(".text").inner_text().startswith(here.inner_text()[:20])
    expect(page.view.root.locator("seqsal-readout")).to_contain_text("the strongest of")

    # The keys cycle through the strongest segments in the order of the text.
    page.view.root.locator("seqsal-text [tabindex='0']").focus()
    places: list[int] = []
    for _ in range(6):
        page.page.keyboard.press("n")
        focused = page.view.root.locator("seqsal-text :focus")
        expect(focused).to_be_in_viewport()
        places.append(focused.evaluate(_PLACE))
    assert places[5] == places[0]
    first = places.index(min(places[:5]))
    in_order = places[first:5] + places[:first]
    assert in_order == sorted(set(in_order))


_PLACE = """span => [...span.getRootNode().querySelectorAll('.s')].indexOf(span)"""


def test_side_by_side_each_view_has_its_own_range_and_list(open_page: Open) -> None:
    page = open_page()
    pinned, chosen = page.side_by_side("fewshot-mistake", "fewshot-fixed")
    pinned.choose("Words")
    words = pinned.segments("target")
    _drag(page.page, words.nth(0), words.nth(2))
    pinned.wait_for_heat()
    assert len(pinned.selected()) == 3
    assert chosen.selected() == []
    pinned.root.get_by_role("button", name="Strongest").click()
    # Both views show the list, which is a display setting; each lists its own segments.
    expect(chosen.root.locator("seqsal-ranking")).to_contain_text("Choose a segment")
    expect(pinned.root.locator("seqsal-ranking li").first).to_be_visible()


def test_a_token_shows_its_id_and_its_probability(open_page: Open) -> None:
    page = open_page()
    words = _open_words(page)
    words.first.hover()
    readout = page.view.root.locator("seqsal-readout")
    expect(readout.locator(".token")).not_to_have_count(0)
    token = readout.locator(".token").first
    assert int(token.locator("span").first.inner_text()) > 0
    page.view.root.get_by_role("button", name="How sure was the model?").click()
    expect(page.view.root.get_by_role("list", name="Probability of each token")).to_be_visible(
        timeout=PATIENCE
    )
    lines = page.page.evaluate(
        "[...CSS.highlights].flatMap(([, ranges]) => [...ranges].map(range => range.toString()))"
    )
    # Every token of the answer with text has a line, and no other text has one.
    assert sorted("".join(lines)) == sorted("".join(page.view.text("target").split()))
    words.nth(1).hover()
    expect(token).to_contain_text("%")
