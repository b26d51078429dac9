"""A tiny Qwen 3 with random weights, whose tokenizer has marks of thinking."""

import pathlib

import transformers

from seqsal.models.transformers import HFCausalLM
from tests import tiny

# Short, since tiny models read 97 tokens. In the manner of Qwen 3: past thinking is left out.
DROPPING = (
    "{{ bos_token }}{% for m in messages %}[{{ m.role[0] }}]"
    "{% set past = not loop.last and m.role == 'assistant' %}"
    "{{ m.content.split(CLOSE)[-1].lstrip() if past else m.content }}</s>{% endfor %}"
    "{% if add_generation_prompt %}[a]{% endif %}"
)
# The tokens of the Harmony format, in which thinking is a channel.
HARMONY = "<|start|>", "<|end|>", "<|message|>", "<|channel|>", "<|return|>", "<|call|>"
# In the manner of newer ones: the prompt opens the block.
OPENING = DROPPING.replace("[a]", "[a]OPEN\n")
# In the manner of an agent: all thinking stays.
KEEPING = DROPPING.replace(
    "m.content.split(CLOSE)[-1].lstrip() if past else m.content", "m.content"
)
# As Qwen 3: the thinking since the last question stays, and is written with other line breaks.
SPACING = """{{ bos_token }}{% set ns = namespace(asked=-1) -%}
{% for m in messages %}{% if m.role == 'user' %}{% set ns.asked = loop.index0 %}{% endif %}
{%- endfor %}
{%- for m in messages %}[{{ m.role[0] }}]
{%- set text, thought = m.content or '', '' %}
{%- if m.role == 'assistant' and CLOSE in text %}
{%- set thought = text.split(CLOSE)[0].rstrip('\\n').split('OPEN')[-1].lstrip('\\n') %}
{%- set text = text.split(CLOSE)[-1].lstrip('\\n') %}
{%- endif %}
{%- if m.role == 'assistant' and loop.index0 > ns.asked and (loop.last or thought) %}
{{- 'OPEN\\n' + thought.strip('\\n') + '\\n' + CLOSE + '\\n\\n' + text.lstrip('\\n') }}
{%- else %}{{ text }}{% endif %}
{%- for c in m.tool_calls or [] %}
{%- if text or not loop.first %}{{ '\\n' }}{% endif %}
{{- '<call>\\n' }}{{ c.function | tojson }}{{ '\\n</call>' }}{% endfor %}</s>
{%- endfor %}{% if add_generation_prompt %}[a]{% endif %}"""


def tokenizer(
    template: str = DROPPING, marks: tuple[str, str] = ("<think>", "</think>"), *, special: bool
) -> transformers.PreTrainedTokenizerFast:
    """Returns a byte-level tokenizer with two marks as added tokens."""
    found = tiny.byte_level_tokenizer()
    found.add_tokens([transformers.AddedToken(mark, special=special) for mark in marks], special)
    found.chat_template = template.replace("CLOSE", repr(marks[1])).replace("OPEN", marks[0])
    return found


def model() -> transformers.PreTrainedModel:
    """Returns a new tiny Qwen 3 with two tokens more; the same weights at each call."""
    found = tiny.model("qwen3")
    table = found.get_input_embeddings().weight.data
    found.resize_token_embeddings(tiny.VOCABULARY + 2, mean_resizing=False)
    for rows in {found.get_input_embeddings().weight, found.get_output_embeddings().weight}:
        rows.data[-2:] = table[[33, 41]] * 0.9
    return found


def lm(
    template: str = DROPPING,
    marks: tuple[str, str] = ("<think>", "</think>"),
    *,
    special: bool = False,
    chat_template: bool = False,
) -> HFCausalLM:
    """Returns the model with such a tokenizer."""
    return HFCausalLM(
        model(), tokenizer(template, marks, special=special), chat_template=chat_template
    )


def save_checkpoint(folder: pathlib.Path, template: str = DROPPING, *, special: bool) -> None:
    """Writes the checkpoint with its tokenizer."""
    model().save_pretrained(folder)
    tokenizer(template, special=special).save_pretrained(folder)
