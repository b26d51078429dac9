"""Messages in a model's chat template, as exact text.

The tokens of the template are marked special: they are part of the model's input, not of the
user's text.
"""

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from seqsal.models.causal_lm import Encoding
from seqsal.models.chat.slots import Slot, marked, parts_between, regions_of, slots_of
from seqsal.models.chat.turns import STYLES, turns
from seqsal.models.regions import Region, joined, message_spans, touch, with_exact_text
from seqsal.shared.messages import CALLS, DOCUMENT, TOOLS, Message, tools_in

Tokenize = Callable[[str], tuple[Sequence[int], Sequence[str]]]
"""Returns the ids of a rendered text, without further special tokens, and the slice of each."""


@runtime_checkable
class Renderer(Protocol):
    """Renders messages in the OpenAI format."""

    def source(self, tools: Sequence[Mapping[str, Any]] | None) -> str:
        """Returns the source of the template for messages with or without tools."""

    def render(
        self,
        chat: Sequence[Mapping[str, Any]],
        *,
        tools: Sequence[Mapping[str, Any]] | None,
        documents: Sequence[Mapping[str, str]] | None,
        add_generation_prompt: bool,
    ) -> str:
        """Returns the text of messages; raises what the template raises."""


class ChatTemplate:
    """A chat template and the tokenizer of its text."""

    def __init__(self, renderer: Renderer, tokenize: Tokenize) -> None:
        self._renderer, self._tokenize = renderer, tokenize

    def encode_message(self, text: str, target: str = "", *, system_prompt: str = "") -> Encoding:
        """Returns the tokens of a plain prompt as the only message of the user.

        Args:
            text: the prompt.
            target: the text after it.
            system_prompt: as in `encode`.

        Raises:
            ValueError: the template does not take it.
        """
        encoding = self.encode([Message("user", text)], target, system_prompt=system_prompt)
        return dataclasses.replace(encoding, messages=())

    def encode(
        self, messages: Sequence[Message], target: str = "", *, system_prompt: str = ""
    ) -> Encoding:
        """Returns the tokens of the rendered messages and the target after them.

        The model continues a last message of the assistant, and otherwise begins one.

        Args:
            messages: the messages, documents and tools.
            target: the text after them.
            system_prompt: a system message that is part of the template, not of the text; empty
                for none.

        Raises:
            ValueError: the template does not take these messages, or changes a content other than
                by trimming white space.
        """
        conversation = _Conversation(self._renderer, messages, system_prompt)
        rendered, places = conversation.render()
        regions = [*joined(places), Region(len(rendered), len(rendered) + len(target), target)]
        if target and len(regions) > 1 and touch(regions[-2], regions[-1]):
            regions[-2:] = [regions[-2].followed_by(regions[-1])]
        ids, pieces = self._tokenize(rendered + target)
        exact, special = with_exact_text(pieces, regions)
        spans = message_spans(exact, special, conversation.texts)
        return Encoding(tuple(ids), tuple(exact), tuple(special), tuple(spans))


class _Conversation:
    """Messages, and how a template shows them."""

    def __init__(self, renderer: Renderer, messages: Sequence[Message], system_prompt: str) -> None:
        self._renderer, self._system_prompt = renderer, system_prompt
        self._messages = [each for each in messages if each.role != TOOLS]
        self._tools = tools_in(messages)
        last = self._messages[-1].role if self._messages else DOCUMENT
        if last in (DOCUMENT, CALLS):
            raise ValueError(
                "A prompt with messages must end with a message that the model answers, such as"
                " user:; this one does not. Or write a backslash before its first line, to send"
                " it as plain text."
            )
        self._continued = last == "assistant" and self._messages[-1].content != ""
        template = renderer.source(self._tools)
        roles = {each.role for each in self._messages}
        if self._tools and not re.search(r"\btools\b", template):
            raise ValueError(
                "The model's chat template takes no tools. Describe them in the system message."
            )
        if CALLS in roles and not re.search(r"\btool_calls\b", template):
            raise ValueError(
                "The model's chat template takes no calls of tools. Write them into the content of"
                " the assistant, as the model writes them."
            )
        self._takes_documents = DOCUMENT in roles and bool(re.search(r"\bdocuments\b", template))
        self._style = STYLES[0]
        self._slots = slots_of(self._messages)

    @property
    def texts(self) -> list[tuple[str, str]]:
        """The role and the content of each message and document."""
        return [(each.role, each.content) for each in self._messages]

    def render(self) -> tuple[str, list[Region]]:
        """Returns the rendered text, and where in it each content is.

        Raises:
            ValueError: the template does not take the messages, or changes a content.
        """
        if self._takes_documents:
            parts = self._parts_between()
            if parts is not None:
                return self._matched(parts)
            self._takes_documents = False  # It shows documents elsewhere, or not as they are.
        parts = self._parts_between()
        if parts is None:
            raise ValueError(self._not_shown())
        return self._matched(parts)

    def _parts_between(self) -> list[str] | None:
        """Returns what the template writes before, between and after the contents.

        It is None if the template does not show each content once and in order.
        """
        texts, errors = marked(self._messages, self._slots), list[ValueError]()
        has_calls = any(each.role == CALLS for each in self._messages)
        styles = STYLES if has_calls else STYLES[:1]
        for style in styles:
            self._style = style
            try:
                parts = parts_between(self._rendered(texts), self._slots)
            except ValueError as error:
                errors.append(error)
            else:
                if parts is not None:
                    return parts
        if len(errors) == len(styles):
            raise errors[0]
        return None

    def _matched(self, parts: Sequence[str]) -> tuple[str, list[Region]]:
        """Finds the contents in the rendered text."""
        rendered, position = self._rendered([each.content for each in self._messages]), 0
        places = []
        for number, slot in enumerate(self._slots):
            position += len(parts[number]) if rendered.startswith(parts[number], position) else 0
            following = _following(parts, number, self._slots)
            shown = next(
                (
                    each
                    for each in slot.notations()
                    if rendered.startswith(each.text + following, position)
                ),
                None,
            )
            if shown is None or (slot.text and not shown.text):
                got = rendered[position : position + max(len(slot.text), 1)][:40]
                raise ValueError(_changed(slot, got))
            places.append((position, shown))
            position += len(shown.text)
        if self._continued:
            rendered = rendered[:position]
        elif rendered[position:] != parts[-1]:
            raise ValueError(_changed(self._slots[-1], rendered[position:][:40]))
        return rendered, regions_of(self._slots, places, rendered)

    def _rendered(self, texts: Sequence[str]) -> str:
        """Returns what the template makes of the messages with these texts as contents."""
        chat, documents = turns(
            self._messages, texts, in_messages=not self._takes_documents, style=self._style
        )
        if chat[-1]["role"] == "assistant" and not self._continued:
            chat.pop()  # An empty last message of the assistant: the model begins it.
        if self._system_prompt:
            chat.insert(0, {"role": "system", "content": self._system_prompt})
        try:
            return self._renderer.render(
                chat,
                tools=self._tools,
                documents=documents or None,
                add_generation_prompt=not self._continued,
            )
        except Exception as error:
            # Templates raise errors of jinja2, with messages of their authors.
            advice = (
                "Omit --system_prompt or --chat_template"
                if self._system_prompt
                else "Leave out a message, or give it another role"
            )
            raise ValueError(
                f"The model's chat template does not take these messages: {error}. {advice}."
            ) from error

    def _not_shown(self) -> str:
        roles = ", ".join(each.role for each in self._messages)
        return (
            "A chat template must show the content of each message once and in order; the one of"
            f" this model does not, for the roles {roles}. Leave out a message, or give it another"
            " role."
        )


def _changed(slot: Slot, got: str) -> str:
    message = slot.message
    advice = "Change the message, or use a model with another template."
    if message.role == CALLS:
        advice = "Write the calls into the content of the assistant, as the model writes them."
    return (
        f"The chat template must show each content as it is; for message {slot.number + 1}"
        f" ({message.role}), {slot.text[:40]!r}, it shows {got!r}. {advice}"
    )


def _following(parts: Sequence[str], number: int, slots: Sequence[Slot]) -> str:
    """Returns what the template writes between a content and the next one that is not empty."""
    following = parts[number + 1]
    for later in range(number + 1, len(slots)):
        if slots[later].text:
            break
        following += parts[later + 1]
    return following
