"""Answers with thinking: their exact text, and the tokens of each block."""

from typing import Any

import pytest
import transformers

from seqsal.attribution.explainers import get_explainer as explainer_of
from seqsal.models.causal_lm import Encoding, GenerationOptions
from seqsal.models.encodings import continuation
from seqsal.models.progress import tasks
from seqsal.models.progress.tasks import Task
from seqsal.models.thinking import with_thinking
from seqsal.models.transformers import HFCausalLM
from seqsal.models.transformers.thinking import hidden_ids, thinking_marks
from seqsal.models.transformers.tokenizer import decoder, encode
from tests import reasoning, tiny

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
    added = [transformers.AddedToken(token, special=True) for token in reasoning.HARMONY]
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
