r"""The message form of a prompt: messages with roles, as one text that a person can type.

    system:
    Be brief.

    user:
    Which city is the capital of Norway?

A role alone on a line, with a colon, starts a message. A prompt whose first line with text is such
a line is in message form; any other prompt is plain text. In a content, and in the first line of a
plain prompt, a line that looks like a role line has a backslash before it, `\user:`, which is not
part of the text; so every content can be written. `docs/messages.md` describes the form.

A model's chat template gets messages of the four roles of the OpenAI format. Three blocks are
written like messages and are none: `document:` holds a text that the next user message refers to,
`tools:` holds the JSON of the tools that the model may call, and `calls:` that of the calls that
the assistant's message before it makes (`seqsal.shared.tool_calls`). A role line `tool {...}:`
names the call that a message answers.

`seqsal/frontend/src/core/text/messages.ts` reads and writes the same form.
"""

import dataclasses
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

ROLES: Final = ("system", "user", "assistant", "tool")
DOCUMENT: Final = "document"
TOOLS: Final = "tools"
CALLS: Final = "calls"
_BLOCKS: Final = (*ROLES, DOCUMENT, TOOLS, CALLS)
# A line is what "\n" ends. White space after the colon is invisible to who types it.
_BLANK: Final = " \t\r"
_ROLE_LINE: Final = re.compile(rf"(\\*)(?:({'|'.join(_BLOCKS)})|(tool) (\{{[^\n]*\}})):[ \t\r]*")


@dataclasses.dataclass(frozen=True)
class Message:
    """A message, a document, the tools or calls of them.

    Attributes:
        role: system, user, assistant, tool, document, tools or calls.
        content: its text.
        reference: the JSON object in its role line, which names the call that it answers; for the
            role tool only. Empty for none.

    Raises:
        ValueError: there is no such role, or it has no reference.
    """

    role: str
    content: str
    reference: str = ""

    def __post_init__(self) -> None:
        if self.role not in _BLOCKS:
            raise ValueError(f"role must be one of {', '.join(_BLOCKS)}; got {self.role!r}.")
        if self.reference and (self.role != "tool" or "\n" in self.reference):
            raise ValueError(f"Only the role tool has a reference; got it for {self.role!r}.")

    @property
    def role_line(self) -> str:
        """The line that starts it in the message form."""
        return f"{self.role} {self.reference}:" if self.reference else f"{self.role}:"


def format_messages(messages: Iterable[Message]) -> str:
    r"""Returns the message form of some messages, which `parse_messages` reads.

    >>> format_messages([Message("user", "Hi\nuser:"), Message("assistant", "")])
    'user:\nHi\n\\user:\n\nassistant:\n'
    """
    return "\n\n".join(f"{each.role_line}\n{_escaped(each.content)}" for each in messages)


def parse_messages(prompt: str) -> tuple[Message, ...] | None:
    r"""Returns the messages of a prompt in message form, or None for a plain prompt.

    A content ends before the line break, and the blank line if there is one, before the next role
    line. The last content is the whole rest.

    >>> [each.content for each in parse_messages("system:\nBe brief.\n\nuser:\nHi\n")]
    ['Be brief.', 'Hi\n']
    >>> parse_messages("Hi\nuser:\n")
    """
    lines = prompt.split("\n")
    first = _first_line(lines)
    if first is None or not _starts_message(lines[first]):
        return None
    starts = [i for i in range(first, len(lines)) if _starts_message(lines[i])]
    ends = [*starts[1:], len(lines)]
    return tuple(
        _message(lines[start], _content(lines[start + 1 : end], last=end == ends[-1]))
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
    if len(blocks) > 1 or not is_tools(tools):
        raise ValueError(
            "There must be one block tools: with a JSON list of objects; got"
            f" {len(blocks)} blocks, the first with {shown(tools)}."
        )
    return list(tools)


def is_tools(value: object) -> bool:
    """Returns whether a value is a list of objects."""
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def shown(value: object) -> str:
    """Returns a value as errors show it."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _first_line(lines: Sequence[str]) -> int | None:
    return next((i for i, line in enumerate(lines) if line.strip(_BLANK)), None)


def _message(role_line: str, content: str) -> Message:
    found = _ROLE_LINE.fullmatch(role_line)
    assert found is not None, role_line
    return Message(found[2] or found[3], content, found[4] or "")


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
