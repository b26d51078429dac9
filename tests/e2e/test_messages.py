"""Chat messages on the page, over a real server and a tiny model with a chat template."""

import json
import pathlib
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from seqsal.results.result import Result
from tests import tiny
from tests.e2e.salience_page import PATIENCE, SaliencePage

Serve = Callable[..., str]

RECORDS = [
    {
        "source": "chat",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Who came? And why?"},
        ],
        "documents": ["Ann came.", "It rained."],
        "target": "It was Ann. She came.",
    },
    {"source": "plain", "prompt": "Who came?\nuser:", "target": "Ann."},
]


@pytest.fixture(scope="session")
def address(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("chat")
    tiny.save_checkpoint(folder / "model")
    tokenizer = tiny.byte_level_tokenizer()
    tokenizer.chat_template = tiny.CHAT_TEMPLATE
    tokenizer.save_pretrained(folder / "model")
    data = folder / "chat.jsonl"
    data.write_text("\n".join(map(json.dumps, RECORDS)), encoding="utf-8")
    return serve(
        f"--models=chat:{folder / 'model'}", f"--datasets=chat:{data}", "--max_new_tokens=8"
    )


@pytest.fixture
def page(address: str, browser_page: Page) -> SaliencePage:
    browser_page.goto(address)
    return SaliencePage(browser_page)


def _labels(page: SaliencePage) -> list[str]:
    return page.view.root.locator("seqsal-text .role").all_inner_texts()


def test_a_record_with_messages_is_shown_explained_and_saved(
    page: SaliencePage, tmp_path: pathlib.Path
) -> None:
    page.select("chat")
    page.view.wait_for_answer()
    page.view.show("Target")
    assert _labels(page) == ["System", "Document 1", "Document 2", "User"]
    page.view.choose("Messages")
    expect(page.view.segments("prompt")).to_have_text(
        ["Be brief.", "Ann came.", "It rained.", "Who came? And why?"]
    )
    page.view.explain(page.view.segments("target").last)
    assert page.view.heat() == [True, True, True, True, False]
    result = Result.from_json(page.save("Data", tmp_path))
    assert [each.role for each in result.messages] == ["system", "document", "document", "user"]
    assert result.segments("messages")[1].text == "Ann came."
    assert result.view["granularity"] == "messages"


def test_the_template_is_grey_between_messages_and_can_be_hidden(page: SaliencePage) -> None:
    page.select("chat")
    page.view.wait_for_answer()
    special = page.view.root.locator("seqsal-text .special")
    expect(special.first).to_be_visible()
    page.view.root.get_by_role("button", name="Display").click()
    page.view.root.get_by_role("radio", name="Hidden").click()
    expect(special.first).to_be_hidden()
    again = page.reload()
    again.view.wait_for_answer()
    expect(again.view.root.locator("seqsal-text .special").first).to_be_hidden()


def test_a_document_is_removed_from_the_message_form(page: SaliencePage) -> None:
    page.select("chat")
    page.view.wait_for_answer()
    page.view.choose("Messages")
    page.view.segment("prompt", "Ann came.").click(button="right")
    page.page.get_by_role("menuitem", name="Remove and run").click()
    expect(page.page.locator("seqsal-module")).to_have_count(2, timeout=PATIENCE)
    labels = page.page.locator("seqsal-module").last.locator("seqsal-text .role")
    other = page.page.locator("seqsal-module").first.locator("seqsal-text .role")
    expect(labels.or_(other)).to_have_count(7, timeout=PATIENCE)


def test_a_plain_prompt_is_sent_as_a_message(page: SaliencePage) -> None:
    page.select("plain")
    page.view.wait_for_answer()
    note = page.view.root.locator("seqsal-notes .plain")
    expect(note).to_contain_text("This prompt is sent as plain text", timeout=PATIENCE)
    note.get_by_role("button", name="Send as a chat message").click()
    expect(page.view.root.locator("seqsal-text .role")).to_have_text(["User"], timeout=PATIENCE)
    expect(note).to_have_count(0)
    page.open_tab("Editor")
    expect(page.prompt_box).to_have_value("user:\nWho came?\n\\user:")


def test_messages_are_typed_in_the_editor(page: SaliencePage) -> None:
    page.select("plain")
    page.edit_prompt(lambda _: "user:\nHi\n\nassistant:\nYes,")
    page.add()
    roles = page.view.root.locator("seqsal-text .role")
    expect(roles).to_have_text(["User", "Assistant"], timeout=PATIENCE)
    page.edit_prompt(lambda _: "document:\nHi")
    page.add()
    # The answer and the tokens fail for the same reason: the page shows it once.
    reason = page.view.root.locator("seqsal-status .reason")
    expect(reason).to_have_text([re.compile("must end with a message")], timeout=PATIENCE)


def test_a_new_prompt_is_a_message_of_the_user(page: SaliencePage) -> None:
    view = page.view.root
    view.get_by_role("textbox", name="Prompt").fill("Who came?")
    expect(view.get_by_role("checkbox", name="Send as a chat message")).to_be_checked()
    view.get_by_role("button", name="Run").click()
    page.view.wait_for_answer()
    assert _labels(page) == ["User"]
