"""Views side by side."""

import dataclasses
from typing import Any

import pytest

import seqsal
from seqsal.models.transformers import HFCausalLM
from seqsal.notebook.view.widget import SalienceView
from tests import tiny
from tests.notebook.view.page import PROMPT, TARGET, selected


def test_compared_views_share_their_display(lm: HFCausalLM, view: SalienceView) -> None:
    result = seqsal.explain(lm, PROMPT, TARGET, "Avoid.")
    row = seqsal.compare(
        [view, (lm, PROMPT, " Another."), PROMPT, result], model=lm, max_new_tokens=3
    )
    assert row.views[0] is view
    models = [f"IPY_MODEL_{each.model_id}" for each in row.views]
    assert row.get_state("_views") == {"_views": models}
    assert "Avoid." in selected(row.views[3])[0]
    assert row.views[1].answer == " Another."
    with pytest.raises(ValueError, match="two views or more; got 1"):
        seqsal.compare([view])
    with pytest.raises(ValueError, match="together with model="):
        seqsal.compare([view, PROMPT])


CALLS = [{"function": {"name": "look", "arguments": {"at": 3}}}]
TOOLS = [{"type": "function", "function": {"name": "look"}}]
# Tiny models read 97 tokens.
SHORT_TEMPLATE = (
    "{% for t in tools or [] %}+{% endfor %}{% for m in messages %}[{{ m.role[0] }}]{{ m.content }}"
    "{% for c in m.tool_calls or [] %}{{ c.function.name }} {{ c.function.arguments | tojson }}"
    "{% endfor %}{% endfor %}{% if add_generation_prompt %}[a]{% endif %}"
)
CHATS: list[list[dict[str, Any]]] = [
    [{"role": "user", "content": "Who came?"}],
    [
        {"role": "user", "content": "Who?"},
        {"role": "assistant", "tool_calls": CALLS},
        {"role": "tool", "content": "Ann"},
    ],
]


def test_compared_conversations_are_those_of_explain() -> None:
    lm = HFCausalLM(tiny.model("llama"), tiny.byte_level_tokenizer())
    lm.tokenizer.chat_template = SHORT_TEMPLATE
    row = seqsal.compare(
        [CHATS[0], (lm, CHATS[1], " Ann"), (lm, "Who?", " I")],
        model=lm,
        tools=TOOLS,
        max_new_tokens=3,
    )
    for given, target, view in zip(CHATS, (None, " Ann"), row.views, strict=False):
        expected = seqsal.explain(lm, messages=given, tools=TOOLS, target=target, max_new_tokens=3)
        assert (view.prompt, view.answer) == (expected.prompt, expected.target)
        assert view.prompt.startswith("tools:\n")
        assert view.tokens == expected.tokens
        assert view.result.messages == expected.messages
    assert [span.role for span in row.views[1].result.messages] == ["user", "calls", "tool"]
    assert row.views[2].prompt == "Who?"
    row = seqsal.compare([CHATS[0], CHATS[0]], model=lm, documents=["It was Ann."])
    assert row.views[1].prompt == "document:\nIt was Ann.\n\nuser:\nWho came?"


@pytest.mark.parametrize("kind", ["documents", "tools"])
def test_documents_and_tools_are_for_compared_conversations(lm: HFCausalLM, kind: str) -> None:
    with pytest.raises(ValueError, match=f"takes {kind} only with lists of messages; got none"):
        texts: dict[str, Any] = {kind: TOOLS}
        seqsal.compare([PROMPT, (lm, PROMPT)], model=lm, **texts)
    with pytest.raises(ValueError, match="where a prompt may be a list of messages"):
        seqsal.compare([CHATS[0], CHATS[1]])


def test_compared_views_start_with_the_settings_of_the_first(
    lm: HFCausalLM, view: SalienceView
) -> None:
    whole = seqsal.explain(lm, PROMPT, TARGET)
    (salience,) = whole.salience
    l2 = dataclasses.replace(salience, scores={"grad_l2": salience.scores["grad_l2"]})
    result = dataclasses.replace(whole, methods=("grad_l2",), salience=(l2,))
    view.granularity, view.method = "words", "grad_dot_input"
    row = seqsal.compare([view, (lm, PROMPT, TARGET), result])
    assert [each.granularity for each in row.views] == ["words"] * 3
    assert [each.method for each in row.views] == ["grad_dot_input", "grad_dot_input", "grad_l2"]
