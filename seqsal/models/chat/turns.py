"""Messages as chat templates take them: the objects of the OpenAI format."""

import dataclasses
from collections.abc import Sequence
from typing import Any, Final

from seqsal.shared.messages import CALLS, DOCUMENT, Message
from seqsal.shared.tool_calls import answered_by_place, argument_texts, calls_in, reference_in


@dataclasses.dataclass(frozen=True)
class Style:
    """How a template wants calls.

    Attributes:
        as_text: whether arguments are texts, as in the OpenAI format, and not objects.
        empty_content: whether a message that only has calls has an empty content, and not none.
    """

    as_text: bool = False
    empty_content: bool = False


STYLES: Final = (Style(), Style(empty_content=True), Style(as_text=True), Style(True, True))
"""The ways to give calls to a template. Most take the first, which Transformers documents."""


def turns(
    messages: Sequence[Message], texts: Sequence[str], *, in_messages: bool, style: Style
) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Returns the messages and the documents that a template gets.

    Args:
        messages: messages, documents and calls.
        texts: their contents, or what takes their place.
        in_messages: whether documents are put into the user message after them.
        style: how to give calls.

    Raises:
        ValueError: a document is not before a user message, or a content holds no calls.
    """
    chat: list[dict[str, Any]] = []
    documents: list[dict[str, str]] = []
    waiting = ""
    for number, (message, text) in enumerate(zip(messages, texts, strict=True)):
        before = messages[:number]
        if message.role == DOCUMENT and in_messages:
            waiting += f"<document>\n{text}\n</document>\n"
        elif message.role == DOCUMENT:
            documents.append({"doc_id": str(len(documents) + 1), "title": "", "text": text})
        elif waiting and message.role != "user":
            raise ValueError(
                "A document must be before the user message that refers to it; it is before a"
                f" message of the role {message.role}. Move it."
            )
        elif message.role == CALLS:
            if not before or before[-1].role != "assistant":
                content = {"content": ""} if style.empty_content else {}
                chat.append({"role": "assistant", **content})
            chat[-1]["tool_calls"] = _calls(text, style)
        else:
            content = {"content": f"{waiting}\n{text}" if waiting else text}
            chat.append({"role": message.role, **content, **_answer(message, before)})
            waiting = ""
    return chat, documents


def _calls(text: str, style: Style) -> list[dict[str, Any]]:
    """Returns the calls in the text of a block."""
    arguments = argument_texts(text)
    return [
        {
            **({"id": call["id"]} if "id" in call else {}),
            "type": "function",
            "function": {
                "name": call["name"],
                "arguments": arguments[i] if style.as_text else call["arguments"],
            },
        }
        for i, call in enumerate(calls_in(text))
    ]


def _answer(message: Message, before: Sequence[Message]) -> dict[str, str]:
    """Returns what a message says of the call that it answers; empty for other roles."""
    if message.role != "tool":
        return {}
    return reference_in(message.reference) if message.reference else answered_by_place(before)
