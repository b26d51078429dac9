"""Calls of tools in a rendered text.

A template writes calls in its own way: Hermes as JSON with other spaces, Llama 3.1 with
`parameters` for `arguments`, others as XML. From the first to the last value that it shows of a
call, and in the JSON around that where it is the same, its tokens are text of the block `calls:`;
what is around a call belongs to the template.
"""

import dataclasses
import itertools
import json
import re
from collections.abc import Sequence
from typing import Final

from seqsal.models.regions import Region
from seqsal.shared.tool_calls import Value, call_starts, values_in

_CHARACTER: Final = re.compile(r"\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|\\u\w{4}|\\.|[\s\S]")
_FUNCTION: Final = ("name", "arguments")


@dataclasses.dataclass(frozen=True)
class Place:
    """A part of the text of some calls, and where it is shown.

    Attributes:
        call: the number of its call.
        start: where it begins in the text.
        rendered: where it begins in the rendered text.
        offsets: for each rendered character, where in the text the characters up to it end.
    """

    call: int
    start: int
    rendered: int
    offsets: tuple[int, ...]

    @property
    def stop(self) -> int:
        """Where it ends in the text."""
        return self.offsets[-1]

    @property
    def rendered_stop(self) -> int:
        """Where it ends in the rendered text."""
        return self.rendered + len(self.offsets)


def shown_values(text: str) -> list[Value]:
    """Returns what a template must show of calls: names, and fields and values of arguments."""
    return [
        value
        for value in values_in(text)
        if value.start < value.stop
        and value.kind in ("field", "string", "number")
        and len(value.path) > 1
        and value.path[1] in _FUNCTION
        and not (value.kind == "field" and len(value.path) == 2)
    ]


def notations(text: str, value: Value) -> list[list[str]]:
    """Returns how a template may show a value: as it is written, as JSON, or as plain text.

    Each is in characters of the value; an escape is one of them.
    """
    written = text[value.start : value.stop]
    if value.kind == "number":
        number = json.loads(written)
        return [[*written], [*json.dumps(number)], [*str(number)]]
    plain = str(json.loads(f'"{written}"'))
    as_python = escaped_characters(repr(plain)[1:-1])
    return [escaped_characters(written), *json_notations(plain), [*plain], as_python]


def json_notations(text: str) -> list[list[str]]:
    """Returns how JSON shows a text between its quotes, in characters of the text."""
    shown = [json.dumps(text, ensure_ascii=ascii_only)[1:-1] for ascii_only in (False, True)]
    return [escaped_characters(each) for each in shown]


def notation_offsets(written: Sequence[str], shown: Sequence[str]) -> tuple[int, ...]:
    r"""Returns for each character of a notation where in the text ends what it shows.

    >>> notation_offsets(["a", '"', "b"], ["a", r'\"', "b"])
    (1, 1, 2, 3)

    Args:
        written: the text, in parts.
        shown: the notation, in the same parts.
    """
    if len(written) != len(shown):  # Another way to write a number.
        return (sum(map(len, written)),) * sum(map(len, shown))
    offsets: list[int] = []
    before = 0
    for one, other in zip(written, shown, strict=True):
        offsets += [before] * (len(other) - 1) + [before + len(one)]
        before += len(one)
    return tuple(offsets)


def escaped_characters(text: str) -> list[str]:
    r"""Returns the characters of a text within the quotes of JSON, with their escapes.

    >>> escaped_characters(r"a\nb")
    ['a', '\\n', 'b']
    """
    return _CHARACTER.findall(text)


def call_regions(text: str, rendered: str, places: Sequence[Place], bounds: range) -> list[Region]:
    """Returns the regions of the text of some calls.

    Args:
        text: the content of the block.
        rendered: the rendered text.
        places: the shown values, in order.
        bounds: the part of the rendered text that may belong to the block.
    """
    starts = call_starts(text)
    regions, done = list[Region](), 0
    for call, group in itertools.groupby(places, key=lambda place: place.call):
        own = [*group]
        following = next((place.rendered for place in places if place.call > call), bounds.stop)
        end = starts[call + 1] if call + 1 < len(starts) else len(text)
        shown_from = regions[-1].stop if regions else bounds.start
        head = _shown_before(
            text[done : own[0].start], rendered[shown_from : own[0].rendered], done
        )
        offsets = [*head, *_offsets(text, rendered, own)]
        last = own[-1]
        shown = rendered[last.rendered_stop : following]
        offsets += _shown_after(text[last.stop : end], shown, last.stop)
        start = own[0].rendered - len(head)
        relative = tuple(offset - done for offset in offsets)
        stop = start + len(offsets)
        regions.append(
            Region(start, stop, text[done:end], offsets=relative, continues=bool(regions))
        )
        done = end
    return regions


def _offsets(text: str, rendered: str, places: Sequence[Place]) -> list[int]:
    """Returns the offsets from the first to the last value of a call."""
    offsets = [*places[0].offsets]
    for one, other in itertools.pairwise(places):
        gap = text[one.stop : other.start]
        shown = rendered[one.rendered_stop : other.rendered]
        head = _shown_after(gap, shown, one.stop)
        done = head[-1] if head else one.stop
        tail = _shown_before(gap[done - one.stop :], shown[len(head) :], done)
        # In between is its own notation; the text that it stands for comes after it.
        own = itertools.repeat(done, len(shown) - len(head) - len(tail))
        offsets += [*head, *own, *tail, *other.offsets]
    return offsets


def _shown_after(text: str, shown: str, start: int) -> list[int]:
    """Returns the offsets of what two texts begin with, apart from white space.

    They divide no word. They are of the whole shown text if all of the text is there.

    >>> _shown_after('":3}', '": 3}</call>', 10)
    [11, 12, 12, 13, 14]
    """
    offsets, at = list[int](), 0
    for character in shown:
        found = at
        while found < len(text) and text[found] != character and text[found].isspace():
            found += 1
        if found < len(text) and text[found] == character:
            at = found + 1
        elif not character.isspace():
            break
        offsets.append(at)
    if len(offsets) == len(shown) and not text[at:].strip():
        return [start + offset for offset in offsets]
    while offsets and (
        offsets[-1] == (offsets[-2] if len(offsets) > 1 else 0)
        or _divides_word(text, offsets[-1])
        or _divides_word(shown, len(offsets))
    ):
        offsets.pop()
    return [start + offset for offset in offsets]


def _shown_before(text: str, shown: str, start: int) -> list[int]:
    """Returns the offsets of what two texts end with, apart from white space.

    >>> _shown_before('[{"name":"', '<call>{"name": "', 0)
    [2, 3, 4, 5, 6, 7, 8, 9, 9, 10]
    """
    mirrored, last = [], 0
    for offset in _shown_after(text[::-1], shown[::-1], 0):
        mirrored.append(start + len(text) - offset + (offset > last))
        last = offset
    return mirrored[::-1]


def _divides_word(text: str, at: int) -> bool:
    return 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum()
