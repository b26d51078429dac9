"""Chat templates of a folder, rendered without Transformers and by it."""

import json
import pathlib
from typing import Any

import jinja2
import pytest
import transformers

from seqsal.models.chat.jinja import JinjaTemplate, template_in
from tests import tiny
from tests.models.chat.templates import TEMPLATES

MESSAGES: list[dict[str, Any]] = [
    {"role": "system", "content": 'Be <brief> & "kind".'},
    {"role": "user", "content": "Oslo?\n"},
    {
        "role": "assistant",
        "tool_calls": [
            {
                "id": "abcdefgh1",
                "type": "function",
                "function": {"name": "look", "arguments": {"at": "Ærø", "days": [1, 2.5, None]}},
            }
        ],
    },
    {"role": "tool", "tool_call_id": "abcdefgh1", "content": "{}"},
]
TOOLS = [{"type": "function", "function": {"name": "look", "parameters": {"a": {}, "A": "<b>"}}}]
DOCUMENTS = [{"doc_id": "1", "title": "", "text": "It rains."}]
FEATURES = {
    "tokens": "{{ bos_token }}|{{ eos_token }}|{{ unk_token }}|{{ pad_token is defined }}",
    "white space": "  {%- if true %}\n  a\n  {% endif %}\n  b  {{ 1 }}\n",
    "loop controls": "{% for i in [1, 2, 3] %}{% if i == 2 %}{% continue %}{% endif %}{{ i }}"
    "{% if i == 3 %}{% break %}{% endif %}{% endfor %}",
    "namespace": "{% set n = namespace(x=0) %}{% for m in messages %}{% set n.x = n.x + 1 %}"
    "{% endfor %}{{ n.x }}",
    "generation": "{% for m in messages %}{% generation %}{{ m.content }}{% endgeneration %}"
    "{% endfor %}",
    "json": "{{ tools | tojson }}{{ tools[0] | tojson(indent=2) }}"
    "{{ tools | tojson(ensure_ascii=True, separators=(',', ':'), sort_keys=True) }}",
    "documents": "{% for d in documents %}{{ d.text }}{% endfor %}{{ add_generation_prompt }}",
    "the date": "{{ strftime_now('%Y-%m') }}",
}


def _tokenizer(template: Any) -> transformers.PreTrainedTokenizerFast:
    tokenizer: transformers.PreTrainedTokenizerFast = tiny.byte_level_tokenizer()
    tokenizer.chat_template = template
    return tokenizer


def _renderings(
    tokenizer: transformers.PreTrainedTokenizerFast, template: JinjaTemplate, tools: Any
) -> tuple[str, str]:
    choices: dict[str, Any] = {
        "tools": tools,
        "documents": DOCUMENTS,
        "add_generation_prompt": True,
    }
    theirs = tokenizer.apply_chat_template(MESSAGES, tokenize=False, **choices)
    return template.render(MESSAGES, **choices), str(theirs)


@pytest.mark.parametrize("name", [*FEATURES, *sorted(set(TEMPLATES) - {"texts"})])
def test_a_template_is_rendered_as_transformers_does(name: str, tmp_path: pathlib.Path) -> None:
    tokenizer = _tokenizer((FEATURES | TEMPLATES)[name])
    tokenizer.save_pretrained(tmp_path)
    template = template_in(tmp_path)
    assert template is not None
    ours, theirs = _renderings(tokenizer, template, TOOLS)
    assert ours == theirs != ""


@pytest.mark.parametrize("inside", [False, True])
def test_several_templates_are_chosen_as_transformers_does(
    inside: bool, tmp_path: pathlib.Path
) -> None:
    tokenizer = _tokenizer({"default": "{{ bos_token }}default", "tool_use": "with tools"})
    tokenizer.save_pretrained(tmp_path, save_jinja_files=not inside)
    assert (tmp_path / "chat_template.jinja").exists() != inside
    template = template_in(tmp_path)
    assert template is not None
    for tools in (None, TOOLS):
        ours, theirs = _renderings(tokenizer, template, tools)
        assert ours == theirs == ("with tools" if tools else "<s>default")
        assert template.source(tools) == tokenizer.get_chat_template(tools=tools)


def test_tokens_may_be_objects_and_in_a_file_of_their_own(tmp_path: pathlib.Path) -> None:
    config = {"chat_template": "{{ bos_token }}{{ eos_token }}", "eos_token": {"content": "</s>"}}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    (tmp_path / "special_tokens_map.json").write_text('{"bos_token": "<s>"}')
    template = template_in(tmp_path)
    assert template is not None
    assert (
        template.render(MESSAGES, tools=None, documents=None, add_generation_prompt=True)
        == "<s></s>"
    )


def test_a_folder_without_a_template_has_none(tmp_path: pathlib.Path) -> None:
    assert template_in(tmp_path) is None
    _tokenizer(None).save_pretrained(tmp_path)
    assert template_in(tmp_path) is None


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("{{ raise_exception('No system') }}", "No system"),
        ("{{ messages.append(1) }}", "unsafe"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{% set n = namespace(__class__=1) %}", "cannot set"),
        ("{% set n = namespace() %}{% set n.__class__ = 1 %}", "cannot set"),
    ],
)
def test_a_template_runs_in_a_sandbox(source: str, error: str) -> None:
    template = JinjaTemplate({"default": source}, {})
    with pytest.raises(jinja2.exceptions.TemplateError, match=error):
        template.render(MESSAGES, tools=None, documents=None, add_generation_prompt=True)


def test_errors_name_the_file(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="one with the name default; this one has tool_use"):
        JinjaTemplate({"tool_use": ""}, {})
    (tmp_path / "tokenizer_config.json").write_text("{")
    with pytest.raises(ValueError, match=r"tokenizer_config\.json must be JSON"):
        template_in(tmp_path)
    (tmp_path / "chat_template.jinja").write_bytes(b"\xff")
    (tmp_path / "tokenizer_config.json").write_text("{}")
    with pytest.raises(ValueError, match=r"chat_template\.jinja cannot be read"):
        template_in(tmp_path)
