"""Messages in a model's chat template, as exact text.

The tokens of the template are marked special: they are part of the model's input, not of the
user's text.
"""

import re
from collections.abc import Sequence
from typing import Any

from seqsal.models.causal_lm import Encoding
from seqsal.models.pieces import from_offsets
from seqsal.models.regions import Region, joined, message_spans, touch, with_exact_text
from seqsal.models.slots import Slot, marked, parts_between, regions_of, slots_of
from seqsal.models.turns import STYLES, turns
from seqsal.shared.messages import CALLS, DOCUMENT, TOOLS, Message, tools_in


class ChatTemplate:
    """A tokenizer's chat template."""

    def __init__(self, tokenizer: Any) -> None:
        """Takes a fast tokenizer of Transformers with a chat template.

        Raises:
            ValueError: the tokenizer has no template or no offsets.
        """
        self._tokenizer = tokenizer
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
                by trimming white space.
        """
        conversation = _Conversation(self._tokenizer, messages, system_prompt)
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
        return Encoding(tuple(batch["input_ids"]), tuple(exact), tuple(special), tuple(spans))


class _Conversation:
    """Messages, and how a template shows them."""

    def __init__(self, tokenizer: Any, messages: Sequence[Message], system_prompt: str) -> None:
        self._tokenizer, self._system_prompt = tokenizer, system_prompt
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
        template = str(tokenizer.get_chat_template(tools=self._tools))
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
