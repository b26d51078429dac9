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
    parse_messages,
    plain_prompt,
    plain_text,
    tools_in,
)
from seqsal.shared.openai_format import given_prompt, prompt_of_messages
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
    read = [[each.role, each.content, each.reference] for each in found]
    assert read == [[*message, ""][:3] for message in case["messages"]]
    assert format_messages(found) == case.get("written", case["prompt"])


_TEXTS = st.lists(
    st.sampled_from(
        ["\n", "\r\n", "\r", "\\", " ", "\t", "a", "user:", "tool:", "tool {}:", "calls:", "\x1c"]
    )
    | st.text(max_size=3)
).map("".join)


_REFERENCES = st.just("") | st.text(st.characters(exclude_characters="\n")).map("{{{}}}".format)


@given(
    st.lists(
        st.builds(Message, st.sampled_from([*ROLES, "document", "tools", "calls"]), _TEXTS)
        | st.builds(Message, st.just("tool"), _TEXTS, _REFERENCES),
        min_size=1,
    )
)
def test_any_messages_come_back_from_their_form(given: list[Message]) -> None:
    messages = tuple(given)
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
CALL = {"id": "a", "type": "function", "function": {"name": "look", "arguments": '{"at":[3]}'}}


def test_calls_of_tools_and_their_answers() -> None:
    other = {"function": {"name": "wait", "arguments": {}}}
    prompt = prompt_of_messages(
        [
            USER,
            {"role": "assistant", "content": None, "tool_calls": [CALL, other]},
            {"role": "tool", "tool_call_id": "a", "content": "A cat"},
            {"role": "tool", "name": "wait", "content": "Done"},
            {"role": "assistant", "content": "I see.", "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "a", "name": "look", "content": "A dog"},
        ]
    )
    assert prompt == (
        'user:\nHi\n\ncalls:\n[{"name": "look", "arguments": {"at":[3]}, "id": "a"},\n'
        ' {"name": "wait", "arguments": {}}]\n\ntool:\nA cat\n\ntool:\nDone\n\n'
        'assistant:\nI see.\n\ncalls:\n[{"name": "look", "arguments": {"at":[3]}, "id": "a"}]\n\n'
        'tool {"name": "look", "tool_call_id": "a"}:\nA dog'
    )
    messages = parse_messages(prompt)
    assert messages is not None
    assert format_messages(messages) == prompt
    assert messages[-1].reference == '{"name": "look", "tool_call_id": "a"}'


def test_two_messages_of_the_assistant_stay_two() -> None:
    prompt = prompt_of_messages(
        [
            USER,
            {"role": "assistant", "content": "Wait."},
            {"role": "assistant", "tool_calls": [CALL]},
            {"role": "assistant", "content": "", "tool_calls": [CALL]},
        ]
    )
    messages = parse_messages(prompt)
    assert messages is not None
    roles = [each.role for each in messages]
    assert roles == ["user", "assistant", "assistant", "calls", "assistant", "calls"]


def test_an_answer_without_calls_before_it_keeps_its_names() -> None:
    prompt = prompt_of_messages([{"role": "tool", "content": "1", "name": "f"}])
    assert prompt == 'tool {"name": "f"}:\n1'


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
            r"messages\[0\].tool_calls\[0\] needs the name of a function; got {}",
        ),
        (
            [{"role": "assistant", "tool_calls": "look"}],
            None,
            None,
            r"messages\[0\].tool_calls must be a list of calls; got 'look'",
        ),
        (
            [{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "x"}}]}],
            None,
            None,
            r"tool_calls\[0\].function.arguments must be an object, or its JSON; got 'x'",
        ),
        ([{**USER, "tool_calls": [CALL]}], None, None, "tool_calls is for the role assistant"),
        (
            [{"role": "tool", "content": "", "name": 3}],
            None,
            None,
            r"messages\[0\].name must be a text; got 3",
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
    assert given_prompt("f", [USER]) == "user:\nHi"
    assert given_prompt("f", [USER], None, ["a"]) == "document:\na\n\nuser:\nHi"
    with pytest.raises(ValueError, match="f needs either a prompt or messages; got neither"):
        given_prompt("f", None)
    with pytest.raises(ValueError, match="f needs either a prompt or messages; got both"):
        given_prompt("f", "Hi", [USER])
    with pytest.raises(ValueError, match="f takes documents only with messages"):
        given_prompt("f", "Hi", None, ["a"])


@pytest.mark.parametrize("prompt", [b"Hi", ("user", "Hi"), 3])
def test_a_prompt_is_a_text_or_a_list(prompt: object) -> None:
    with pytest.raises(ValueError, match="prompt must be a text, or a list of messages; got"):
        given_prompt("f", prompt)


def test_an_unknown_role_is_an_error() -> None:
    with pytest.raises(ValueError, match="role must be one of system, .* got 'bot'"):
        Message("bot", "Hi")


def test_the_tools_block_holds_a_list() -> None:
    assert tools_in([Message("user", "Hi")]) is None
    with pytest.raises(ValueError, match="The content of tools: must be JSON"):
        tools_in([Message("tools", "look")])
    with pytest.raises(ValueError, match="one block tools: with a JSON list of objects"):
        tools_in([Message("tools", "{}")])
