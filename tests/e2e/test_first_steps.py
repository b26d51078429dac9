"""The page itself describes how to explain a sentence."""

import pathlib
import re
import shutil
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from seqsal.models import embedded
from tests.e2e.salience_page import PATIENCE, SaliencePage

Open = Callable[..., SaliencePage]


def test_each_step_is_described_where_the_user_performs_it(open_page: Open) -> None:
    page = open_page()
    view = page.view.root
    # The heading names a visible part of the page.
    words = view.get_by_role("heading").inner_text()
    named = re.search(r"in the (.+)", words)
    assert named is not None
    expect(page.page.get_by_text(named[1], exact=True).first).to_be_visible()
    page.select("fewshot-fixed")

    # The next hint is not truncated, and the sentence that it asks for is visible.
    page.view.wait_for_answer()
    hint = view.locator("seqsal-readout .hint")
    expect(hint).to_have_text(re.compile("^Click a sentence of the answer"))
    assert hint.evaluate("each => each.scrollHeight <= each.clientHeight + 1")
    sentence = page.view.segments("target").last
    expect(sentence).to_be_in_viewport(ratio=1)
    assert sentence.evaluate("each => getComputedStyle(each).cursor") == "pointer"

    # The result names the selection, the strongest share, and the meaning of the colours.
    sentence.click()
    readout = view.locator("seqsal-readout")
    share = re.compile(r"strongest[\s\S]*of the\s+salience")
    expect(readout).to_contain_text(share, timeout=PATIENCE)
    expect(readout).to_contain_text("Explaining")
    expect(view.locator("seqsal-legend")).to_be_visible()
    assert any(page.view.heat())


def test_every_button_has_visible_text_or_a_tooltip(open_page: Open) -> None:
    page = open_page()
    page.select("fewshot-fixed")
    page.view.wait_for_answer()
    for button in page.view.root.get_by_role("button").all():
        if button.is_visible():
            assert button.inner_text().strip() or button.get_attribute("title")


def test_one_note_marks_the_demonstration_model_and_none_a_custom_model(
    open_page: Open, tmp_path: pathlib.Path
) -> None:
    own = shutil.copytree(embedded.path("tiny"), tmp_path / "own")
    flags = (f"--models=small:embedded:small,mine:{own}", "--max_examples=2")
    page = open_page(*flags, query="?models=small,mine")
    page.select("fewshot-fixed")
    expect(page.page.locator("seqsal-module")).to_have_count(2, timeout=PATIENCE)
    ours, mine = page.views()
    for view in (ours, mine):
        view.wait_for_answer()
    note = page.page.get_by_text("A small demonstration model")
    expect(note).to_have_count(1)
    expect(note).to_be_in_viewport(ratio=1)
    expect(ours.root.locator("seqsal-notes")).to_contain_text("seqsal --models=NAME:PATH")
    expect(mine.root.locator("seqsal-notes")).to_have_text("")
    assert page.page.get_by_role("alert").count() == 0


@pytest.mark.parametrize(
    "prompt",
    [
        "def f(x):\n    if x <= 10:\n        return [x, 2 * x]\n",
        "请用中文回答。今天天气怎么样？明天会下雨吗？",
    ],
    ids=["code", "Chinese"],
)
def test_a_prompt_far_from_the_training_text_is_answered_and_explained(
    open_page: Open, prompt: str
) -> None:
    page = open_page()
    page.select("fewshot-fixed")
    page.view.wait_for_answer()
    page.edit_prompt(lambda _: prompt)
    page.add()
    text = page.view.root.locator("seqsal-text .prompt .flow")
    expect(text).to_contain_text(prompt.strip()[-8:], timeout=PATIENCE)
    page.view.wait_for_answer()
    assert page.view.text("prompt").strip() == prompt.strip()
    page.view.explain(page.view.segments("target").last)
    assert any(page.view.heat())
    expect(page.page.get_by_text("A small demonstration model")).to_be_visible()


def test_a_prompt_is_written_and_run_where_no_prompt_is_chosen(open_page: Open) -> None:
    page = open_page()
    box = page.view.root.get_by_role("textbox", name="Prompt")
    box.fill("What is the capital of Norway?")
    box.press("Control+Enter")
    page.view.wait_for_answer()
    assert "What is the capital of Norway?" in page.view.text("prompt")
    # The field is back, and empty, when nothing is selected.
    page.page.get_by_role("button", name="Clear selection").click()
    expect(box).to_have_value("")
    expect(page.view.root.get_by_role("button", name="Run")).to_be_disabled()


def test_a_new_prompt_stays_in_its_field_until_it_is_added(open_page: Open) -> None:
    page = open_page()
    box = page.view.root.get_by_role("textbox", name="Prompt")
    box.fill("What is the capital of Norway?")
    # Another prompt is on the screen for a while.
    page.select("fewshot-fixed")
    page.view.wait_for_answer()
    page.page.get_by_role("button", name="Clear selection").click()
    expect(box).to_have_value("What is the capital of Norway?")
    # The server refuses it.
    page.page.route("**/annotate_new_data*", lambda route: route.abort())
    page.view.root.get_by_role("button", name="Run").click()
    expect(page.view.root.get_by_role("alert")).to_contain_text("The prompt was not added: ")
    expect(box).to_have_value("What is the capital of Norway?")
