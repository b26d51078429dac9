"""An edited prompt next to the one before it: the question stays asked."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.salience_page import PATIENCE, SaliencePage, View
from tests.e2e.server import SEQSAL

Open = Callable[..., SaliencePage]
Serve = Callable[..., str]


def _ask_about_the_recommendation(page: SaliencePage) -> View:
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    page.view.choose("Sentences")
    page.view.explain(page.view.segment("target", "Recommendation"))
    return page.view


def _selected_text(view: View) -> str:
    selected = view.root.locator("seqsal-text .sel")
    expect(selected).to_have_count(1, timeout=PATIENCE)
    return selected.inner_text().strip()


def test_both_sides_of_an_edit_answer_the_same_question_without_a_click(open_page: Open) -> None:
    page = open_page()
    before = _ask_about_the_recommendation(page)
    asked, heat = _selected_text(before), before.heat()
    page.edit_prompt(lambda prompt: prompt.replace("Quiche Lorraine", "Tomato soup"))
    page.page.get_by_role("button", name="Add and compare").click()
    expect(page.page.locator("seqsal-module")).to_have_count(2, timeout=PATIENCE)
    pinned, edited = sorted(
        page.views(), key=lambda view: "Suggestion: Tomato soup" in view.text("prompt")
    )
    for view in (pinned, edited):
        view.wait_for_heat()
    assert _selected_text(pinned) == asked
    assert pinned.heat() == heat
    assert pinned.root.locator("seqsal-readout .carried").count() == 0
    assert _selected_text(edited).startswith("Recommendation:")
    note = edited.root.locator("seqsal-readout .carried")
    expect(note).to_contain_text("the same")
    # Each side marks what the other one does not have.
    for view, words in ((pinned, "removed"), (edited, "added")):
        expect(view.root.locator("seqsal-changes")).to_contain_text(words)
        assert view.marked(words)[:1] == ("Tomato soup" if view is edited else "Quiche Lorraine",)


def test_a_removed_segment_leaves_the_question_asked(open_page: Open) -> None:
    page = open_page()
    view = _ask_about_the_recommendation(page)
    view.segments("prompt").nth(3).click(button="right")
    page.page.get_by_role("menuitem", name="Remove and run").click()
    expect(page.page.locator("seqsal-module")).to_have_count(2, timeout=PATIENCE)
    page.page.mouse.move(0, 0)  # The readout shows the segment under the pointer.
    for side in page.views():
        side.wait_for_heat()
        assert _selected_text(side).startswith("Recommendation:")


def test_a_quick_question_runs_at_once_and_leaves_the_question_asked(open_page: Open) -> None:
    page = open_page()
    view = _ask_about_the_recommendation(page)
    view.choose("Lines")
    view.segment("prompt", "Taste-dislikes: Can't eat eggs").click(button="right")
    page.page.get_by_role("menuitem", name="Move up").click()
    expect(page.page.locator("seqsal-module")).to_have_count(2, timeout=PATIENCE)
    for side in page.views():
        side.wait_for_heat()
    pinned, moved = sorted(
        page.views(), key=lambda side: "eggs\nTaste-likes" in side.text("prompt")
    )
    lines = [side.text("prompt").strip().split("\n") for side in (pinned, moved)]
    assert lines[0] != lines[1]
    at = lines[0].index("Taste-dislikes: Can't eat eggs")
    lines[0][at - 1 : at + 1] = lines[0][at - 1 : at + 1][::-1]
    assert lines[0] == lines[1]


def test_an_example_that_was_not_made_from_this_one_begins_without_a_selection(
    open_page: Open,
) -> None:
    page = open_page()
    _ask_about_the_recommendation(page)
    page.select("fewshot-fixed")
    page.view.wait_for_answer()
    expect(page.view.root.locator("seqsal-text .sel")).to_have_count(0)
    # What was asked before is asked again on the way back.
    page.select("fewshot-mistake")
    assert _selected_text(page.view).startswith("Recommendation:")


def test_a_sentence_is_changed_where_it_is_read(open_page: Open) -> None:
    page = open_page()
    view = _ask_about_the_recommendation(page)
    asked = _selected_text(view)
    view.segment("prompt", "Suggestion: Quiche Lorraine").dblclick()
    field = view.root.locator("seqsal-text .field")
    expect(field).to_have_text("Suggestion: Quiche Lorraine", timeout=PATIENCE)
    page.page.keyboard.press("Control+a")
    page.page.keyboard.type("Suggestion: Tomato soup")
    assert _selected_text(view) == asked  # The first of the two clicks has selected nothing.
    page.page.keyboard.press("Control+Enter")
    expect(page.page.locator("seqsal-module")).to_have_count(2, timeout=PATIENCE)
    page.page.mouse.move(0, 0)
    for side in page.views():
        side.wait_for_heat()
        assert _selected_text(side).startswith("Recommendation:")
        expect(side.root.locator("seqsal-edit-bar button")).to_have_count(0)
    texts = [side.text("prompt") for side in page.views()]
    assert sorted("Suggestion: Tomato soup" in text for text in texts) == [False, True]


def test_what_was_typed_outlives_the_page(serve_any: Serve, browser_page: Page) -> None:
    address = serve_any(*SEQSAL, "--max_examples=1", "--max_new_tokens=8")
    browser_page.goto(address)
    page = SaliencePage(browser_page)
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    page.view.choose("Sentences")
    page.view.segment("prompt", "Suggestion: Quiche Lorraine").dblclick()
    field = page.view.root.locator("seqsal-text .field")
    field.wait_for(timeout=PATIENCE)
    page.page.keyboard.press("End")
    page.page.keyboard.type(" with leeks")
    browser_page.reload()  # The address has the selected prompt.
    expect(field).to_have_text("Suggestion: Quiche Lorraine with leeks", timeout=PATIENCE)
    bar = page.view.root.locator("seqsal-edit-bar")
    expect(bar).to_contain_text("not run yet")
    bar.get_by_role("button", name="Discard").click()
    expect(page.view.root.locator("seqsal-text .prompt")).to_contain_text(
        "Suggestion: Quiche Lorraine"
    )
    expect(field).to_have_count(0)


def test_an_edit_whose_prompt_is_gone_is_offered_with_its_text(open_page: Open) -> None:
    page = open_page()
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    page.edit_prompt(lambda prompt: prompt.replace("Quiche Lorraine", "Radish salad"))
    page.add()
    page.view.choose("Sentences")
    page.view.segment("prompt", "Suggestion: Radish salad").dblclick()
    page.view.root.locator("seqsal-text .field").wait_for(timeout=PATIENCE)
    page.page.keyboard.press("Control+a")
    page.page.keyboard.type("Suggestion: Radish and apple salad")
    orphaned = page.page.locator("seqsal-orphaned-edits details")
    expect(orphaned).to_have_count(0)
    page.page.goto(page.page.url.partition("?")[0])  # The address would add the prompt again.
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    expect(orphaned).to_contain_text("is no longer in this dataset", timeout=PATIENCE)
    orphaned.locator("summary").click()
    expect(orphaned.get_by_role("textbox")).to_have_value("Suggestion: Radish and apple salad")
    orphaned.get_by_role("button", name="Discard it").click()
    expect(orphaned).to_have_count(0)
    page.reload()
    page.view.wait_for_answer()
    expect(orphaned).to_have_count(0)
