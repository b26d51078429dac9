"""The page shows errors, preserves the input, and serves later requests."""

from collections.abc import Callable

from playwright.sync_api import Route, expect

from tests.e2e.salience_page import PATIENCE, SaliencePage

Open = Callable[..., SaliencePage]


def test_a_prompt_beyond_the_context_shows_an_error_and_stays_in_the_editor(
    open_page: Open,
) -> None:
    page = open_page()
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    page.edit_prompt(lambda prompt: prompt * 20)
    too_long = page.prompt_box.input_value()
    page.add()
    expect(page.view.root.locator("seqsal-status").first).to_contain_text(
        "The prompt has", timeout=PATIENCE
    )
    expect(page.view.root).to_contain_text("fit")
    expect(page.view.root).not_to_contain_text("Traceback")
    expect(page.page.locator("body")).not_to_contain_text("Unknown error")
    expect(page.view.root.get_by_role("button", name="Try again").first).to_be_visible()
    assert page.prompt_box.input_value() == too_long

    page.edit_prompt(lambda prompt: prompt[: len(prompt) // 20])
    page.add()
    page.view.wait_for_answer()


def test_an_unreachable_server_shows_an_error_and_retry_works(open_page: Open) -> None:
    page = open_page()
    # From the start: the scores of the click could be prefetched.
    page.page.route("**/seqsal/jobs", _abort_salience)
    page.select("fewshot-fixed")
    page.view.wait_for_answer()
    page.view.segments("target").last.click()
    expect(page.view.root).to_contain_text("The server cannot be reached", timeout=PATIENCE)
    page.page.unroute("**/seqsal/jobs")
    page.view.root.get_by_role("button", name="Try again").first.click()
    page.view.wait_for_heat()
    assert any(page.view.heat())


def _abort_salience(route: Route) -> None:
    if '"kind":"salience"' in (route.request.post_data or ""):
        route.abort()
    else:
        route.continue_()


def test_an_invalid_expression_shows_an_error_next_to_its_field(open_page: Open) -> None:
    page = open_page()
    page.select("fewshot-fixed")
    page.view.wait_for_answer()
    page.view.choose("Custom")
    field = page.view.root.locator("seqsal-pattern input")
    field.fill("[unclosed")
    field.press("Enter")
    expect(page.view.root.locator("seqsal-pattern")).to_contain_text("nvalid", timeout=PATIENCE)
    assert field.input_value() == "[unclosed"
    field.fill(r",\s*")
    field.press("Enter")
    expect(page.view.root.locator("seqsal-pattern")).not_to_contain_text("nvalid")
    assert page.view.segments().count() > 1
