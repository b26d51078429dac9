"""Two examples or two models: LIT shows modules side by side, each with its own state."""

import json
import re
from collections.abc import Callable

from playwright.sync_api import Page, Request, expect

from tests.e2e.salience_page import PATIENCE, SaliencePage

Open = Callable[..., SaliencePage]

TWO_MODELS = ("--models=first:embedded:tiny,second:embedded:tiny", "--max_examples=2")
"""The same weights under two names, and the prompts fewshot-mistake and fewshot-fixed."""


def _wait_for_views(page: SaliencePage, count: int) -> None:
    expect(page.page.locator("seqsal-module")).to_have_count(count, timeout=PATIENCE)


def test_a_pinned_example_is_shown_next_to_the_selected_one(open_page: Open) -> None:
    page = open_page()
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    page.page.get_by_role("button", name="Pin datapoint 0").click()
    page.select("headline-1")
    _wait_for_views(page, 2)
    pinned, chosen = page.views()
    for view in (pinned, chosen):
        view.wait_for_answer()
    assert "Recommendation" in pinned.text("prompt")
    assert "Recommendation" not in chosen.text("prompt")
    # Each has its own selection and its own heat.
    pinned.choose("Sentences")
    pinned.explain(pinned.segments("target").last)
    assert any(pinned.heat())
    assert not any(chosen.heat())
    chosen.explain(chosen.segments("target").last)
    assert any(chosen.heat())
    assert len(pinned.selected()) == 1


def test_an_edited_example_is_compared_with_the_original(open_page: Open) -> None:
    page = open_page()
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    page.edit_prompt(lambda prompt: prompt.replace("Quiche Lorraine", "Tomato soup"))
    page.page.get_by_role("button", name="Add and compare").click()
    _wait_for_views(page, 2)
    texts = []
    for view in page.views():
        view.wait_for_answer()
        texts.append(view.text("prompt"))
    assert sorted("Suggestion: Tomato soup" in text for text in texts) == [False, True]


def test_two_models_are_shown_side_by_side(open_page: Open) -> None:
    page = open_page(*TWO_MODELS, query="?models=first,second")
    page.select("fewshot-fixed")
    _wait_for_views(page, 2)
    first, second = page.views()
    for view in (first, second):
        view.wait_for_answer()
    # Both names have the same weights, so the answers are equal.
    assert first.text("target") == second.text("target")
    second.choose("Sentences")
    second.explain(second.segments("target").last)
    assert any(second.heat())
    assert not any(first.heat())


def _requested_models(page: Page) -> list[str]:
    """Returns a list that grows with the names of the models that the page requests."""
    requested: list[str] = []

    def note(request: Request) -> None:
        requested.extend(re.findall(r"[?&]model=(\w+)", request.url))
        if request.url.endswith("/seqsal/jobs"):
            requested.append(json.loads(request.post_data or "{}")["model"])

    page.on("request", note)
    return requested


def test_the_models_that_ship_are_compared_as_soon_as_the_second_is_ticked(
    open_page: Open, browser_page: Page
) -> None:
    requested = _requested_models(browser_page)
    page = open_page()
    page.select("fewshot-fixed")
    page.view.wait_for_answer()
    assert set(requested) == {"small"}  # The other one has no requests yet.
    page.tick("tiny")
    _wait_for_views(page, 2)
    for view, name in zip(page.views(), ("small", "tiny"), strict=True):
        view.wait_for_answer()
        expect(browser_page.get_by_text(f"{name} - Selected")).to_be_visible()
        view.explain(view.segments("target").last)
        assert any(view.heat())
    assert "tiny" in requested
    first, second = page.views()
    assert first.text("prompt") == second.text("prompt")


def test_two_examples_and_two_models_are_four_views(open_page: Open) -> None:
    page = open_page(query="?models=small,tiny")
    page.select("uses-1")
    page.view.wait_for_answer()
    page.page.get_by_role("button", name="Pin datapoint").click()
    page.select("headline-1")
    _wait_for_views(page, 4)
    prompts = []
    for view in page.views():
        view.wait_for_answer()
        prompts.append(view.text("prompt"))
    assert len(set(prompts)) == 2
    assert all(prompts.count(prompt) == 2 for prompt in prompts)
