"""Messages in a model's chat template, as exact text.

The tokens of the template are marked special: they are part of the model's input, not of the
user's text.
"""

import dataclasses
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from seqsal.models.causal_lm import Encoding
from seqsal.models.chat.slots import Shown, Slot, marked, parts_between, regions_of, slots_of
from seqsal.models.chat.turns import STYLES, turns
from seqsal.models.chat.white_space import find_with_other_space
from seqsal.models.regions import Region, joined, message_spans, touch, with_exact_text
from seqsal.models.thinking import ThinkingMarks, without_blocks
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

    def __init__(
        self, renderer: Renderer, tokenize: Tokenize, marks: Sequence[ThinkingMarks] = ()
    ) -> None:
        """Takes the marks of the model's thinking, which a template may leave out of its past."""
        self._renderer, self._tokenize, self._marks = renderer, tokenize, marks

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
                in white space at its ends and next to thinking marks, or by leaving out the
                thinking of an earlier answer.
        """
        conversation = _Conversation(self._renderer, messages, system_prompt, self._marks)
        rendered, places = conversation.render()
        regions = [*joined(places), Region(len(rendered), len(rendered) + len(target), target)]
        if target and len(regions) > 1 and touch(regions[-2], regions[-1]):
            regions[-2:] = [regions[-2].followed_by(regions[-1])]
        ids, pieces = self._tokenize(rendered + target)
        exact, special = with_exact_text(pieces, regions)
        spans = message_spans(exact, special, conversation.texts)
        encoding = Encoding(tuple(ids), tuple(exact), tuple(special), tuple(spans))
        return dataclasses.replace(encoding, omitted=conversation.omitted)


class _Conversation:
    """Messages, and how a template shows them."""

    def __init__(
        self,
        renderer: Renderer,
        messages: Sequence[Message],
        system_prompt: str,
        marks: Sequence[ThinkingMarks],
    ) -> None:
        self._renderer, self._system_prompt, self._marks = renderer, system_prompt, marks
        self._messages = [each for each in messages if each.role != TOOLS]
        self._read = [each.content for each in self._messages]
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
        """The role and the content of each message and document, as the model reads it."""
        roles = [each.role for each in self._messages]
        return list(zip(roles, self._read, strict=True))

    @property
    def omitted(self) -> tuple[tuple[int, int], ...]:
        """The characters of the joined contents that the template leaves out."""
        found, start = list[tuple[int, int]](), 0
        for message, read in zip(self._messages, self._read, strict=True):
            if read != message.content:
                blocks = without_blocks(message.content, self._marks)[1]
                found += [(start + begin, start + end) for begin, end in blocks]
            start += len(message.content)
        return tuple(found)

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
        places, read = [], list[Slot]()
        for number, slot in enumerate(self._slots):
            before = position
            position += len(parts[number]) if rendered.startswith(parts[number], position) else 0
            following = _following(parts, number, self._slots)
            found = self._found(rendered, range(before, position), slot, following)
            if found is None:
                got = rendered[position : position + max(len(slot.text), 1)][:40]
                raise ValueError(_changed(slot, got))
            start, seen, shown = found
            read.append(seen)
            self._read[slot.number] = seen.message.content
            places.append((start, shown))
            position = start + len(shown.text)
        if self._continued:
            rendered = rendered[:position]
        elif rendered[position:] != parts[-1]:
            raise ValueError(_changed(self._slots[-1], rendered[position:][:40]))
        return rendered, regions_of(read, places, rendered)

    def _found(
        self, rendered: str, part: range, slot: Slot, following: str
    ) -> tuple[int, Slot, Shown] | None:
        """Returns where a slot is, and what is read of it: perhaps without its thinking.

        Args:
            rendered: the rendered text.
            part: the characters that the template writes before it; they may be a part of it.
            slot: what to find.
            following: what the template writes after it.
        """
        content, plain = slot.message.content, slot.message.content
        if slot.message.role == "assistant":
            plain, _ = without_blocks(content, self._marks)
        # Before a content without thinking, a template may write an empty block.
        ends = dict.fromkeys((following, without_blocks(following, self._marks)[0]))
        for read in dict.fromkeys((content, plain)):
            message = dataclasses.replace(slot.message, content=read)
            seen = dataclasses.replace(slot, message=message)
            for each, end in itertools.product(seen.notations(), ends):
                whole = content != plain and read == content and each.text
                at = rendered.find(each.text + end, part.stop) if whole else part.stop
                fits = at >= 0 and rendered.startswith(each.text + end, at)
                if fits and (each.text or not seen.text):
                    return at, seen, each
            if read == content != plain:
                spaced = find_with_other_space(
                    content, self._marks, rendered, part.start, following
                )
                if spaced is not None:
                    return spaced[0], seen, spaced[1]
        return None

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
