"""Thinking marks of tokenizers, and the exact text of answers with marks."""

import functools
from typing import Any

import pytest
import transformers
from hypothesis import given
from hypothesis import strategies as st

from seqsal.attribution.explainers import get_explainer as explainer_of
from seqsal.models.causal_lm import Encoding, GenerationOptions
from seqsal.models.encodings import continuation
from seqsal.models.progress import tasks
from seqsal.models.progress.tasks import Task
from seqsal.models.thinking import ThinkingMarks, with_thinking
from seqsal.models.transformers import HFCausalLM
from seqsal.models.transformers.thinking import hidden_ids, thinking_marks
from seqsal.models.transformers.tokenizer import decoder, encode
from seqsal.shared.openai_format import prompt_of_messages
from tests import reasoning, tiny

THINK = ThinkingMarks("<think>", "</think>")


class _Tokenizer:
    """What the marks of a tokenizer are read from."""

    def __init__(self, *tokens: str, chat_template: Any = None, response: Any = None) -> None:
        self._tokens, self.chat_template, self.response_template = tokens, chat_template, response

    def get_added_vocab(self) -> dict[str, int]:
        return {token: number for number, token in enumerate(self._tokens)}


HARMONY = "<|start|>", "<|end|>", "<|message|>", "<|channel|>", "<|return|>", "<|call|>"
OPENING = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}[assistant]<think>\n"
SPLITTING = "{{ messages[0].content.split('</seed:think>')[-1] }}{{ '<seed:think>' }}"


@pytest.mark.parametrize(
    ("tokenizer", "expected"),
    [
        (_Tokenizer("<s>", "<think>", "</think>"), [THINK]),
        (_Tokenizer("[INST]", "[/INST]", "[THINK]", "[/THINK]"), [("[THINK]", "[/THINK]")]),
        (
            _Tokenizer("<|START_OF_TURN_TOKEN|>", "<|START_THINKING|>", "<|END_THINKING|>"),
            [("<|START_THINKING|>", "<|END_THINKING|>")],
        ),
        (
            _Tokenizer("<|begin_of_thought|>", "<|end_of_thought|>"),
            [("<|begin_of_thought|>", "<|end_of_thought|>")],
        ),
        (
            _Tokenizer("<|thinking_start|>", "<|thinking_end|>"),
            [("<|thinking_start|>", "<|thinking_end|>")],
        ),
        (_Tokenizer("◁think▷", "◁/think▷"), [("◁think▷", "◁/think▷")]),
        (_Tokenizer("<|think|>", "<|/think|>"), [("<|think|>", "<|/think|>")]),
        (
            _Tokenizer(*HARMONY),
            [
                (
                    "<|channel|>analysis<|message|>",
                    "<|end|>",
                    "<|start|>assistant<|channel|>final<|message|>",
                )
            ],
        ),
        (_Tokenizer("<s>", chat_template=OPENING + "{# </think> #}"), [THINK]),
        (_Tokenizer(chat_template={"default": SPLITTING}), [("<seed:think>", "</seed:think>")]),
        (
            _Tokenizer(
                response={
                    "start_anchor": "x",
                    "fields": {"thinking": {"open": "<unused94>thought\n", "close": "<unused95>"}},
                }
            ),
            [("<unused94>thought", "<unused95>")],
        ),
        (
            _Tokenizer(
                response={
                    "fields": {
                        "reasoning_content": {
                            "open_pattern": r"\[THINK\]\s*",
                            "close": ["[/THINK]"],
                        }
                    }
                }
            ),
            [("[THINK]", "[/THINK]")],
        ),
        # No thinking: neither marks, nor a pair of them.
        (_Tokenizer("<s>", "</s>", "<tool_call>", "</tool_call>", "[INST]", "[/INST]"), []),
        (_Tokenizer("<think>"), []),
        (_Tokenizer("<|rethink|>", "<|/rethink|>", "<reasonable>", "</reasonable>"), []),
        (_Tokenizer(chat_template="{{ message.thinking }} think about it [thinking]"), []),
        (_Tokenizer(response={"fields": {"content": {"close": "<|im_end|>"}}}), []),
    ],
)
def test_marks_are_those_of_the_family(
    tokenizer: _Tokenizer, expected: list[ThinkingMarks | tuple[str, ...]]
) -> None:
    wanted = [
        each if isinstance(each, ThinkingMarks) else ThinkingMarks(*each) for each in expected
    ]
    assert list(thinking_marks(tokenizer)) == wanted


# Texts of answers.

CHAT = "user:\nWho came?"
ANSWER = "<think>\nAnn, I think.</think>\n\nAnn came."


def _sequence(lm: HFCausalLM, prompt: str, target: str) -> Encoding:
    return explainer_of(lm).sequence(prompt, target)


def _thinking(encoding: Encoding) -> list[str]:
    return ["".join(encoding.pieces[start:stop]) for start, stop in encoding.thinking]


@pytest.mark.parametrize("special", [False, True])
@pytest.mark.parametrize("prompt", [CHAT, "Who came?"])
def test_a_target_with_marks_is_exact_text_with_a_block(special: bool, prompt: str) -> None:
    encoding = _sequence(reasoning.lm(special=special), prompt, ANSWER)
    assert encoding.text == "Who came?" + ANSWER
    assert _thinking(encoding) == ["<think>\nAnn, I think.</think>\n\n"]


def test_the_white_space_after_a_block_may_be_in_a_token_of_the_answer() -> None:
    lm = HFCausalLM(tiny.model("llama"), tiny.byte_level_tokenizer())
    lm.tokenizer.chat_template = "{# <think> </think> #}"  # Marks that are no tokens.
    encoding = _sequence(lm, "Who came?", "<think>Ann</think> fox")
    assert _thinking(encoding) == ["<think>Ann</think>"]
    assert encoding.pieces[encoding.thinking[0][1]].startswith(" ")


@pytest.mark.parametrize("chat_template", [False, True])
def test_the_prompt_may_open_the_block(chat_template: bool) -> None:
    lm = reasoning.lm(reasoning.OPENING, chat_template=chat_template)
    prompt = "Who came?" if chat_template else CHAT
    encoding = _sequence(lm, prompt, "Ann.</think> Ann came.<think>No?")
    assert _thinking(encoding) == ["Ann.</think>", "<think>No?"]
    assert _thinking(_sequence(lm, prompt, "Ann, per")) == ["Ann, per"]
    assert encoding.text == "Who came?Ann.</think> Ann came.<think>No?"


def test_a_plain_prompt_opens_a_block_only_at_its_end() -> None:
    lm = reasoning.lm()
    assert _thinking(_sequence(lm, "Say <think>, please. So", " Ann.")) == []
    assert _thinking(_sequence(lm, "Who? <think>\n", "Ann.</think>Ann.")) == ["Ann.</think>"]


def test_a_target_within_a_token_of_the_prompt_has_no_thinking() -> None:
    lm = reasoning.lm()
    encoding = _sequence(lm, "Chee", "se")
    assert encoding.pieces[-1] == "heese"
    assert encoding.thinking == ()


def test_a_message_of_the_assistant_that_is_continued_may_hold_the_open_mark() -> None:
    prompt = "user:\nWho came?\n\nassistant:\n<think>Let me"
    encoding = _sequence(reasoning.lm(reasoning.KEEPING), prompt, " see.</think>Ann.")
    assert _thinking(encoding) == [" see.</think>"]
    assert encoding.text == "Who came?<think>Let me see.</think>Ann."


@pytest.mark.parametrize("special", [False, True])
def test_generated_answers_keep_the_marks_streamed_and_not(special: bool) -> None:
    lm = reasoning.lm(special=special)
    open_id, close_id = lm.tokenizer.convert_tokens_to_ids(["<think>", "</think>"])
    ids = iter([open_id, 33, 104, close_id, 77, 41, 9])
    chosen: list[int] = []

    def forced(module: Any, inputs: Any, output: Any) -> Any:
        """Has the model write these tokens."""
        chosen.append(next(ids))
        output.logits[:, -1, chosen[-1]] = 1e4
        return output

    handle = lm.model.register_forward_hook(forced)
    events: list[str] = []
    task = Task(report=lambda event, details: events.append(details.get("text", "")))
    with tasks.use_task(task):
        ((answer,),) = lm.generate([lm.encode(CHAT)], GenerationOptions(max_new_tokens=7))
    handle.remove()
    words = [lm.tokenizer.decode([token]) for token in (33, 104, 77, 41, 9)]
    expected = f"<think>{words[0]}{words[1]}</think>{words[2]}{words[3]}{words[4]}"
    assert answer.text == expected == "".join(events)
    assert lm.encode(CHAT, answer.text).text == "Who came?" + expected
    encoding = with_thinking(lm.encode(CHAT) + answer.encoding, answer.text, lm.thinking_marks)
    assert _thinking(encoding) == [f"<think>{words[0]}{words[1]}</think>"]


@pytest.mark.parametrize(
    ("prompt", "opened"),
    [
        (CHAT, "<think>"),
        (CHAT + "\n\nassistant:\n<think>Hm.</think>Ann", None),
        (CHAT + "\n\nassistant:\n<think>Hm", "<think>"),
        ("Say <think>, please.", None),
        ("Who? <think>\n", "<think>"),
    ],
)
def test_a_stream_says_from_the_first_token_on_which_block_the_prompt_opened(
    prompt: str, opened: str | None
) -> None:
    lm = reasoning.lm(reasoning.OPENING)
    events: list[dict[str, Any]] = []
    with tasks.use_task(Task(report=lambda event, details: events.append(details))):
        lm.generate([lm.encode(prompt)], GenerationOptions(max_new_tokens=3))
    written = [event for event in events if event["stage"] == "writing"]
    assert len(written) > 1
    assert [event.get("opened") for event in written] == [opened] * len(written)


def test_special_tokens_without_a_text_stay_hidden() -> None:
    lm = reasoning.lm(special=True)
    ids = [*lm.tokenizer.convert_tokens_to_ids(["<think>", "</s>", "</think>"]), 33]
    hidden = hidden_ids(lm.tokenizer, lm.thinking_marks)
    plain = reasoning.lm(special=False)
    assert decoder(lm.tokenizer, hidden)(ids).startswith("<think></think>")
    assert decoder(lm.tokenizer, hidden)(ids) == decoder(plain.tokenizer)(ids)
    assert hidden_ids(plain.tokenizer, plain.thinking_marks) is None
    assert lm.text_after([0, 17], ids[0]) == "<think>"


def test_the_analysis_channel_is_a_block_up_to_the_final_channel() -> None:
    tokenizer = tiny.byte_level_tokenizer()
    added = [transformers.AddedToken(token, special=True) for token in HARMONY]
    tokenizer.add_tokens(added, special_tokens=True)
    marks = thinking_marks(tokenizer)
    answer = (
        "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Ann."
    )
    ids = tokenizer(answer + "<|return|>", add_special_tokens=False)["input_ids"]
    answered = continuation(decoder(tokenizer, hidden_ids(tokenizer, marks)), ids, [0, 17])
    assert answered.text == answer  # But for the end token.
    encoding = with_thinking(encode(tokenizer, "Who?" + answer), answer, marks)
    assert encoding.text == "Who?" + answer
    assert _thinking(encoding) == [answer.removesuffix("Ann.")]


# Thinking of earlier answers.

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
