"""From a prompt in the Data Table to the heat of its answer."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.salience_page import Explained, SaliencePage

Open = Callable[..., SaliencePage]


def test_a_click_on_the_recommendation_shows_heat_before_it(open_page: Open) -> None:
    page = open_page()
    expect(page.view.root).to_contain_text("Write a prompt, or choose one in the Data Table")
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    page.view.choose("Sentences")
    recommendation = page.view.segment("target", "Recommendation")
    page.view.explain(recommendation)

    (selected,) = page.view.selected()
    assert selected == page.view.segments().count() - 1
    assert any(page.view.heat()[:selected])
    page.view.choose("Grad L2")  # It has no sign: nearly all segments have some heat.
    page.view.wait_for_heat()
    heat = page.view.heat()
    assert sum(heat[:selected]) > 10
    assert not any(heat[selected:])


def test_heat_ends_at_the_selection_and_is_removed_with_it(open_page: Open) -> None:
    page = open_page()
    page.select("fewshot-fixed")
    page.view.wait_for_answer()
    page.view.choose("Sentences")
    analysis = page.view.segments("target").first
    page.view.explain(analysis)
    (selected,) = page.view.selected()
    heat = page.view.heat()
    assert any(heat[:selected])
    assert not any(heat[selected:])
    assert len(heat) > selected + 1  # Segments after it must have no heat.

    analysis.click()
    expect(page.view.root.locator("seqsal-readout")).not_to_contain_text("Explaining")
    assert page.view.selected() == []
    assert not any(page.view.heat())


def test_a_click_on_the_answer_uses_prefetched_scores(open_page: Open) -> None:
    page = open_page()
    explained = Explained(page.page)
    page.select("fewshot-fixed")
    page.view.wait_for_answer()
    answer = page.view.segments("target")
    sentences = answer.count()
    explained.wait_for(sentences)
    page.view.choose("Words")
    words = answer.count()
    explained.wait_for(sentences + words)
    assert explained.requests < words / 2  # Several in one request.

    page.page.route("**/seqsal/jobs", lambda route: route.abort())
    for word in (answer.first, answer.last):
        page.view.explain(word)
        (selected,) = page.view.selected()
        assert any(page.view.heat()[:selected])


def test_shift_click_selects_a_range_that_every_granularity_preserves(open_page: Open) -> None:
    page = open_page()
    page.select("fewshot-fixed")
    page.view.wait_for_answer()
    page.view.choose("Sentences")
    answer = page.view.segments("target")
    page.view.explain(answer.first)
    answer.last.click(modifiers=["Shift"])
    expect(answer.last).to_have_attribute("aria-selected", "true")
    page.view.wait_for_heat()
    explained = page.view.readout().split("·")[0]
    for granularity in ("Tokens", "Words", "Lines", "Paragraphs", "Sentences"):
        page.view.choose(granularity)
        indices = page.view.selected()
        assert indices == list(range(indices[0], indices[-1] + 1))
        assert page.view.readout().startswith(explained)
        assert any(page.view.heat()[: indices[0]])


def test_a_regular_expression_segments_the_text_and_a_slow_one_is_cancelled(
    open_page: Open,
) -> None:
    page = open_page()
    page.select("fewshot-fixed")
    page.view.wait_for_answer()
    page.view.choose("Custom")
    field = page.view.root.get_by_role("textbox", name="A match of")
    field.fill("Taste-dislikes:")
    expect(page.view.segments().nth(1)).to_have_text(re.compile("Taste-dislikes:$"))
    segments = page.view.segments().count()
    field.fill("((.|\\n)+)+@@")
    expect(page.view.root).to_contain_text("This expression takes too long on this text.")
    assert page.view.segments().count() == segments


def test_the_displayed_prompt_equals_the_text_in_the_editor(open_page: Open) -> None:
    page = open_page()
    page.select("fewshot-constitution")
    page.view.wait_for_answer()
    page.open_tab("Editor")
    assert page.view.text("prompt") == page.prompt_box.input_value()


def test_an_edited_prompt_is_answered_and_explained(open_page: Open) -> None:
    page = open_page()
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    page.answer_another_dish()


def test_the_dataset_target_can_be_explained_instead_of_the_answer(open_page: Open) -> None:
    page = open_page()
    page.select("fewshot-fixed")
    page.view.wait_for_answer()
    expect(page.view.root.locator("seqsal-text .target .name")).to_contain_text("Response")
    answer = page.view.text("target")
    picker = page.view.root.locator("seqsal-toolbar select").first
    labels = picker.locator("option").all_inner_texts()
    picker.select_option(label=next(label for label in labels if label.startswith("Target")))
    expect(page.view.root.locator("seqsal-text .target .name")).to_have_text("Target")
    page.view.wait_for_answer()
    page.view.choose("Sentences")
    page.view.explain(page.view.segments("target").last)
    picker.select_option(label=next(label for label in labels if label.startswith("Response")))
    expect(page.view.root.locator("seqsal-text .target .name")).to_contain_text("Response")
    assert page.view.text("target") == answer


def test_the_method_changes_the_heat_without_another_click(open_page: Open) -> None:
    page = open_page()
    page.select("fewshot-fixed")
    page.view.wait_for_answer()
    page.view.explain(page.view.segments("target").last)
    classes = "spans => spans.map(span => span.className)"
    unsigned = page.view.segments().evaluate_all(classes)
    page.view.choose("Grad · Input")
    expect(page.view.root.locator("seqsal-legend")).to_contain_text("support")
    assert page.view.segments().evaluate_all(classes) != unsigned
    assert len(page.view.selected()) == 1
