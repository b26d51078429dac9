"""Edits in place of text from right to left, and with an input method."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.salience_page import PATIENCE, SaliencePage, View

Open = Callable[..., SaliencePage]


def _open_prompt(page: SaliencePage, prompt: str) -> View:
    """Adds a prompt and shows it by sentences."""
    page.select("fewshot-mistake")
    page.edit_prompt(lambda _: prompt)
    page.add()
    expect(page.view.root.locator("seqsal-text .prompt")).to_contain_text(prompt[:8])
    page.view.wait_for_answer()
    page.view.choose("Sentences")
    return page.view


def _edit(view: View, begins_with: str) -> Locator:
    view.segment("prompt", begins_with).dblclick()
    field = view.root.locator("seqsal-text .field")
    field.wait_for(timeout=PATIENCE)
    view.root.page.keyboard.press("End")
    return field


@pytest.mark.parametrize(
    ("prompt", "begins_with", "typed", "expected"),
    [
        (
            "אני אוהב גבינה. אני לא אוהב ביצים.\nמנה: קיש.\n",
            "אני לא",
            " ודגים.",
            "אני לא אוהב ביצים. ודגים.",
        ),
        (
            "أحب الجبن. لا أحب البيض.\nالطبق: كيش 5.\n",
            "لا أحب",
            " والسمك!",
            "لا أحب البيض. والسمك!",
        ),
    ],
)
def test_text_from_right_to_left_is_edited_in_its_own_direction(
    open_page: Open, prompt: str, begins_with: str, typed: str, expected: str
) -> None:
    page = open_page()
    view = _open_prompt(page, prompt)
    before = view.segment("prompt", begins_with).bounding_box()
    field = _edit(view, begins_with)
    assert field.evaluate("field => getComputedStyle(field).direction") == "rtl"
    after = field.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(before["y"] - after["y"]) < 5
    page.page.keyboard.type(typed)
    expect(field).to_have_text(expected)
    page.page.keyboard.press("Control+Enter")
    pinned, changed = sorted(
        page.wait_for_views(2), key=lambda view: expected in view.text("prompt")
    )
    assert pinned.text("prompt").strip() == prompt.strip()
    assert (
        changed.text("prompt").strip() == prompt.replace(expected[: -len(typed)], expected).strip()
    )


@pytest.mark.parametrize(
    ("prompt", "begins_with", "typed"),
    [
        ("אני אוהב גבינה. אני לא אוהב ביצים.\nמנה: קיש.\n", "אני לא", "אני לא אוהב דגים."),
        ("أحب الجبن. لا أحب البيض.\nالطبق: كيش 5.\n", "لا أحب", "لا أحب السمك."),
        ("我喜欢奶酪。我不喜欢鸡蛋。\n菜：法式咸派。\n", "我不喜欢", "我不喜欢鱼。"),
    ],
    ids=["Hebrew", "Arabic", "Chinese"],
)
def test_versions_in_any_script_are_marked_compared_and_in_the_trail(
    open_page: Open, prompt: str, begins_with: str, typed: str
) -> None:
    page = open_page()
    view = _open_prompt(page, prompt)
    view.explain(view.segments("target").first)
    _edit(view, begins_with)
    page.page.keyboard.press("Control+a")
    page.page.keyboard.type(typed)
    page.page.keyboard.press("Control+Enter")
    pinned, changed = page.wait_for_views(2)
    page.page.mouse.move(0, 0)
    for side in (pinned, changed):
        side.wait_for_heat()
    removed, added = pinned.marked("removed")[0], changed.marked("added")[0]
    # Of both sentences only the last words differ.
    assert removed in prompt and removed not in typed
    assert added in typed and added not in prompt
    changed.choose("Difference")
    expect(changed.root.locator("seqsal-legend")).to_contain_text("gained", timeout=PATIENCE)
    assert any(pinned.heat()) and any(changed.heat())
    # The first one is the sample prompt, in whose place this prompt was written.
    summary = changed.root.locator("seqsal-trail").get_by_role("treeitem").nth(2)
    expect(summary).to_contain_text(f"“{removed}” → “{added}”")


def test_an_input_method_writes_into_an_edit_and_its_enter_does_not_run_it(open_page: Open) -> None:
    page = open_page()
    prompt = "私はチーズが好きです。卵は嫌いです。\n料理：キッシュ。\n"
    field = _edit(_open_prompt(page, prompt), "卵は")
    keyboard = _InputMethod(page.page)
    keyboard.compose("さかな")
    expect(field).to_have_text("卵は嫌いです。さかな")
    keyboard.press_enter_while_composing()
    # While a prompt is being added, it cannot be run again.
    assert page.view.root.get_by_role("button", name="Run and compare").is_enabled()
    keyboard.commit("魚も。")
    expect(field).to_have_text("卵は嫌いです。魚も。")
    expect(page.page.locator("seqsal-module")).to_have_count(1)
    page.page.keyboard.press("Control+Enter")
    texts = [view.text("prompt").strip() for view in page.wait_for_views(2)]
    assert sorted(texts) == sorted(
        [prompt.strip(), "私はチーズが好きです。卵は嫌いです。魚も。\n料理：キッシュ。"]
    )


class _InputMethod:
    """An input method, which the browser's protocol plays."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)

    def compose(self, text: str) -> None:
        """Shows a text that is not committed yet."""
        end = len(text)
        self._session.send(
            "Input.imeSetComposition",
            {"text": text, "selectionStart": end, "selectionEnd": end},
        )

    def press_enter_while_composing(self) -> None:
        """Presses Ctrl and Enter; during a composition, their key code is 229."""
        for kind in ("rawKeyDown", "keyUp"):
            self._session.send(
                "Input.dispatchKeyEvent",
                {
                    "type": kind,
                    "key": "Enter",
                    "code": "Enter",
                    "modifiers": 2,
                    "windowsVirtualKeyCode": 13 if kind == "keyUp" else 229,
                },
            )

    def commit(self, text: str) -> None:
        """Commits a text in place of the composed one."""
        self._session.send("Input.insertText", {"text": text})
