"""The marks of thinking, as a tokenizer or its chat template shows them."""

from typing import Any

import pytest

from seqsal.models.thinking import ThinkingMarks
from seqsal.models.transformers.thinking import thinking_marks
from tests.reasoning import HARMONY

THINK = ThinkingMarks("<think>", "</think>")


class _Tokenizer:
    """What the marks of a tokenizer are read from."""

    def __init__(self, *tokens: str, chat_template: Any = None, response: Any = None) -> None:
        self._tokens, self.chat_template, self.response_template = tokens, chat_template, response

    def get_added_vocab(self) -> dict[str, int]:
        return {token: number for number, token in enumerate(self._tokens)}


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
