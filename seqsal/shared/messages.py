r"""The message form of a prompt: messages with roles, as one text that a person can type.

    system:
    Be brief.

    user:
    Which city is the capital of Norway?

A role alone on a line, with a colon, starts a message. A prompt whose first line with text is such
a line is in message form; any other prompt is plain text. In a content, and in the first line of a
plain prompt, a line that looks like a role line has a backslash before it, `\user:`, which is not
part of the text; so every content can be written. `docs/messages.md` describes the form.

A model's chat template gets messages of the four roles of the OpenAI format. Two blocks are
written like messages and are none: `document:` holds a text that the next user message refers to,
and `tools:` holds the JSON of the tools that the model may call.

`seqsal/frontend/src/core/text/messages.ts` reads and writes the same form.
"""

import dataclasses
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

ROLES: Final = ("system", "user", "assistant", "tool")
DOCUMENT: Final = "document"
TOOLS: Final = "tools"
_BLOCKS: Final = (*ROLES, DOCUMENT, TOOLS)
# A line is what "\n" ends. White space after the colon is invisible to who types it.
_BLANK: Final = " \t\r"
_ROLE_LINE: Final = re.compile(rf"(\\*)({'|'.join(_BLOCKS)}):[ \t\r]*")


@dataclasses.dataclass(frozen=True)
class Message:
    """A message, a document or the tools.

    Attributes:
        role: system, user, assistant, tool, document or tools.
        content: its text.

    Raises:
        ValueError: there is no such role.
    """

    role: str
    content: str

    def __post_init__(self) -> None:
        if self.role not in _BLOCKS:
            raise ValueError(f"role must be one of {', '.join(_BLOCKS)}; got {self.role!r}.")


def format_messages(messages: Iterable[Message]) -> str:
    r"""Returns the message form of some messages, which `parse_messages` reads.

    >>> format_messages([Message("user", "Hi\nuser:"), Message("assistant", "")])
    'user:\nHi\n\\user:\n\nassistant:\n'
    """
    return "\n\n".join(f"{each.role}:\n{_escaped(each.content)}" for each in messages)


def parse_messages(prompt: str) -> tuple[Message, ...] | None:
    r"""Returns the messages of a prompt in message form, or None for a plain prompt.

    A content ends before the line break, and the blank line if there is one, before the next role
    line. The last content is the whole rest.

    >>> parse_messages("system:\nBe brief.\n\nuser:\nHi\n")
    (Message(role='system', content='Be brief.'), Message(role='user', content='Hi\n'))
    >>> parse_messages("Hi\nuser:\n")
    """
    lines = prompt.split("\n")
    first = _first_line(lines)
    if first is None or not _starts_message(lines[first]):
        return None
    starts = [i for i in range(first, len(lines)) if _starts_message(lines[i])]
    ends = [*starts[1:], len(lines)]
    return tuple(
        Message(lines[start].split(":")[0], _content(lines[start + 1 : end], last=end == ends[-1]))
        for start, end in zip(starts, ends, strict=True)
    )


def plain_prompt(text: str) -> str:
    r"""Returns the plain prompt that a model reads as this text.

    >>> plain_prompt("user:\nHi"), plain_prompt("Hi")
    ('\\user:\nHi', 'Hi')
    """
    lines = text.split("\n")
    first = _first_line(lines)
    if first is not None and _ROLE_LINE.fullmatch(lines[first]):
        lines[first] = f"\\{lines[first]}"
    return "\n".join(lines)


def plain_text(prompt: str) -> str:
    r"""Returns the text of a plain prompt: it loses the backslash before a role line at its start.

    >>> plain_text("\\user:\nHi"), plain_text("Hi\n\\user:")
    ('user:\nHi', 'Hi\n\\user:')
    """
    lines = prompt.split("\n")
    first = _first_line(lines)
    if first is not None and _ROLE_LINE.fullmatch(lines[first]):
        lines[first] = lines[first].removeprefix("\\")
    return "\n".join(lines)


def has_own_reading(prompt: str) -> bool:
    """Returns whether a prompt is in message form, or loses a backslash as plain text."""
    lines = prompt.split("\n")
    first = _first_line(lines)
    return first is not None and _ROLE_LINE.fullmatch(lines[first]) is not None


def prompt_of_messages(messages: object, documents: object = None, tools: object = None) -> str:
    r"""Returns the prompt of messages in the OpenAI format.

    >>> prompt_of_messages([{"role": "user", "content": "Who?"}], ["It was Ann."])
    'document:\nIt was Ann.\n\nuser:\nWho?'

    Args:
        messages: a list of objects with `role` and `content`; a content is a text, or a list of
            parts {"type": "text", "text": ...}, which are joined.
        documents: a list of texts, or of objects with `text` and perhaps `title`. They are put
            before the last user message.
        tools: a list of tools as JSON schemas.

    Raises:
        ValueError: any of them is something else; the message names the index.
    """
    if not isinstance(messages, Sequence) or isinstance(messages, str) or not messages:
        raise ValueError(f"messages must be a list of messages; got {_shown(messages)}.")
    blocks = [_message(f"messages[{i}]", each) for i, each in enumerate(messages)]
    if documents:
        blocks = _with_documents(blocks, documents)
    if tools:
        if not _is_tools(tools):
            raise ValueError(f"tools must be a list of objects; got {_shown(tools)}.")
        blocks = [Message(TOOLS, json.dumps(tools, ensure_ascii=False, indent=1)), *blocks]
    return format_messages(blocks)


def given_prompt(
    name: str, prompt: str | None, messages: object = None, documents: object = None
) -> str:
    """Returns the prompt of a call that takes either a prompt or messages.

    Args:
        name: what is called, for errors.
        prompt: a prompt, or None.
        messages: as in `prompt_of_messages`, or None.
        documents: as in `prompt_of_messages`; only with messages.

    Raises:
        ValueError: there are both, or neither, or documents without messages.
    """
    if (prompt is None) == (messages is None):
        got = "neither" if prompt is None else "both"
        raise ValueError(f"{name} needs either a prompt or messages; got {got}.")
    if messages is not None:
        return prompt_of_messages(messages, documents)
    if documents:
        raise ValueError(
            f"{name} takes documents only with messages; got them with a prompt. Write them into"
            " the prompt, or pass messages=[...]."
        )
    return str(prompt)


def tools_in(messages: Iterable[Message]) -> list[dict[str, Any]] | None:
    """Returns the tools in the `tools:` block of some messages; None if there is none.

    Raises:
        ValueError: there are several such blocks, or its content is no list of tools.
    """
    blocks = [each.content for each in messages if each.role == TOOLS]
    if not blocks:
        return None
    try:
        tools = json.loads(blocks[0])
    except ValueError as error:
        raise ValueError(f"The content of tools: must be JSON; {error}.") from None
    if len(blocks) > 1 or not _is_tools(tools):
        raise ValueError(
            "There must be one block tools: with a JSON list of objects; got"
            f" {len(blocks)} blocks, the first with {_shown(tools)}."
        )
    return list(tools)


def _is_tools(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _message(name: str, value: object) -> Message:
    if isinstance(value, Message):
        return value
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} must be an object with role and content; got {_shown(value)}.")
    role = value.get("role")
    if role not in ROLES:
        raise ValueError(f"{name}.role must be one of {', '.join(ROLES)}; got {_shown(role)}.")
    if value.get("tool_calls"):
        raise ValueError(
            f"{name}.tool_calls can not be shown as text. Write the calls into the content, as"
            " the model writes them."
        )
    return Message(str(role), _content_of(name, value.get("content")))


def _content_of(name: str, content: object) -> str:
    if isinstance(content, str):
        return content
    expected = f"{name}.content must be a text, or a list of parts with type text"
    if not isinstance(content, Sequence):
        raise ValueError(f"{expected}; got {_shown(content)}.")
    texts = []
    for part in content:
        text = part.get("text") if isinstance(part, Mapping) else None
        if not isinstance(part, Mapping) or part.get("type") != "text" or not isinstance(text, str):
            raise ValueError(f"{expected}; got a part {_shown(part)}.")
        texts.append(text)
    return "".join(texts)


def _with_documents(messages: list[Message], documents: object) -> list[Message]:
    if not isinstance(documents, Sequence) or isinstance(documents, str):
        raise ValueError(f"documents must be a list; got {_shown(documents)}.")
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
            f"{name} must be a text, or an object with text and perhaps title; got {_shown(value)}."
        )
    return Message(DOCUMENT, f"{title}\n{text}" if title else text)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _first_line(lines: Sequence[str]) -> int | None:
    return next((i for i, line in enumerate(lines) if line.strip(_BLANK)), None)


def _starts_message(line: str) -> bool:
    found = _ROLE_LINE.fullmatch(line)
    return found is not None and not found[1]


def _escaped(content: str) -> str:
    lines = content.split("\n")
    return "\n".join(f"\\{line}" if _ROLE_LINE.fullmatch(line) else line for line in lines)


def _content(lines: list[str], *, last: bool) -> str:
    windows = not last
    if not last and lines and lines[-1] in ("", "\r"):  # The blank line between messages.
        windows = lines.pop() != ""
    if windows and lines:  # The line break before a blank line, or a role line, may be "\r\n".
        lines = [*lines[:-1], lines[-1].removesuffix("\r")]
    return "\n".join(line[1:] if _is_escaped(line) else line for line in lines)


def _is_escaped(line: str) -> bool:
    found = _ROLE_LINE.fullmatch(line)
    return found is not None and bool(found[1])
