"""The message form of a prompt: the page reads the same cases."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqsal.shared.messages import (
    ROLES,
    Message,
    format_messages,
    given_prompt,
    parse_messages,
    plain_prompt,
    plain_text,
    prompt_of_messages,
    tools_in,
)
from tests.test_frontend_fixtures import FRONTEND

CASES = json.loads((FRONTEND / "test" / "fixtures" / "messages.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_prompts_are_read_and_written_as_the_page_does(case: dict[str, Any]) -> None:
    found = parse_messages(case["prompt"])
    if "messages" not in case:
        assert found is None
        assert plain_text(case["prompt"]) == case["text"]
        assert plain_prompt(case["text"]) == case["prompt"]
        return
    assert found is not None
    assert [[each.role, each.content] for each in found] == case["messages"]
    assert format_messages(found) == case.get("written", case["prompt"])


_TEXTS = st.lists(
    st.sampled_from(["\n", "\r\n", "\r", "\\", " ", "\t", "a", "user:", "tool:", "\x1c"])
    | st.text(max_size=3)
).map("".join)


@given(st.lists(st.tuples(st.sampled_from([*ROLES, "document", "tools"]), _TEXTS), min_size=1))
def test_any_messages_come_back_from_their_form(given: list[tuple[str, str]]) -> None:
    messages = tuple(Message(role, content) for role, content in given)
    assert parse_messages(format_messages(messages)) == messages


@given(_TEXTS)
def test_any_text_can_be_a_plain_prompt(text: str) -> None:
    assert parse_messages(plain_prompt(text)) is None
    assert plain_text(plain_prompt(text)) == text


def test_messages_of_the_openai_format() -> None:
    parts = [{"type": "text", "text": "Who"}, {"type": "text", "text": "?"}]
    prompt = prompt_of_messages(
        [{"role": "system", "content": "Be brief."}, {"role": "user", "content": parts}],
        ["It was Ann.", {"title": "Log", "text": "Bob left."}],
        [{"name": "look"}],
    )
    messages = parse_messages(prompt)
    assert messages is not None
    assert [each.role for each in messages] == ["tools", "system", "document", "document", "user"]
    assert [each.content for each in messages[1:]] == [
        "Be brief.",
        "It was Ann.",
        "Log\nBob left.",
        "Who?",
    ]
    assert tools_in(messages) == [{"name": "look"}]


USER = {"role": "user", "content": "Hi"}


@pytest.mark.parametrize(
    ("messages", "documents", "tools", "error"),
    [
        ([], None, None, r"messages must be a list of messages; got \[\]"),
        ("Hi", None, None, "messages must be a list of messages; got 'Hi'"),
        ([USER, 3], None, None, r"messages\[1\] must be an object with role and content; got 3"),
        (
            [{"role": "function", "content": ""}],
            None,
            None,
            r"messages\[0\].role must be one of system, user, assistant, tool; got 'function'",
        ),
        ([{"role": "user"}], None, None, r"messages\[0\].content must be a text, .* got None"),
        (
            [{"role": "user", "content": [{"type": "image_url"}]}],
            None,
            None,
            r"messages\[0\].content must be .*; got a part {'type': 'image_url'}",
        ),
        (
            [{"role": "assistant", "content": None, "tool_calls": [{}]}],
            None,
            None,
            r"messages\[0\].tool_calls can not be shown as text",
        ),
        ([USER], "a", None, "documents must be a list; got 'a'"),
        ([USER], ["a", 2], None, r"documents\[1\] must be a text, or .*; got 2"),
        ([{**USER, "role": "tool"}], ["a"], None, "documents need a user message"),
        ([USER], None, [3], r"tools must be a list of objects; got \[3\]"),
    ],
)
def test_errors_name_the_message_and_the_rule(
    messages: Any, documents: Any, tools: Any, error: str
) -> None:
    with pytest.raises(ValueError, match=error):
        prompt_of_messages(messages, documents, tools)


def test_a_call_takes_a_prompt_or_messages() -> None:
    assert given_prompt("f", "Hi") == "Hi"
    assert given_prompt("f", None, [USER]) == "user:\nHi"
    with pytest.raises(ValueError, match="f needs either a prompt or messages; got neither"):
        given_prompt("f", None)
    with pytest.raises(ValueError, match="f needs either a prompt or messages; got both"):
        given_prompt("f", "Hi", [USER])
    with pytest.raises(ValueError, match="f takes documents only with messages"):
        given_prompt("f", "Hi", None, ["a"])


def test_an_unknown_role_is_an_error() -> None:
    with pytest.raises(ValueError, match="role must be one of system, .* got 'bot'"):
        Message("bot", "Hi")


def test_the_tools_block_holds_a_list() -> None:
    assert tools_in([Message("user", "Hi")]) is None
    with pytest.raises(ValueError, match="The content of tools: must be JSON"):
        tools_in([Message("tools", "look")])
    with pytest.raises(ValueError, match="one block tools: with a JSON list of objects"):
        tools_in([Message("tools", "{}")])
