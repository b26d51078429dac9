"""Results of prompts with messages."""

import json

import jsonschema
import pytest
import transformers

import seqsal
from seqsal.models.causal_lm import MessageSpan
from seqsal.models.transformers import HFCausalLM
from seqsal.results.blocks import message_labels
from seqsal.results.explain import explain
from seqsal.results.export.saved_json import format as saved_json
from seqsal.results.result import Result
from seqsal.shared.resources import shared_data
from tests import tiny

CHAT = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Who came? And why?"},
]
DOCUMENTS = ["Ann came. It rained."]
TARGET = "It was Ann. She came."


@pytest.fixture(scope="module")
def chat_lm() -> HFCausalLM:
    tokenizer: transformers.PreTrainedTokenizerFast = tiny.byte_level_tokenizer()
    tokenizer.chat_template = tiny.CHAT_TEMPLATE
    return HFCausalLM(tiny.model("llama"), tokenizer)


@pytest.fixture(scope="module")
def result(chat_lm: HFCausalLM) -> Result:
    return explain(chat_lm, target=TARGET, select="She came.", messages=CHAT, documents=DOCUMENTS)


def test_segments_are_those_of_each_message(result: Result) -> None:
    assert result.prompt.startswith("system:\nBe brief.\n\ndocument:\nAnn came.")
    assert result.prompt_text == "Be brief.Ann came. It rained.Who came? And why?"
    expected = [
        ("system", "Be brief."),
        ("document", "Ann came. It rained."),
        ("user", "Who came? And why?"),
        ("", TARGET),
    ]
    assert [(each.role, each.text) for each in result.segments("messages")] == expected
    texts = [each.text.strip() for each in result.segments("sentences")]
    assert texts[:3] == ["Be brief.", "Ann came.", "It rained."]
    assert texts[-2:] == ["It was Ann.", "She came."]
    assert list(result.to_pandas("messages")["role"]) == [role for role, _ in expected]


def test_the_selection_is_found_in_the_target_and_by_characters(
    chat_lm: HFCausalLM, result: Result
) -> None:
    assert result.selected_text.strip() == "She came."
    known = [i for i, value in enumerate(result.logprobs) if value is not None]
    assert "".join(result.tokens[i] for i in known) == TARGET
    (segment,) = [each for each in result.segments("sentences") if "rained" in each.text]
    again = explain(chat_lm, result.prompt, TARGET, segment.chars)
    assert again.selected_text == segment.text


def test_contrasts_and_removals_work_on_messages(chat_lm: HFCausalLM) -> None:
    methods = ("grad_dot_input", "ablation")
    result = explain(
        chat_lm,
        target=TARGET,
        select="She",
        messages=CHAT,
        documents=DOCUMENTS,
        methods=methods,
        granularity="messages",
        versus="He",
    )
    assert result.salience[0].segments["ablation"][0] == (
        result.messages[0].start,
        result.messages[0].stop,
    )
    contrast = result.salience[0].contrast
    assert contrast is not None
    assert contrast.text == "He"
    table = result.faithfulness("messages")
    assert list(table["text"]) == ["Be brief.", *DOCUMENTS, "Who came? And why?"]


def test_the_model_continues_its_last_message(chat_lm: HFCausalLM) -> None:
    messages = [*CHAT, {"role": "assistant", "content": "It was"}]
    result = explain(chat_lm, target=" Ann.", messages=messages)
    assert result.selected_text == " Ann."
    assert not any(result.special[result.messages[-1].start :])


def test_without_a_target_the_model_answers_the_messages(chat_lm: HFCausalLM) -> None:
    result = explain(chat_lm, messages=CHAT, max_new_tokens=6)
    assert result.source == "response"
    assert [each.role for each in result.messages] == ["system", "user"]


def test_messages_are_saved_and_read(result: Result) -> None:
    text = result.to_json()
    jsonschema.validate(json.loads(text), shared_data("saved_result.schema.json"))
    again = Result.from_json(text)
    assert again.to_json() == text
    assert (again.messages, again.prompt) == (result.messages, result.prompt)
    assert again.segments("messages")[1].text == DOCUMENTS[0]


@pytest.mark.parametrize(
    ("messages", "error"),
    [
        ([{"role": "bot", "tokens": [0, 1]}], "role of a saved result must be one of system"),
        ([{"role": "user", "tokens": [0, 999]}], r"tokens .* a range \[start, end\) of"),
        (
            [{"role": "user", "tokens": [5, 6]}, {"role": "user", "tokens": [4, 6]}],
            r"tokens .* a range \[start, end\) of .* in order",
        ),
        (["user"], "messages of a saved result must be a list"),
    ],
)
def test_saved_messages_are_checked(result: Result, messages: object, error: str) -> None:
    fields = result.to_fields() | {"messages": messages}
    with pytest.raises(ValueError, match=error):
        saved_json.loads(json.dumps(fields))


def test_a_plain_prompt_with_a_backslash_comes_back(chat_lm: HFCausalLM) -> None:
    result = explain(chat_lm, "\\user:\nHi", " you")
    again = Result.from_json(result.to_json())
    assert again.tokens == result.tokens
    assert again.prompt_text == "user:\nHi"


def test_exports_show_the_roles(result: Result) -> None:
    html = result._repr_html_()
    for label in ("System", "Document 1", "User", "Target"):
        assert f">{label}</div>" in html
    assert result.to_svg(granularity="messages").startswith("<?xml")


def test_documents_have_numbers() -> None:
    spans = [MessageSpan(role, 0, 0) for role in ("document", "user", "document")]
    assert message_labels(spans) == ["Document 1", "User", "Document 2"]


def test_the_view_of_a_notebook_takes_messages(chat_lm: HFCausalLM) -> None:
    view = seqsal.view(chat_lm, target=TARGET, messages=CHAT, select="She came.")
    assert view.result.selected_text.strip() == "She came."
    view.selection = "It was"
    assert view.result.selected_text == "It was"
    assert view.prompt.startswith("system:\nBe brief.")
    again = seqsal.view(view.result)
    assert again.result.selected_text == "It was"
    with pytest.raises(ValueError, match="needs either a prompt or messages; got both"):
        seqsal.view(chat_lm, "Hi", messages=CHAT)
