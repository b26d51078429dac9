"""The thinking in an answer: text between marks that a model writes before what it answers."""

import dataclasses
from collections.abc import Sequence

from seqsal.models.causal_lm import Encoding


@dataclasses.dataclass(frozen=True)
class ThinkingMarks:
    """The texts around the thinking of a model.

    Attributes:
        open: the text that a block begins with.
        close: the text that ends it.
        answer: what the model writes between a block and its answer; empty for nothing.
    """

    open: str
    close: str
    answer: str = ""


def find_blocks(
    text: str, marks: Sequence[ThinkingMarks], opened: ThinkingMarks | None = None
) -> list[tuple[int, int]]:
    r"""Returns the characters [start, stop) of each block of thinking in an answer.

    A block holds its marks and the white space after it, and white space before the first one. A
    block that is not closed runs to the end.

    >>> marks = [ThinkingMarks("<think>", "</think>")]
    >>> find_blocks("\n<think>Hm.</think>\n\nYes.", marks)
    [(0, 21)]
    >>> find_blocks("Hm.</think>Yes.<think>No", marks, opened=marks[0])
    [(0, 11), (15, 24)]

    Args:
        text: the answer.
        marks: the marks of the model.
        opened: the marks of a block that is open before the answer; None if there is none.
    """
    blocks: list[tuple[int, int]] = []
    start = position = 0
    while True:
        if opened is None:
            found = [(at, mark) for mark in marks if (at := text.find(mark.open, position)) >= 0]
            if not found:
                return blocks
            # Of two marks at one place, the longer.
            start, opened = min(found, key=lambda each: (each[0], -len(each[1].open)))
            position = start + len(opened.open)
            start = 0 if not text[:start].strip() else start
        stop = text.find(opened.close, position)
        if stop < 0:
            return [*blocks, (start, len(text))]
        stop += len(opened.close)
        stop += len(opened.answer) if text.startswith(opened.answer, stop) else 0
        position = len(text) - len(text[stop:].lstrip())
        blocks.append((start, position))
        opened = None


def without_blocks(text: str, marks: Sequence[ThinkingMarks]) -> tuple[str, list[tuple[int, int]]]:
    """Returns a text without its blocks of thinking, and the blocks.

    >>> without_blocks("<think>Hm.</think> Yes.", [ThinkingMarks("<think>", "</think>")])
    ('Yes.', [(0, 19)])
    """
    blocks = find_blocks(text, marks)
    edges = [0, *(edge for block in blocks for edge in block), len(text)]
    return "".join(text[edges[i] : edges[i + 1]] for i in range(0, len(edges), 2)), blocks


def opened_in(text: str, marks: Sequence[ThinkingMarks]) -> ThinkingMarks | None:
    r"""Returns the marks of the block that is open at the end of a text; None if there is none.

    >>> marks = [ThinkingMarks("<think>", "</think>")]
    >>> opened_in("assistant\n<think>\n", marks) is marks[0]
    True
    >>> opened_in("assistant\n<think>\n\n</think>\n", marks)
    """
    for mark in marks:
        start = text.rfind(mark.open)
        if start >= 0 and mark.close not in text[start + len(mark.open) :]:
            return mark
    return None


def ends_open(text: str, marks: Sequence[ThinkingMarks]) -> ThinkingMarks | None:
    r"""Returns the open mark that a text ends with, but for white space; None if there is none.

    >>> ends_open("assistant\n<think>\n", [ThinkingMarks("<think>", "</think>")])
    ThinkingMarks(open='<think>', close='</think>', answer='')
    """
    return next((mark for mark in marks if text.rstrip().endswith(mark.open)), None)


def opened_by(prompt: Encoding, marks: Sequence[ThinkingMarks]) -> ThinkingMarks | None:
    """Returns the marks of the block that an answer to a prompt begins in; None if in none.

    The prompt, as the model reads it, ends with an open mark, or continues a message of the
    assistant with a block that is not closed.
    """
    return _opened_before(prompt, len(prompt), marks)


def with_thinking(encoding: Encoding, target: str, marks: Sequence[ThinkingMarks]) -> Encoding:
    """Returns an encoding with the tokens of each block of thinking in its target.

    A token belongs to a block if its first visible character does. The target begins inside of a
    block if the prompt, as the model reads it, ends with an open mark, or if it continues a message
    of the assistant with a block that is not closed.

    Args:
        encoding: the tokens of a prompt and its target.
        target: the text of the target, at the end of the encoding's text.
        marks: the marks of the model; none: the encoding stays as it is.
    """
    if not marks or not target:
        return encoding
    before = len(encoding.text) - len(target)
    places = _first_visible(encoding)
    own = (i for i, place in enumerate(places) if place is not None and place >= before)
    first = next(own, len(encoding))  # A short target may be within a token of the prompt.
    blocks = find_blocks(target, marks, _opened_before(encoding, first, marks))
    ranges = []
    for start, stop in blocks:
        inside = [
            i
            for i, place in enumerate(places)
            if i >= first and place is not None and start <= place - before < stop
        ]
        if inside:
            ranges.append((inside[0], inside[-1] + 1))
    return dataclasses.replace(encoding, thinking=tuple(ranges)) if ranges else encoding


def _first_visible(encoding: Encoding) -> list[int | None]:
    """Returns the first character of each token that is not white space; None for special tokens.

    It is the first character of a token of white space. A further part of a character is where the
    character is.
    """
    places: list[int | None] = []
    position, place = 0, 0
    for piece, special in zip(encoding.pieces, encoding.special, strict=True):
        if special:
            places.append(None)
            continue
        if piece:
            place = position + (len(piece) - len(piece.lstrip()) if piece.strip() else 0)
            position += len(piece)
        places.append(place)
    return places


def _opened_before(
    encoding: Encoding, first: int, marks: Sequence[ThinkingMarks]
) -> ThinkingMarks | None:
    """Returns the marks of the block that is open before token `first`."""
    asked = [span.stop for span in encoding.messages if span.role != "assistant"]
    read = "".join(encoding.pieces[max(asked, default=0) : first])
    # A user may write about marks: of a plain prompt, only one at the end counts.
    return opened_in(read, marks) if encoding.messages else ends_open(read, marks)
