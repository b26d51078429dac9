import numpy as np
import pytest
import transformers

from seqsal.models.causal_lm import Encoding
from seqsal.models.transformers import HFCausalLM
from seqsal.results.explain import explain
from seqsal.shared.messages import Message, format_messages
from seqsal.shared.openai_format import prompt_of_messages
from tests import tiny

# In the manner of Llama 3 (which trims the prompt and begins with BOS) and of Gemma.
TRIMMING = (
    "{{ bos_token }}{% for m in messages %}[{{ m.role }}]\n{{ m.content | trim }}</s>{% endfor %}"
    "{% if add_generation_prompt %}[assistant]\n{% endif %}"
)
PLAIN = (
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}"
    "{{ raise_exception('System role not supported') }}{% endif %}"
    "<turn>user\n{{ m.content }}<end>\n{% endfor %}"
    "{% if add_generation_prompt %}<turn>model\n{% endif %}"
)


def _lm(template: str | None, system_prompt: str = "") -> HFCausalLM:
    tokenizer: transformers.PreTrainedTokenizerFast = tiny.byte_level_tokenizer()
    tokenizer.chat_template = template
    return HFCausalLM(
        tiny.model("llama"), tokenizer, chat_template=True, system_prompt=system_prompt
    )


@pytest.mark.parametrize("template", [TRIMMING, PLAIN])
@pytest.mark.parametrize("name", [n for n, text in tiny.EXACT_TEXTS.items() if text])
def test_tokens_outside_the_template_are_prompt_and_target(template: str, name: str) -> None:
    text = tiny.EXACT_TEXTS[name]
    encoding = _lm(template).encode(text, text)
    assert encoding.text == text + text


@pytest.mark.parametrize("template", [TRIMMING, PLAIN])
def test_ids_are_those_of_the_template_itself_with_one_bos(template: str) -> None:
    lm = _lm(template)
    messages = [{"role": "user", "content": "Hello, fox"}]
    expected = lm.tokenizer.apply_chat_template(messages, add_generation_prompt=True)
    assert list(lm.encode("Hello, fox").ids) == list(expected["input_ids"])
    assert lm.encode("Hello, fox").ids.count(lm.tokenizer.bos_token_id) == 1


def test_the_templates_tokens_are_special_and_keep_their_text() -> None:
    encoding = _lm(TRIMMING).encode("fox", " eggs")
    shown = zip(encoding.pieces, encoding.special, strict=True)
    assert "".join(piece for piece, special in shown if special) == ("<s>[user]\n</s>[assistant]\n")


def test_the_system_prompt_is_part_of_the_template() -> None:
    encoding = _lm(TRIMMING, "Be brief.").encode("fox")
    assert "".join(encoding.pieces) == "<s>[system]\nBe brief.</s>[user]\nfox</s>[assistant]\n"
    assert encoding.text == "fox"


def test_a_tokenizer_without_a_template_raises() -> None:
    with pytest.raises(ValueError, match="tokenizer has a chat template, and this one does not"):
        _lm(None)


def test_a_template_without_a_system_prompt_raises() -> None:
    with pytest.raises(ValueError, match="System role not supported.*Omit --system_prompt"):
        _lm(PLAIN, "Be brief.")


def test_a_template_that_rewrites_the_prompt_raises() -> None:
    with pytest.raises(ValueError, match="must show each content as it is; .* it shows 'CHECK'"):
        _lm("{{ messages[-1].content | upper }}:")


# Prompts in message form.

DOCUMENTED = (
    "{% for d in documents or [] %}(doc {{ d.doc_id }}){{ d.text }}(/doc){% endfor %}"
    "{% for t in tools or [] %}(tool {{ t.name }}){% endfor %}" + TRIMMING
)
CHAT = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hello, fox"},
    {"role": "assistant", "content": "Hello! 🙂 "},
    {"role": "user", "content": " and eggs?"},
]


def _chat(template: str | None = TRIMMING) -> HFCausalLM:
    """Returns a model that applies its template to prompts in message form only."""
    tokenizer: transformers.PreTrainedTokenizerFast = tiny.byte_level_tokenizer()
    tokenizer.chat_template = template
    return HFCausalLM(tiny.model("llama"), tokenizer)


def _texts(encoding: Encoding) -> list[tuple[str, str]]:
    """Returns the role and the text of each block of a prompt."""
    return [
        (each.role, "".join(encoding.pieces[each.start : each.stop])) for each in encoding.messages
    ]


@pytest.mark.parametrize("count", [2, 3, 4])
def test_ids_are_those_of_apply_chat_template(count: int) -> None:
    lm, messages = _chat(), CHAT[:count]
    continued = messages[-1]["role"] == "assistant"
    expected = lm.tokenizer.apply_chat_template(
        messages, add_generation_prompt=not continued, continue_final_message=continued
    )
    encoding = lm.encode(prompt_of_messages(messages))
    assert list(encoding.ids) == list(expected["input_ids"])
    assert _texts(encoding) == [(each["role"], each["content"]) for each in messages]
    assert encoding.text == "".join(each["content"] for each in messages)


@pytest.mark.parametrize("name", [n for n, text in tiny.EXACT_TEXTS.items() if text.strip()])
@pytest.mark.parametrize("roles", [("user",), ("system", "user"), ("user", "assistant")])
def test_contents_and_target_are_exact_text(roles: tuple[str, ...], name: str) -> None:
    text = tiny.EXACT_TEXTS[name]
    prompt = format_messages([Message(role, text) for role in roles])
    encoding = _chat().encode(prompt, text)
    assert encoding.text == text * (len(roles) + 1)
    assert encoding.text_before(text) == text * len(roles)
    assert _texts(encoding) == [(role, text) for role in roles]


@pytest.mark.parametrize("trim", ["", ".strip()", ".rstrip()", ".lstrip()"])
def test_trimmed_white_space_belongs_to_the_token_next_to_it(trim: str) -> None:
    template = "{% for m in messages %}[x]{{ m.content" + trim + " }}[y]{% endfor %}"
    texts = ["  one two\n\n ", "\n three four "]
    lm = _chat(template)
    encoding = lm.encode(
        format_messages([Message("system", texts[0]), Message("user", texts[1])]), "five"
    )
    assert _texts(encoding) == [("system", texts[0]), ("user", texts[1])]
    for piece, token, special in zip(encoding.pieces, encoding.ids, encoding.special, strict=True):
        assert special or piece.strip() == lm.tokenizer.decode([token]).strip()
    assert encoding.text == "".join(texts) + "five"


def test_one_message_is_read_as_a_plain_prompt_in_the_template() -> None:
    plain, messages = (
        _lm(TRIMMING).encode("Hello, fox", " eggs"),
        _chat().encode("user:\nHello, fox", " eggs"),
    )
    assert (plain.ids, plain.pieces, plain.special) == (
        messages.ids,
        messages.pieces,
        messages.special,
    )
    assert plain.messages == ()
    assert _lm(TRIMMING).encode("user:\nHello, fox", " eggs") == messages


def test_a_plain_prompt_is_plain_text_without_a_backslash_before_a_role() -> None:
    encoding = _chat().encode("\\user:\nfox", " eggs")
    assert encoding.text == "user:\nfox eggs"
    assert encoding.messages == ()


def test_documents_are_blocks_of_the_next_message() -> None:
    encoding = _chat().encode(prompt_of_messages([CHAT[1]], ["One.", "Two."]))
    assert "".join(encoding.pieces) == (
        "<s>[user]\n<document>\nOne.\n</document>\n<document>\nTwo.\n</document>\n\nHello, fox</s>"
        "[assistant]\n"
    )
    assert _texts(encoding) == [("document", "One."), ("document", "Two."), ("user", "Hello, fox")]
    assert encoding.text == "One.Two.Hello, fox"


def test_a_template_that_takes_documents_and_tools_gets_them() -> None:
    prompt = prompt_of_messages([CHAT[1]], ["One."], [{"name": "look"}])
    encoding = _chat(DOCUMENTED).encode(prompt)
    assert "".join(encoding.pieces) == (
        "(doc 1)One.(/doc)(tool look)<s>[user]\nHello, fox</s>[assistant]\n"
    )
    assert _texts(encoding) == [("document", "One."), ("user", "Hello, fox")]


def test_documents_in_a_content_are_blocks_with_their_tags() -> None:
    text = "See <document>One.</document>\n<document id='2'>Two.</document> Well?"
    encoding = _chat().encode(format_messages([Message("user", text)]))
    assert _texts(encoding) == [
        ("user", "See "),
        ("document", "<document>One.</document>\n"),
        ("document", "<document id='2'>Two.</document> "),
        ("user", "Well?"),
    ]


def test_an_empty_last_message_of_the_assistant_is_begun() -> None:
    lm = _chat()
    encoding = lm.encode("user:\nfox\nassistant:")
    assert encoding.ids == lm.encode("user:\nfox").ids
    assert [each.role for each in encoding.messages] == ["user", "assistant"]


def test_an_answer_after_messages_keeps_them() -> None:
    lm = _chat()
    encoding, answer = lm.encode("user:\nfox"), lm.encode("eggs")
    assert (encoding + answer).messages == encoding.messages


@pytest.mark.parametrize(
    ("template", "prompt", "error"),
    [
        (None, "user:\nfox", "tokenizer has a chat template, and this one does not"),
        (PLAIN, "system:\nx\nuser:\nfox", "System role not supported. Leave out a message"),
        (TRIMMING, "user:\n  ", r"as it is; for message 1 \(user\), '  ', it shows"),
        (TRIMMING, "document:\nfox", "must end with a message that the model answers"),
        (TRIMMING, "document:\na\nsystem:\nb\nuser:\nc", "before a message of the role system"),
        (TRIMMING, "tools:\n[{}]\nuser:\nfox", "chat template takes no tools"),
        (TRIMMING, "tools:\nfox\nuser:\nfox", "content of tools: must be JSON"),
        (
            "{{ messages[-1].content }}:",
            "system:\nx\nuser:\nfox",
            "show the content of each message once and in order; .* for the roles system, user",
        ),
        (
            "{% for m in messages %}{{ m.content.split('</think>')[-1] }}|{% endfor %}",
            "user:\na\nassistant:\nb</think>c\nuser:\nd",
            r"for message 2 \(assistant\), 'b</think>c', it shows",
        ),
    ],
)
def test_the_error_for_messages_says_what_the_template_does(
    template: str | None, prompt: str, error: str
) -> None:
    with pytest.raises(ValueError, match=error):
        _chat(template).encode(prompt)


def test_scores_of_a_message_are_those_of_the_plain_prompt_in_the_template() -> None:
    target, methods = " eggs and fox", ("grad_l2", "grad_dot_input")
    plain = explain(_lm(TRIMMING), "Hello, fox", target, methods=methods)
    messages = explain(_chat(), target=target, messages=CHAT[1:2], methods=methods)
    assert messages.prompt == "user:\nHello, fox"
    assert messages.tokens == plain.tokens
    for method, scores in plain.scores.items():
        np.testing.assert_array_equal(messages.scores[method], scores)
