"""Thinking of earlier answers in chat templates that leave it out or write it in another way."""

import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqsal.models.causal_lm import Encoding
from seqsal.models.transformers import HFCausalLM
from seqsal.shared.openai_format import prompt_of_messages
from tests import reasoning

PAST = [
    {"role": "user", "content": "Who came?"},
    {"role": "assistant", "content": "<think>\nHm.</think>\n\nAnn came."},
    {"role": "user", "content": "And why?"},
]


def test_a_template_may_leave_out_the_thinking_of_earlier_answers() -> None:
    prompt = prompt_of_messages(PAST)
    lm = reasoning.lm()
    encoding = lm.encode(prompt, " Rain.")
    rendered = lm.tokenizer.apply_chat_template(PAST, tokenize=False, add_generation_prompt=True)
    assert "Hm." not in rendered
    assert "".join(encoding.pieces) == rendered + " Rain."
    assert encoding.text == "Who came?Ann came.And why? Rain."
    contents = "".join(message["content"] for message in PAST)
    assert [contents[slice(*part)] for part in encoding.omitted] == ["<think>\nHm.</think>\n\n"]
    roles = [
        (span.role, "".join(encoding.pieces[span.start : span.stop])) for span in encoding.messages
    ]
    assert roles == [("user", "Who came?"), ("assistant", "Ann came."), ("user", "And why?")]


def test_a_template_that_keeps_it_shows_it_as_it_is() -> None:
    encoding = reasoning.lm(reasoning.KEEPING).encode(prompt_of_messages(PAST), " Rain.")
    assert encoding.omitted == ()
    assert encoding.text == "".join(message["content"] for message in PAST) + " Rain."


def test_an_empty_block_around_the_marked_contents_is_no_obstacle() -> None:
    template = reasoning.DROPPING.replace(
        "else m.content }}",
        "else (m.content if '<think>' in m.content or m.role != 'assistant'"
        " else '<think></think>' ~ m.content) }}",
    )
    prompt = "user:\nWho came?\n\nassistant:\n<think>Hm.</think>Ann"
    encoding = reasoning.lm(template).encode(prompt, " came.")
    assert encoding.text == "Who came?<think>Hm.</think>Ann came."


def test_a_template_that_changes_more_raises() -> None:
    with pytest.raises(ValueError, match="must show each content as it is"):
        reasoning.lm(reasoning.DROPPING.replace(".lstrip()", ".upper()")).encode(
            prompt_of_messages(PAST)
        )


# Thinking that a template writes with other white space.

CALLS = [{"function": {"name": "look", "arguments": {"at": 3}}}]
SPACE = st.sampled_from(["", "\n", "\n\n", "\n\n\n", " \n", " "])


def _spans(encoding: Encoding) -> list[tuple[str, str]]:
    """Returns the role and the text of each message."""
    found = []
    for span in encoding.messages:
        inside = slice(span.start, span.stop)
        parts = zip(encoding.pieces[inside], encoding.special[inside], strict=True)
        found.append((span.role, "".join(piece for piece, special in parts if not special)))
    return found


@given(SPACE, SPACE, SPACE, SPACE, SPACE, st.booleans(), st.sampled_from(["Hm. Ann?", ""]))
def test_other_white_space_around_the_thinking_leaves_the_text_as_it_was_typed(
    first: str, after: str, before: str, between: str, last: str, special: bool, thought: str
) -> None:
    lm = _spacing_lm(special)
    content = f"{first}<think>{after}{thought}{before}</think>{between}Ann{last}"
    chat = [{"role": "user", "content": "Who came?"}, {"role": "assistant", "content": content}]
    encoding = lm.encode(prompt_of_messages(chat), " came.")
    rendered = lm.tokenizer.apply_chat_template(chat, tokenize=False).removesuffix("</s>")
    assert (
        list(encoding.ids) == lm.tokenizer(rendered + " came.", add_special_tokens=False).input_ids
    )
    assert encoding.text == f"Who came?{content} came."
    assert _spans(encoding) == [("user", "Who came?"), ("assistant", content)]
    assert encoding.omitted == ()


@functools.cache
def _spacing_lm(special: bool) -> HFCausalLM:
    return reasoning.lm(reasoning.SPACING, special=special)


def test_white_space_that_only_the_template_writes_belongs_to_the_template() -> None:
    chat = "user:\nWho?\n\nassistant:\n<think>Hm.\n</think>Ann"
    encoding = reasoning.lm(reasoning.SPACING).encode(chat, " came.")
    start = encoding.messages[1].start
    text = list(zip(encoding.pieces, encoding.special, strict=True))[start : start + 10]
    assert [piece for piece, special in text if special] == ["\n", "\n", "\n"]
    assert [piece for piece, special in text if not special] == [
        "<think>", "H", "m", ".", "\n", "</think>", "An",
    ]  # fmt: skip


@pytest.mark.parametrize("content", ["<think>Hm.</think>Let me look.", "<think>\n\nHm.</think>"])
def test_thinking_before_calls_may_have_other_white_space(content: str) -> None:
    lm = reasoning.lm(reasoning.SPACING)
    chat = [
        {"role": "user", "content": "Who came?"},
        {"role": "assistant", "content": content, "tool_calls": CALLS},
        {"role": "tool", "content": "Ann"},
    ]
    encoding = lm.encode(prompt_of_messages(chat), "Ann.")
    rendered = lm.tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    assert "Hm.\n</think>\n\n" in rendered
    assert list(encoding.ids) == lm.tokenizer(rendered + "Ann.", add_special_tokens=False).input_ids
    assert _spans(encoding) == [
        ("user", "Who came?"),
        ("assistant", content),
        ("calls", '[{"name": "look", "arguments": {"at": 3}}]'),
        ("tool", "Ann"),
    ]
    assert encoding.omitted == ()


def test_a_word_that_changes_next_to_other_white_space_raises() -> None:
    template = reasoning.SPACING.replace("thought.strip('\\n')", "thought.strip('\\n').upper()")
    with pytest.raises(ValueError, match="must show each content as it is"):
        reasoning.lm(template).encode("user:\nWho?\n\nassistant:\n<think>Hm.</think>Ann")
