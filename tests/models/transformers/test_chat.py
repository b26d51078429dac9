import pytest
import transformers

from seqsal.models.transformers import HFCausalLM
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
    lm = _lm("{{ messages[-1].content | upper }}:")
    with pytest.raises(ValueError, match="must show the prompt as it is; it shows 'FOX'"):
        lm.encode("fox")
