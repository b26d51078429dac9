"""The trail: the versions of a prompt, their answers and checks, and what a restart keeps of it."""

import json
import pathlib
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.deployment import wait_until
from tests.e2e.salience_page import PATIENCE, SaliencePage, View
from tests.e2e.server import serving

FLAGS = ("--models=tiny:embedded:tiny", "--max_examples=2", "--max_new_tokens=24")


def _tries(view: View) -> Locator:
    return view.root.locator("seqsal-trail").get_by_role("treeitem")


def _change_the_dish(page: SaliencePage, dish: str, views: int = 2) -> View:
    """Changes the dish in the selected example where it is read, and runs it."""
    view = page.views()[-1]
    view.segment("prompt", "Suggestion:").dblclick()
    view.root.locator("seqsal-text .field").wait_for(timeout=PATIENCE)
    page.page.keyboard.press("Control+a")
    page.page.keyboard.type(f"Suggestion: {dish}")
    page.page.keyboard.press("Control+Enter")
    expect(page.page.locator("seqsal-module")).to_have_count(views, timeout=PATIENCE)
    prompt = page.page.locator("seqsal-module").last.locator("seqsal-text .prompt")
    expect(prompt).to_contain_text(dish, timeout=PATIENCE)
    page.views()[-1].wait_for_answer()
    return page.views()[-1]


def _notes(page: Page, address: str) -> Any:
    """Returns the notes that the server has."""
    reply = page.request.post(f"{address}get_trails?dataset_name=sample_prompts").text()
    return json.loads(reply[reply.index("{") :])


def _check(view: View, kind: str, text: str) -> None:
    trail = view.root.locator("seqsal-trail")
    trail.get_by_role("button", name="Check the answers").click()
    trail.get_by_role("combobox").select_option(label=kind)
    trail.get_by_role("textbox").fill(text)
    trail.get_by_role("button", name="Add").click()


def test_the_trail_lists_goes_to_compares_checks_and_survives_kill_9(
    browser_page: Page, tmp_path: pathlib.Path
) -> None:
    with serving(*FLAGS, f"--data_dir={tmp_path / 'store'}") as (address, _):
        browser_page.goto(address)
        page = SaliencePage(browser_page)
        page.select("fewshot-mistake")
        page.view.wait_for_answer()
        page.view.choose("Sentences")
        expect(_tries(page.view)).to_have_count(0)  # There is only one.
        _change_the_dish(page, "Tomato soup")
        view = _change_the_dish(page, "Potato soup")
        expect(_tries(view)).to_have_count(3, timeout=PATIENCE)
        lines = _tries(view).all_inner_texts()
        assert "First version" in lines[0]
        assert "“Quiche Lorraine” → “Tomato soup”" in lines[1]
        assert "“Tomato” → “Potato”" in lines[2]
        assert [_tries(view).nth(i).get_attribute("aria-level") for i in range(3)] == list("123")
        # A check is about all tries.
        _check(view, "contain", "Recommendation")
        _check(view, "have at most this many words", "1")
        for i in range(3):
            expect(_tries(view).nth(i)).to_contain_text("✓✗", timeout=PATIENCE)
        _tries(view).nth(1).get_by_role("button", name="Star").click()
        # A click goes there; Shift and a click compare.
        _tries(view).nth(0).click()
        first = page.page.locator("seqsal-module").last
        expect(first.locator("seqsal-text .prompt")).to_contain_text(
            "Quiche Lorraine", timeout=PATIENCE
        )
        _tries(page.views()[-1]).nth(2).click(modifiers=["Shift"])
        expect(page.page.locator("seqsal-module")).to_have_count(2, timeout=PATIENCE)
        pinned, selected = (view.root.locator("seqsal-text .prompt") for view in page.views())
        expect(pinned).to_contain_text("Quiche Lorraine", timeout=PATIENCE)
        expect(selected).to_contain_text("Potato soup", timeout=PATIENCE)
        view = page.views()[-1]
        _tries(view).nth(1).get_by_role("button", name="Hide").click()
        expect(_tries(view)).to_have_count(2)
        expect(view.root.locator("seqsal-trail")).to_contain_text("Show 1 hidden")
        browser_page.goto("about:blank")  # The browser finishes the request that hides it.
        wait_until(lambda: len(_notes(browser_page, address)["hidden"]) == 1)

    with serving(*FLAGS, f"--data_dir={tmp_path / 'store'}") as (address, _):
        browser_page.goto(address)
        page = SaliencePage(browser_page)
        page.select("fewshot-mistake")
        page.view.wait_for_answer()
        view = page.view
        # The answers of the others come from the store; nobody has looked at them yet.
        expect(_tries(view)).to_have_count(2, timeout=PATIENCE)
        for i in range(2):
            expect(_tries(view).nth(i)).to_contain_text("✓✗", timeout=PATIENCE)
        view.root.locator("seqsal-trail").get_by_role("button", name="Show 1 hidden").click()
        expect(_tries(view)).to_have_count(3)
        expect(_tries(view).nth(1)).to_contain_text("★")
        for i in range(3):  # The answer of the one that was hidden arrives now.
            expect(_tries(view).nth(i)).to_contain_text("✓✗", timeout=PATIENCE)
        lines = _saved(view, "JSONL", tmp_path).splitlines()
        saved = [json.loads(line) for line in lines]
        assert [line["parent"] for line in saved] == [None, 1, 2]
        assert [[check["passes"] for check in line["checks"]] for line in saved] == [
            [True, False]
        ] * 3
        saved_page = _saved(view, "Save page", tmp_path)
        assert "<del>Tomato</del><ins>Potato</ins> soup" in saved_page
        assert "<script" not in saved_page


def test_two_people_on_one_server_see_each_others_tries_and_notes(
    browser_page: Page, chromium: Browser, tmp_path: pathlib.Path
) -> None:
    with serving(*FLAGS, f"--data_dir={tmp_path / 'store'}") as (address, _):
        other_page = chromium.new_context(viewport={"width": 1600, "height": 900}).new_page()
        pages = []
        for each in (browser_page, other_page):
            each.goto(address)
            page = SaliencePage(each)
            page.select("fewshot-mistake")
            page.view.wait_for_answer()
            page.view.choose("Sentences")
            pages.append(page)
        mine, theirs = pages
        # Each changes the same prompt, and neither knows of the other's change.
        view = _change_the_dish(mine, "Tomato soup")
        _tries(view).nth(1).get_by_role("button", name="Star").click()
        expect(_tries(view).nth(1)).to_contain_text("★")
        other = _change_the_dish(theirs, "Potato soup")
        expect(_tries(other)).to_have_count(2, timeout=PATIENCE)
        _check(other, "contain", "Recommendation")
        expect(_tries(other).nth(1)).to_contain_text("✓", timeout=PATIENCE)
        # After a reload both see both, with the star of one and the check of the other.
        for page in (mine, theirs):
            page.page.goto(address)
            page = SaliencePage(page.page)
            page.select("fewshot-mistake")
            page.view.wait_for_answer()
            tries = _tries(page.view)
            expect(tries).to_have_count(3, timeout=PATIENCE)
            expect(tries.filter(has_text="Tomato soup")).to_contain_text("★")
            expect(tries.filter(has_text="Potato soup")).not_to_contain_text("★")
            for i in range(3):
                expect(tries.nth(i)).to_contain_text("✓", timeout=PATIENCE)
        other_page.context.close()


def _saved(view: View, name: str, folder: pathlib.Path) -> str:
    with view.root.page.expect_download() as download:
        view.root.locator("seqsal-trail").get_by_role("button", name=name).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path.read_text(encoding="utf-8")
