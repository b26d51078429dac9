"""Calls of tools in chat templates of several shapes, against `apply_chat_template` itself."""

import copy
import json
from typing import Any

import pytest
import transformers

from seqsal.models.causal_lm import Encoding, MessageSpan
from seqsal.models.chat.call_regions import Place, call_regions
from seqsal.models.regions import message_spans, with_exact_text
from seqsal.models.transformers import HFCausalLM
from seqsal.results.explain import explain
from seqsal.shared.openai_format import prompt_of_messages
from tests import tiny
from tests.models.chat.templates import TEMPLATES

WEATHER = {"city": "Oslo", "days": 3, "metric": True}
TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": {}}}]


def _call(name: str, arguments: Any, call_id: str) -> dict[str, Any]:
    text = json.dumps(arguments)
    return {
        "id": call_id,
        "type": "function",
        "function": {"name": name, "arguments": text},
    }


CHAT: list[dict[str, Any]] = [
    {"role": "user", "content": "Rain in Oslo?"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [_call("get_weather", WEATHER, "abcdefgh1")],
    },
    {"role": "tool", "tool_call_id": "abcdefgh1", "content": '{"rain": "no"}'},
]
TWO_CALLS: list[dict[str, Any]] = [
    {"role": "user", "content": "Oslo, Rome?"},
    {
        "role": "assistant",
        "content": "Let me look.",
        "tool_calls": [
            _call("get_weather", {"city": "Oslo"}, "abcdefgh1"),
            _call("get_weather", {"city": 'the "eternal" city\n🙂', "at": [1, -2.5]}, "abcdefgh2"),
        ],
    },
    {"role": "tool", "tool_call_id": "abcdefgh2", "content": "sun"},
    {"role": "tool", "tool_call_id": "abcdefgh1", "content": "no rain"},
    {"role": "assistant", "content": "Sun."},
    {"role": "user", "content": "Sure?"},
]


def _lm(template: str) -> HFCausalLM:
    tokenizer: transformers.PreTrainedTokenizerFast = tiny.byte_level_tokenizer()
    tokenizer.chat_template = template
    return HFCausalLM(tiny.model("llama"), tokenizer)


def _as_transformers_wants(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns messages with objects as arguments, and no None."""
    wanted = copy.deepcopy(messages)
    for message in wanted:
        message["content"] = message["content"] or ""
        for call in message.get("tool_calls", []):
            call["function"]["arguments"] = json.loads(call["function"]["arguments"])
    return wanted


def _texts(encoding: Encoding) -> list[tuple[str, str]]:
    return [
        (
            each.role,
            "".join(
                piece
                for piece, special in zip(
                    encoding.pieces[each.start : each.stop],
                    encoding.special[each.start : each.stop],
                    strict=True,
                )
                if not special
            ),
        )
        for each in encoding.messages
    ]


def _shown(lm: HFCausalLM, encoding: Encoding, role: str) -> str:
    """Returns what the tokens of a block that are text say in the rendered text."""
    (block,) = [each for each in encoding.messages if each.role == role]
    ids = [encoding.ids[i] for i in range(block.start, block.stop) if not encoding.special[i]]
    return str(lm.tokenizer.decode(ids))


_CASES = [
    (name, messages)
    for name in TEMPLATES
    for messages in (CHAT, TWO_CALLS)
    if not (messages is TWO_CALLS and name in ("parameters", "texts"))
]


@pytest.mark.parametrize(("name", "messages"), _CASES)
def test_ids_are_those_of_apply_chat_template(name: str, messages: list[dict[str, Any]]) -> None:
    lm = _lm(TEMPLATES[name])
    given = messages if name == "texts" else _as_transformers_wants(messages)
    rendered = lm.tokenizer.apply_chat_template(given, tools=TOOLS, add_generation_prompt=True)
    prompt = prompt_of_messages(messages, None, TOOLS)
    encoding = lm.encode(prompt, " Yes.")
    ids = list(rendered["input_ids"])
    assert list(encoding.ids[: len(ids)]) == ids
    calls = [text for role, text in _texts(encoding) if role == "calls"]
    expected = [
        {
            "name": call["function"]["name"],
            "arguments": json.loads(call["function"]["arguments"]),
            "id": call["id"],
        }
        for message in messages
        for call in message.get("tool_calls", [])
    ]
    # One block for each call: the first has the bracket before it, the last the one after it.
    assert [json.loads(text.strip("[,]\n ")) for text in calls] == expected
    texts = [text for role, text in _texts(encoding) if role != "calls"]
    assert texts == [message["content"] for message in messages if message["content"]]
    assert encoding.text == "".join(text for _, text in _texts(encoding)) + " Yes."


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (
            "json in tags",
            '{"name": "get_weather", "arguments": {"city": "Oslo", "days": 3, "metric": true}}',
        ),
        (
            "parameters",
            '{"name": "get_weather", "parameters": {"city": "Oslo", "days": 3, "metric": true}}',
        ),
        (
            "xml",
            "get_weather>\n<parameter=city>\nOslo\n</parameter>\n<parameter=days>\n3\n"
            "</parameter>\n<parameter=metric",
        ),
        ("texts", 'get_weather\n```json\n{"city": "Oslo", "days": 3, "metric": true}'),
        ("python", 'get_weather(city="Oslo", days=3, metric'),
    ],
)
def test_a_call_is_text_from_its_first_to_its_last_value(name: str, shown: str) -> None:
    lm, chat = _lm(TEMPLATES[name]), copy.deepcopy(CHAT)
    del chat[1]["tool_calls"][0]["id"], chat[2]["tool_call_id"]
    encoding = lm.encode(prompt_of_messages(chat))
    assert _shown(lm, encoding, "calls") == shown


def test_other_white_space_changes_pieces_only() -> None:
    lm = _lm(TEMPLATES["json in tags"])
    prompts = [
        f"user:\nOslo?\n\ncalls:\n{calls}\n\ntool:\nno"
        for calls in (
            '[{"name": "get_weather", "arguments": {"city": "Oslo", "days": 3}}]',
            '[ {"name":"get_weather",\n "arguments":{"city":"\\u004fslo" ,"days":3} } ]',
        )
    ]
    one, other = (lm.encode(prompt) for prompt in prompts)
    assert (one.ids, one.special) == (other.ids, other.special)
    assert [text for _, text in _texts(other)] == [
        "Oslo?",
        '[ {"name":"get_weather",\n "arguments":{"city":"\\u004fslo" ,"days":3} } ]',
        "no",
    ]


@pytest.mark.parametrize("shown", ["v", "v | tojson"])
def test_escapes_are_characters(shown: str) -> None:
    lm = _lm(
        "{% for m in messages %}{{ m.content }}{% for c in m.tool_calls or [] %}"
        "{{ c.function.name }}{% for k, v in c.function.arguments | items %}"
        "{{ k }}={{ " + shown + " }}{% endfor %}{% endfor %}|{% endfor %}"
    )
    written = r"\ud83d\ude42a\u00e9b\n\\"
    encoding = lm.encode(
        f'user:\nx\n\ncalls:\n[{{"name": "f", "arguments": {{"k": "{written}"}}}}]\n\ntool:\n1'
    )
    _, (_, calls), _ = _texts(encoding)
    assert written in calls
    pieces = [piece for piece in encoding.pieces if piece]
    at = next(i for i, piece in enumerate(pieces) if piece.endswith(r"\ud83d\ude42"))
    assert pieces[at + 1 : at + 4] == ["a", r"\u00e9", "b"]


def test_a_call_without_a_token_of_its_own_joins_the_one_before() -> None:
    text = '[{"name": "f", "arguments": {}}, {"name": "g", "arguments": {}}]'
    rendered = "f;g|"
    places = [Place(0, 11, 0, (12,)), Place(1, text.index("g"), 2, (text.index("g") + 1,))]
    regions = call_regions(text, rendered, places, range(4))
    assert [each.text for each in regions] == [text[:33], text[33:]]
    pieces, special = with_exact_text(["f;g", "|"], regions)
    assert pieces == [text, "|"]
    assert special == [False, True]
    assert message_spans(pieces, special, [("calls", text)]) == [
        MessageSpan("calls", 0, 1),
        MessageSpan("calls", 2, 2),
    ]


def test_answers_name_their_calls() -> None:
    lm = _lm(
        "{% for m in messages %}{{ m.content }}{% for c in m.tool_calls or [] %}"
        "{{ c.function.name }}{% endfor %}[{{ m.name }}|{{ m.tool_call_id }}]{% endfor %}"
    )
    call = '{"name": "look", "arguments": {}, "id": "a"}'
    prompt = f'user:\nx\n\ncalls:\n[{call}]\n\ntool:\n1\n\ntool {{"name": "f"}}:\n2\n\ntool:\n3'
    encoding = lm.encode(prompt)
    assert lm.tokenizer.decode(encoding.ids) == "x[|]look[|]1[|a]2[f|]3[|]"


@pytest.mark.parametrize(
    ("template", "prompt", "error"),
    [
        (
            "{% for m in messages %}{{ m.content }}|{% endfor %}",
            'user:\nx\n\ncalls:\n[{"name": "f", "arguments": {}}]\n\ntool:\n1',
            "chat template takes no calls of tools. Write them into the content of the assistant",
        ),
        (
            "{% for m in messages %}{{ m.content }}{{ m.tool_calls | length }}|{% endfor %}",
            'user:\nx\n\ncalls:\n[{"name": "f", "arguments": {}}]\n\ntool:\n1',
            "show the content of each message once and in order; .* for the roles user, calls",
        ),
        (
            TEMPLATES["xml"].replace("{{ '<parameter=' + k", "{{ '<parameter=' + k | upper"),
            'user:\nx\n\ncalls:\n[{"name": "f", "arguments": {"a": 1}}]\n\ntool:\n1',
            r"for message 2 \(calls\), 'a', it shows 'A'. Write the calls into the content",
        ),
        (
            TEMPLATES["parameters"],
            prompt_of_messages(TWO_CALLS),
            "One call at once",
        ),
        (TEMPLATES["xml"], "user:\nx\n\ncalls:\n[{]\n\ntool:\n1", "content of calls: must be JSON"),
        (TEMPLATES["xml"], "user:\nx\n\ncalls:\n{}\n\ntool:\n1", "must be a JSON list; got {}"),
        (
            TEMPLATES["xml"],
            'user:\nx\n\ncalls:\n[{"name": "f"}]\n\ntool:\n1',
            "A call in calls: must be an object with name .a text., arguments .an object.",
        ),
        (
            TEMPLATES["xml"],
            'user:\nx\n\ncalls:\n[{"name": "f", "arguments": {}}]',
            "must end with a message that the model answers",
        ),
        (TEMPLATES["xml"], "user:\nx\n\ntool {1}:\n1", "A role line tool {...}: must hold a JSON"),
    ],
)
def test_the_error_for_calls_says_what_the_template_does(
    template: str, prompt: str, error: str
) -> None:
    with pytest.raises(ValueError, match=error):
        _lm(template).encode(prompt)


def test_explain_takes_tools_and_calls() -> None:
    lm = _lm(
        "{% for m in messages %}{{ m.content }}{% for c in m.tool_calls or [] %}"
        "{{ c.function | tojson }}{% endfor %}|{% endfor %}{{ tools[0].name }}"
    )
    tools = [{"name": "at"}]
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": "Rain?"},
        {
            "role": "assistant",
            "tool_calls": [{"function": {"name": "at", "arguments": {"in": "Oslo"}}}],
        },
        {"role": "tool", "name": "at", "content": "no"},
    ]
    result = explain(lm, target=" No.", messages=messages, tools=tools, methods=("grad_l2",))
    assert result.prompt.startswith('tools:\n[\n {\n  "name": "at"\n }\n]\n\nuser:\nRain?')
    segments = {each.role: each for each in result.segments("messages", method="grad_l2")}
    calls = segments["calls"]
    assert json.loads(calls.text)[0]["arguments"] == {"in": "Oslo"}
    start, end = calls.tokens
    scores = [
        float(score)
        for score, special in zip(
            result.scores["grad_l2"][start:end], result.special[start:end], strict=True
        )
        if not special
    ]
    assert calls.score == pytest.approx(sum(scores))
    assert calls.score > 0
