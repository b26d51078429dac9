"""Chat templates of several shapes, which take tools and calls of them."""

from typing import Final

_TOOLS_SHOWN = "{%- for t in tools or [] %}(tool {{ t | tojson }}){% endfor -%}"
_TURN = _TOOLS_SHOWN + "{%- for m in messages %}{{ '<|' + m.role + '|>' }}"
_END = "{{ '<|end|>' }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
TEMPLATES: Final = {
    # As Hermes and Qwen write calls: JSON between tags.
    "json in tags": _TURN
    + "{{ m.content }}{% for c in m.tool_calls or [] %}{% set f = c.function %}"
    + '{{ "\\n<call>\\n{\\"name\\": \\"" + f.name + "\\", \\"arguments\\": " }}'
    + '{{ f.arguments | tojson }}{{ "}\\n</call>" }}{% endfor %}'
    + _END,
    # As Llama 3.1: one call, whose arguments are parameters. Results are JSON.
    "parameters": _TURN
    + "{% if m.tool_calls %}{% if m.tool_calls | length != 1 %}"
    + "{{ raise_exception('One call at once') }}{% endif %}{% set f = m.tool_calls[0].function %}"
    + '{{ "{\\"name\\": \\"" + f.name + "\\", \\"parameters\\": " }}{{ f.arguments | tojson }}}'
    + "{% elif m.role == 'tool' %}{{ m.content | tojson }}{% else %}{{ m.content }}{% endif %}"
    + _END,
    # As Mistral: a list with ids, which the answers repeat.
    "list with ids": _TURN
    + "{{ m.content }}{% if m.tool_calls %}[CALLS] [{% for c in m.tool_calls %}"
    + "{% if c.id | length != 9 %}{{ raise_exception('Ids have 9 letters') }}{% endif %}"
    + "{{ (c.function | tojson)[:-1] }}{{ ', \"id\": \"' + c.id + '\"}' }}"
    + "{{ ', ' if not loop.last }}{% endfor %}]{% endif %}"
    + "{% if m.role == 'tool' %} for {{ m.tool_call_id }}{% endif %}"
    + _END,
    # As Qwen 3 Coder: one tag for each parameter.
    "xml": _TURN
    + "{{ m.content }}{% for c in m.tool_calls or [] %}{% set f = c.function %}"
    + "{{ '\\n<function=' + f.name + '>\\n' }}{% for k, v in f.arguments | items %}"
    + "{{ '<parameter=' + k + '>\\n' }}{{ v if v is string else v | tojson }}"
    + "{{ '\\n</parameter>\\n' }}{% endfor %}{{ '</function>' }}{% endfor %}"
    + _END,
    # As DeepSeek: arguments are texts, and a message with calls has no content.
    "texts": _TURN
    + "{% if m.content is not defined %}{% for c in m.tool_calls %}"
    + "{{ 'function ' + c.function.name + '\\n```json\\n' + c.function.arguments + '\\n```' }}"
    + "{% endfor %}{% else %}{{ m.content }}{% endif %}"
    + _END,
    # As Llama 3.2 and LFM 2: calls in Python.
    "python": _TURN
    + "{{ m.content }}{% if m.tool_calls %}[{% for c in m.tool_calls %}"
    + "{{ c.function.name }}({% for k, v in c.function.arguments | items %}"
    + "{{ k }}={{ v | tojson }}{{ ', ' if not loop.last }}{% endfor %})"
    + "{{ ', ' if not loop.last }}{% endfor %}]{% endif %}"
    + _END,
}
