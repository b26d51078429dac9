"""kill -9: added prompts and answers are on the page after a restart.

tests/soak/test_killed.py kills a server many times under many requests.
"""

import os
import pathlib

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.salience_page import PATIENCE, ModelRuns, SaliencePage
from tests.e2e.server import serving

_FLAGS = ("--models=tiny:embedded:tiny", "--max_examples=2")


def test_an_added_prompt_and_its_answer_survive_kill_9(
    browser_page: Page, tmp_path: pathlib.Path
) -> None:
    flag = f"--data_dir={tmp_path}"
    with serving(*_FLAGS, flag) as (address, _):
        browser_page.goto(address)
        page = SaliencePage(browser_page)
        page.select("fewshot-mistake")
        page.view.wait_for_answer()
        page.edit_prompt(lambda prompt: prompt.replace("Quiche Lorraine", "Tomato soup"))
        page.add()
        expect(page.view.root).to_contain_text("Tomato soup", timeout=PATIENCE)
        page.view.wait_for_answer()
        answer = page.view.text("target")
        page.view.choose("Sentences")
        page.view.explain(page.view.segments("target").last)
        heat = page.view.heat()
        assert any(heat)
        browser_page.goto("about:blank")

    with serving(*_FLAGS, flag) as (address, _):
        ran = ModelRuns(browser_page)
        browser_page.goto(address)
        page = SaliencePage(browser_page)
        page.select("added")
        page.view.wait_for_answer()
        assert "Tomato soup" in page.view.text("prompt")
        assert page.view.text("target") == answer
        page.view.choose("Sentences")
        page.view.explain(page.view.segments("target").last)
        assert page.view.heat() == heat
        browser_page.wait_for_load_state("networkidle")
        browser_page.goto("about:blank")
        assert ran.answers >= 2
        assert ran.with_the_model == []


@pytest.mark.parametrize("data_dir", ["/proc/nowhere"])
def test_an_unwritable_data_dir_shows_a_warning_and_the_page_works(
    browser_page: Page, data_dir: str
) -> None:
    with serving(*_FLAGS, f"--data_dir={data_dir}") as (address, _):
        browser_page.goto(address)
        page = SaliencePage(browser_page)
        title = browser_page.locator("#title-group")
        expect(title).to_contain_text("not saving: the folder of the store is not writable")
        page.select("fewshot-mistake")
        page.view.wait_for_answer()
        if folder := os.environ.get("SEQSAL_SCREENSHOTS"):
            browser_page.screenshot(path=f"{folder}/nothing-kept.png")
        browser_page.goto("about:blank")
