"""Messages in the OpenAI format, as a prompt in message form."""

import json
from collections.abc import Mapping, Sequence

from seqsal.shared.messages import (
    CALLS,
    DOCUMENT,
    ROLES,
    TOOLS,
    Message,
    format_messages,
    is_tools,
    shown,
)
from seqsal.shared.tool_calls import answered_by_place, calls_text, reference


def prompt_of_messages(messages: object, documents: object = None, tools: object = None) -> str:
    r"""Returns the prompt of messages in the OpenAI format.

    >>> prompt_of_messages([{"role": "user", "content": "Who?"}], ["It was Ann."])
    'document:\nIt was Ann.\n\nuser:\nWho?'

    Args:
        messages: a list of objects with `role` and `content`; a content is a text, or a list of
            parts {"type": "text", "text": ...}, which are joined. One of the assistant may have
            `tool_calls`, and then no content; one of the role tool `tool_call_id` and `name`.
        documents: a list of texts, or of objects with `text` and perhaps `title`. They are put
            before the last user message.
        tools: a list of tools as JSON schemas.

    Raises:
        ValueError: any of them is something else; the message names the index.
    """
    if not isinstance(messages, Sequence) or isinstance(messages, str) or not messages:
        raise ValueError(f"messages must be a list of messages; got {shown(messages)}.")
    blocks: list[Message] = []
    for i, each in enumerate(messages):
        blocks += _blocks(f"messages[{i}]", each, blocks)
    if documents:
        blocks = _with_documents(blocks, documents)
    if tools:
        if not is_tools(tools):
            raise ValueError(f"tools must be a list of objects; got {shown(tools)}.")
        blocks = [Message(TOOLS, json.dumps(tools, ensure_ascii=False, indent=1)), *blocks]
    return format_messages(blocks)


def given_prompt(
    name: str,
    prompt: object,
    messages: object = None,
    documents: object = None,
    tools: object = None,
) -> str:
    """Returns the prompt of a call that takes either a prompt or messages.

    Args:
        name: what is called, for errors.
        prompt: a text, or a list of messages as in `prompt_of_messages`; or None.
        messages: the same list, or None.
        documents: as in `prompt_of_messages`; only with messages.
        tools: as in `prompt_of_messages`; only with messages.

    Raises:
        ValueError: there are both, or neither, the prompt is something else, or there are documents
            or tools without messages.
    """
    if (prompt is None) == (messages is None):
        got = "neither" if prompt is None else "both"
        raise ValueError(f"{name} needs either a prompt or messages; got {got}.")
    if messages is not None:
        return prompt_of_messages(messages, documents, tools)
    if is_conversation(prompt):
        return prompt_of_messages(prompt, documents, tools)
    if not isinstance(prompt, str):
        raise ValueError(f"prompt must be a text, or a list of messages; got {shown(prompt)}.")
    for kind, given in (("documents", documents), ("tools", tools)):
        if given:
            raise ValueError(
                f"{name} takes {kind} only with messages; got them with a prompt. Write them into"
                " the prompt, or pass messages=[...]."
            )
    return prompt


def is_conversation(prompt: object) -> bool:
    """Returns whether a prompt is a list, and so one of messages."""
    return isinstance(prompt, Sequence) and not isinstance(prompt, str | bytes | tuple)


def _blocks(name: str, value: object, before: Sequence[Message]) -> list[Message]:
    """Returns the blocks of a message, given all before it."""
    if isinstance(value, Message):
        return [value]
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} must be an object with role and content; got {shown(value)}.")
    role = value.get("role")
    if role not in ROLES:
        raise ValueError(f"{name}.role must be one of {', '.join(ROLES)}; got {shown(role)}.")
    if role == "tool":
        result = _content_of(name, value.get("content"))
        return [Message("tool", result, _reference(name, value, before))]
    calls = value.get("tool_calls")
    if not calls:
        return [Message(str(role), _content_of(name, value.get("content")))]
    if role != "assistant":
        raise ValueError(f"{name}.tool_calls is for the role assistant; got the role {role}.")
    block = Message(CALLS, calls_text(f"{name}.tool_calls", calls))
    content = value.get("content")
    # Calls belong to the message of the assistant just before them, or to one without content.
    if content is None and not (before and before[-1].role == "assistant"):
        return [block]
    return [Message("assistant", "" if content is None else _content_of(name, content)), block]


def _reference(name: str, value: Mapping[str, object], before: Sequence[Message]) -> str:
    """Returns the reference of a message to a call; empty if its place says it."""
    given = reference(name, value)
    return "" if given == answered_by_place(before) else json.dumps(given, ensure_ascii=False)


def _content_of(name: str, content: object) -> str:
    if isinstance(content, str):
        return content
    expected = f"{name}.content must be a text, or a list of parts with type text"
    if not isinstance(content, Sequence):
        raise ValueError(f"{expected}; got {shown(content)}.")
    texts = []
    for part in content:
        text = part.get("text") if isinstance(part, Mapping) else None
        if not isinstance(part, Mapping) or part.get("type") != "text" or not isinstance(text, str):
            raise ValueError(f"{expected}; got a part {shown(part)}.")
        texts.append(text)
    return "".join(texts)


def _with_documents(messages: list[Message], documents: object) -> list[Message]:
    if not isinstance(documents, Sequence) or isinstance(documents, str):
        raise ValueError(f"documents must be a list; got {shown(documents)}.")
    blocks = [_document(f"documents[{i}]", each) for i, each in enumerate(documents)]
    users = [i for i, message in enumerate(messages) if message.role == "user"]
    if not users:
        raise ValueError("documents need a user message that refers to them; there is none.")
    return [*messages[: users[-1]], *blocks, *messages[users[-1] :]]


def _document(name: str, value: object) -> Message:
    fields = value if isinstance(value, Mapping) else {"text": value}
    text, title = fields.get("text"), fields.get("title") or ""
    if not isinstance(text, str) or not isinstance(title, str):
        raise ValueError(
            f"{name} must be a text, or an object with text and perhaps title; got {shown(value)}."
        )
    return Message(DOCUMENT, f"{title}\n{text}" if title else text)
