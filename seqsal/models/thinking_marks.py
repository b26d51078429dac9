"""Finds the thinking marks of a model in its response template, added tokens or chat template.

No tag is fixed. Models write their thinking between two texts that name it: `<think>` and
`</think>`, `[THINK]` and `[/THINK]`, `<|START_THINKING|>` and `<|END_THINKING|>`, or in a channel.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from seqsal.models.thinking import ThinkingMarks

_FIELDS: Final = ("reasoning_content", "thinking", "reasoning")
"""What response templates call the field of the thinking."""
_NAMED: Final = re.compile(r"(?<![a-z])(?:think|thinking|thoughts?|reason|reasoning|cot)(?![a-z])")
_TAG: Final = re.compile(r"<[^<>\s'\"]{1,40}>|\[/?[A-Z_]{2,40}\]|◁[^◁▷\s]{1,40}▷")
_BEGINS: Final = re.compile(r"start|begin|open|of")
_ENDS: Final = re.compile(r"/|(?<![a-z])(?:end|close|stop)(?![a-z])")

# https://cookbook.openai.com/articles/openai-harmony: channels, of which analysis is the thinking.
_HARMONY: Final = ("<|start|>", "<|channel|>", "<|message|>", "<|end|>")
_ANALYSIS: Final = ThinkingMarks(
    "<|channel|>analysis<|message|>",
    "<|end|>",
    "<|start|>assistant<|channel|>final<|message|>",
)


def find_marks(
    response_template: object, tokens: Sequence[str], templates: Sequence[str]
) -> tuple[ThinkingMarks, ...]:
    """Returns the marks between which a model writes its thinking; none if it has none.

    They are those of the first argument that names some.

    >>> find_marks(None, ["<s>", "<think>", "</think>"], [])
    (ThinkingMarks(open='<think>', close='</think>', answer=''),)

    Args:
        response_template: that of its tokenizer, an object with fields; None for none.
        tokens: the texts of its added tokens.
        templates: the sources of its chat templates.
    """
    if all(any(name in text for text in (*tokens, *templates)) for name in _HARMONY):
        return (_ANALYSIS,)
    return (
        tuple(_of_response_template(response_template))
        or tuple(_pairs(tokens))
        or tuple(_pairs(tag for text in templates for tag in _TAG.findall(text)))
    )


def hidden_ids(special: Mapping[int, str], marks: Iterable[ThinkingMarks]) -> frozenset[int] | None:
    """Returns the special tokens that a decoding leaves out but for those in marks.

    It is None if no mark holds a special token: then a decoding leaves out all.

    >>> hidden_ids({7: "<s>", 8: "<think>"}, [ThinkingMarks("<think>", "</think>")])
    frozenset({7})

    Args:
        special: the texts of the special tokens.
        marks: the marks of the model.
    """
    texts = [text for mark in marks for text in (mark.open, mark.close, mark.answer)]
    hidden = {
        token for token, text in special.items() if not any(text in mark for mark in texts if text)
    }
    return frozenset(hidden) if len(hidden) < len(special) else None


def _of_response_template(template: object) -> Iterator[ThinkingMarks]:
    """Yields the marks in a response template.

    https://huggingface.co/docs/transformers/main/chat_response_parsing describes its fields, each
    with texts or regular expressions that open and close it.
    """
    fields = template.get("fields") if isinstance(template, Mapping) else None
    for name in _FIELDS:
        field = fields.get(name) if isinstance(fields, Mapping) else None
        if not isinstance(field, Mapping):
            continue
        opens, closes = _texts(field, "open"), _texts(field, "close")
        yield from (ThinkingMarks(each, closes[0]) for each in opens if closes)


def _texts(field: Mapping[str, Any], name: str) -> list[str]:
    """Returns the texts that open or close a field, without white space around them."""
    given = field.get(name)
    if given is None:  # Of a regular expression, the tag in it.
        return _TAG.findall(re.sub(r"\\(\W)", r"\1", str(field.get(f"{name}_pattern") or "")))[:1]
    texts = [given] if isinstance(given, str) else list(given)
    return [each.strip() for each in texts if isinstance(each, str) and each.strip()]


def _pairs(texts: Iterable[str]) -> Iterator[ThinkingMarks]:
    """Yields marks of texts that name thinking, and differ in that one begins and one ends it."""
    opens: dict[str, str] = {}
    closes: dict[str, str] = {}
    for text in dict.fromkeys(texts):
        plain = text.lower()
        if _NAMED.search(plain.replace("_", " ")):
            ends = _ENDS.search(plain.replace("_", " ")) is not None
            key = _BEGINS.sub("", _ENDS.sub("", plain.replace("_", " ")))
            (closes if ends else opens).setdefault(re.sub(r"[\W_]", "", key), text)
    for key, text in opens.items():
        if key in closes:
            yield ThinkingMarks(text, closes[key])
