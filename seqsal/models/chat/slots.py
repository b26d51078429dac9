"""What a chat template must show of messages, and where it shows it."""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence

from seqsal.models.chat.call_regions import (
    Place,
    call_regions,
    escaped_characters,
    json_notations,
    notation_offsets,
    notations,
    shown_values,
)
from seqsal.models.regions import Region
from seqsal.shared.messages import CALLS, Message
from seqsal.shared.tool_calls import Value, calls_in

# Around the number of a slot, to find its place in the template: private-use characters.
_MARK, _MARK_END = "\ue000", "\ue001"
_NUMBER_MARK = 7_310_906_000_000
"""The first of the numbers that mark places of numbers."""


@dataclasses.dataclass(frozen=True)
class Shown:
    """How a template shows a text.

    Attributes:
        text: what it shows.
        lead: how many characters of the text it trims at its start.
        offsets: those of a `Region`.
        added: the characters [start, stop) of what it shows that belong to the template.
    """

    text: str
    lead: int = 0
    offsets: tuple[int, ...] = ()
    added: tuple[tuple[int, int], ...] = ()

    def regions(self, content: str, start: int) -> Iterator[Region]:
        """Yields the regions of a content that is shown from `start` on."""
        if not self.added:
            yield Region(start, start + len(self.text), content, self.lead, self.offsets)
            return
        edges = [0, *itertools.chain(*self.added), len(self.text)]
        own = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]
        done = 0
        for first, stop in own:
            end = len(content) if stop == own[-1][1] else self.offsets[stop - 1]
            text = content[done:end]
            as_it_is = text == self.text[first:stop]
            offsets = () if as_it_is else tuple(at - done for at in self.offsets[first:stop])
            yield Region(start + first, start + stop, text, 0, offsets, continues=done > 0)
            done = end


@dataclasses.dataclass(frozen=True)
class Slot:
    """A content, or a value in the text of calls.

    Attributes:
        number: the index of its message.
        message: its message.
        value: the value; None for the whole content.
    """

    number: int
    message: Message
    value: Value | None = None

    @property
    def text(self) -> str:
        """The text that must be shown."""
        if self.value is None:
            return self.message.content
        return self.message.content[self.value.start : self.value.stop]

    def mark(self, index: int) -> str:
        """Returns what takes the place of the text, to find it; empty for an empty text."""
        if self.value is not None and self.value.kind == "number":
            return str(_NUMBER_MARK + index)
        return f"{_MARK}{index}{_MARK_END}" if self.text else ""

    def notations(self) -> Iterator[Shown]:
        """Yields how templates may show the text."""
        content = self.message.content
        if self.value is not None:
            for shown in notations(content, self.value):
                offsets = notation_offsets(escaped_characters(self.text), shown)
                yield Shown("".join(shown), 0, offsets)
            return
        for trimmed in (content, content.strip(), content.rstrip(), content.lstrip()):
            yield Shown(trimmed, content.index(trimmed))
        if self.message.role == "tool":  # Some templates show it as a text of JSON.
            for shown in json_notations(content):
                yield Shown("".join(shown), 0, notation_offsets([*content], shown))


def slots_of(messages: Sequence[Message]) -> list[Slot]:
    """Returns what a template must show of messages, in order.

    Raises:
        ValueError: the content of a block `calls:` holds no calls.
    """
    slots = []
    for number, message in enumerate(messages):
        if message.role == CALLS:
            calls_in(message.content)
            slots += [Slot(number, message, value) for value in shown_values(message.content)]
        else:
            slots.append(Slot(number, message))
    return slots


def marked(messages: Sequence[Message], slots: Sequence[Slot]) -> list[str]:
    """Returns contents with marks in place of what must be shown."""
    contents = [message.content for message in messages]
    for index, slot in reversed([*enumerate(slots)]):
        content, mark = contents[slot.number], slot.mark(index)
        value = slot.value
        start, stop = (0, len(content)) if value is None else (value.start, value.stop)
        contents[slot.number] = content[:start] + mark + content[stop:]
    return contents


def parts_between(rendered: str, slots: Sequence[Slot]) -> list[str] | None:
    """Returns what is before, between and after the marks in a rendered text.

    It is None if they are not there once and in order.
    """
    rest, parts = rendered, []
    for index, slot in enumerate(slots):
        mark = slot.mark(index)
        before, found, rest = rest.partition(mark) if mark else ("", mark, rest)
        if found != mark or _MARK in before or (mark and mark in rest):
            return None
        parts.append(before)
    return None if _MARK in rest else [*parts, rest]


def regions_of(
    slots: Sequence[Slot], shown: Sequence[tuple[int, Shown]], rendered: str
) -> list[Region]:
    """Returns the regions of messages.

    Args:
        slots: what the template must show.
        shown: for each slot its start in the rendered text and what is there.
        rendered: the rendered text.
    """
    regions: list[Region] = []
    found = [*zip(slots, shown, strict=True)]
    for _, group in itertools.groupby(range(len(found)), key=lambda i: found[i][0].number):
        indices = [*group]
        first = found[indices[0]][0]
        if first.value is not None:
            places = [_place(*found[i]) for i in indices]
            after = found[indices[-1] + 1 :]
            stop = after[0][1][0] if after else len(rendered)
            start = regions[-1].stop if regions else 0
            regions += call_regions(first.message.content, rendered, places, range(start, stop))
            continue
        for i in indices:
            start, each = found[i][1]
            regions += each.regions(first.message.content, start)
    return regions


def _place(slot: Slot, shown: tuple[int, Shown]) -> Place:
    assert slot.value is not None
    start, notation = shown
    first = slot.value.start
    offsets = tuple(first + offset for offset in notation.offsets)
    return Place(int(slot.value.path[0]), first, start, offsets)
