"""Messages in a model's chat template, as exact text.

The tokens of the template are marked special: they are part of the model's input, not of the
user's text.
"""

import dataclasses
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any

from seqsal.models.causal_lm import Encoding
from seqsal.models.pieces import from_offsets
from seqsal.models.regions import Region, joined, message_spans, touch, with_exact_text
from seqsal.models.thinking import ThinkingMarks, without_blocks
from seqsal.shared.messages import DOCUMENT, TOOLS, Message, tools_in

# Around the number of a content, to find its place in the template: private-use characters.
_MARK, _MARK_END = "\ue000", "\ue001"


class ChatTemplate:
    """A tokenizer's chat template."""

    def __init__(self, tokenizer: Any, marks: Sequence[ThinkingMarks] = ()) -> None:
        """Takes a fast tokenizer of Transformers with a chat template.

        Args:
            tokenizer: the tokenizer.
            marks: the marks of the model's thinking. A template may leave out the thinking of
                earlier answers.

        Raises:
            ValueError: the tokenizer has no template or no offsets.
        """
        self._tokenizer, self._marks = tokenizer, marks
        if not tokenizer.chat_template:
            raise ValueError(
                "Messages need a model whose tokenizer has a chat template, and this one does"
                " not. Load an instruction-tuned checkpoint, or write the prompt as plain text:"
                " with a backslash before its first line, if that line looks like a role."
            )
        if not tokenizer.is_fast:
            raise ValueError("Messages need the fast version of this model's tokenizer.")

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
                by trimming white space or leaving out the thinking of an earlier answer.
        """
        conversation = _Conversation(self._tokenizer, messages, system_prompt, self._marks)
        rendered, places = conversation.render()
        regions = [*joined(places), Region(len(rendered), len(rendered) + len(target), target)]
        if target and len(regions) > 1 and touch(regions[-2], regions[-1]):
            regions[-2:] = [regions[-2].followed_by(regions[-1])]
        batch = self._tokenizer(
            rendered + target, add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )
        pieces = from_offsets(rendered + target, batch["offset_mapping"])
        exact, special = with_exact_text(pieces, regions)
        spans = message_spans(exact, special, conversation.texts)
        encoding = Encoding(tuple(batch["input_ids"]), tuple(exact), tuple(special), tuple(spans))
        return dataclasses.replace(encoding, omitted=conversation.omitted)


class _Conversation:
    """Messages, and how a template shows them."""

    def __init__(
        self,
        tokenizer: Any,
        messages: Sequence[Message],
        system_prompt: str,
        marks: Sequence[ThinkingMarks],
    ) -> None:
        self._tokenizer, self._system_prompt, self._marks = tokenizer, system_prompt, marks
        self._messages = [each for each in messages if each.role != TOOLS]
        self._read = [each.content for each in self._messages]
        self._tools = tools_in(messages)
        last = self._messages[-1].role if self._messages else DOCUMENT
        if last == DOCUMENT:
            raise ValueError(
                "A prompt with messages must end with a message that the model answers, such as"
                " user:; this one does not. Or write a backslash before its first line, to send"
                " it as plain text."
            )
        self._continued = last == "assistant" and self._messages[-1].content != ""
        template = str(tokenizer.get_chat_template(tools=self._tools))
        if self._tools and not re.search(r"\btools\b", template):
            raise ValueError(
                "The model's chat template takes no tools. Describe them in the system message."
            )
        has_documents = any(each.role == DOCUMENT for each in self._messages)
        self._takes_documents = has_documents and bool(re.search(r"\bdocuments\b", template))

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
        marks = [
            f"{_MARK}{i}{_MARK_END}" if each.content else ""
            for i, each in enumerate(self._messages)
        ]
        rest, parts = self._rendered(marks), []
        for mark in marks:
            before, found, after = rest.partition(mark) if mark else ("", True, rest)
            if not found or _MARK in before:
                return None
            parts.append(before)
            rest = after
        return None if _MARK in rest else [*parts, rest]

    def _matched(self, parts: Sequence[str]) -> tuple[str, list[Region]]:
        """Finds the contents in the rendered text."""
        rendered, position = self._rendered([each.content for each in self._messages]), 0
        places = []
        for number, message in enumerate(self._messages):
            position += len(parts[number]) if rendered.startswith(parts[number], position) else 0
            following = _following(parts, number, self._messages)
            found = self._found(rendered, position, number, following)
            if found is None:
                got = rendered[position : position + max(len(message.content), 1)][:40]
                raise ValueError(self._changed(number, got))
            places.append(found)
            self._read[number], position = found.text, found.stop
        if self._continued:
            return rendered[:position], places
        if rendered[position:] != parts[-1]:
            raise ValueError(self._changed(len(places) - 1, rendered[position:][:40]))
        return rendered, places

    def _found(self, rendered: str, position: int, number: int, following: str) -> Region | None:
        """Returns where a content is: at a position, or an answer with thinking after it."""
        message = self._messages[number]
        plain = message.content
        if message.role == "assistant":
            plain, _ = without_blocks(message.content, self._marks)
        thinks = plain != message.content
        # Before a content without thinking, a template may write an empty block.
        ends = dict.fromkeys((following, without_blocks(following, self._marks)[0]))
        for text in (message.content, plain) if thinks else (message.content,):
            for shown, end in itertools.product(_trimmings(text), ends):
                whole = thinks and text == message.content and shown
                at = rendered.find(shown + end, position) if whole else position
                if at >= 0 and rendered.startswith(shown + end, at) and (shown or not text):
                    return Region(at, at + len(shown), text, text.index(shown))
        return None

    def _rendered(self, texts: Sequence[str]) -> str:
        """Returns what the template makes of the messages with these texts as contents."""
        chat: list[dict[str, str]] = []
        documents: list[dict[str, str]] = []
        waiting = ""
        if self._system_prompt:
            chat.append({"role": "system", "content": self._system_prompt})
        for message, text in zip(self._messages, texts, strict=True):
            if message.role != DOCUMENT:
                if waiting and message.role != "user":
                    raise ValueError(
                        "A document must be before the user message that refers to it; it is"
                        f" before a message of the role {message.role}. Move it."
                    )
                content = f"{waiting}\n{text}" if waiting else text
                chat.append({"role": message.role, "content": content})
                waiting = ""
            elif self._takes_documents:
                documents.append({"doc_id": str(len(documents) + 1), "title": "", "text": text})
            else:
                waiting += f"<document>\n{text}\n</document>\n"
        if chat[-1]["role"] == "assistant" and not self._continued:
            chat.pop()  # An empty last message of the assistant: the model begins it.
        try:
            rendered = self._tokenizer.apply_chat_template(
                chat,
                tools=self._tools,
                documents=documents or None,
                tokenize=False,
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
        return str(rendered)

    def _not_shown(self) -> str:
        roles = ", ".join(each.role for each in self._messages)
        return (
            "A chat template must show the content of each message once and in order; the one of"
            f" this model does not, for the roles {roles}. Leave out a message, or give it another"
            " role."
        )

    def _changed(self, number: int, got: str) -> str:
        message = self._messages[number]
        return (
            f"The chat template must show each content as it is; for message {number + 1}"
            f" ({message.role}), {message.content[:40]!r}, it shows {got!r}. Change the message,"
            " or use a model with another template."
        )


def _following(parts: Sequence[str], number: int, messages: Sequence[Message]) -> str:
    """Returns what the template writes between a content and the next one that is not empty."""
    following = parts[number + 1]
    for later in range(number + 1, len(messages)):
        if messages[later].content:
            break
        following += parts[later + 1]
    return following


def _trimmings(content: str) -> Iterator[str]:
    """Yields a content as templates show it: as it is, or without white space around it."""
    yield content
    yield content.strip()
    yield content.rstrip()
    yield content.lstrip()
