"""Texts within a rendered text, such as messages in a chat template, as exact pieces of tokens."""

import dataclasses
import re
from collections.abc import Iterator, Sequence
from typing import Final

from seqsal.models.causal_lm import MessageSpan
from seqsal.models.pieces import slices
from seqsal.shared.messages import DOCUMENT

_INLINE_DOCUMENT: Final = re.compile(r"<document\b[^>]*>.*?</document>\s*", re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Region:
    """A part of the rendered text that is a text of the user.

    Attributes:
        start: where it begins in the rendered text.
        stop: where it ends there.
        text: the text, perhaps with white space around it that the template trims.
        lead: how many characters the template trims at its start.
    """

    start: int
    stop: int
    text: str
    lead: int = 0

    def followed_by(self, other: "Region") -> "Region":
        """Returns both regions as one."""
        return Region(self.start, other.stop, self.text + other.text, self.lead)


def touch(one: Region, other: Region) -> bool:
    """Returns whether no text of the template, and nothing trimmed, is between two regions."""
    whole = other.start - one.start == len(one.text)
    return one.stop == other.start and whole and not other.lead


def joined(regions: Sequence[Region]) -> list[Region]:
    """Returns regions with those that touch as one: a token may lie in both."""
    whole: list[Region] = []
    for region in regions:
        if whole and touch(whole[-1], region):
            whole[-1] = whole[-1].followed_by(region)
        else:
            whole.append(region)
    return whole


def with_exact_text(
    pieces: Sequence[str], regions: Sequence[Region]
) -> tuple[list[str], list[bool]]:
    """Returns pieces that are exact slices of the regions' texts, and marks on all others.

    Args:
        pieces: the slice of the rendered text of each token.
        regions: the parts that are text, in order.

    Raises:
        ValueError: a text has no token of its own.
    """
    ends: list[list[tuple[int, int]]] = [[] for _ in regions]
    position, at, inside = 0, 0, False
    for index, piece in enumerate(pieces):
        first, position = position, position + len(piece)
        if piece:  # An empty piece belongs to the same region as the token before.
            while at < len(regions) and (regions[at].stop <= first or not regions[at].text):
                at += 1
            inside = at < len(regions) and regions[at].start < position
        if inside:
            ends[at].append((index, position))
    exact, special = list(pieces), [True] * len(pieces)
    for region, tokens in zip(regions, ends, strict=True):
        if region.text and not tokens:
            raise ValueError(
                f"Each text needs a token of its own; {region.text[:40]!r} is within a token of"
                " another text. Add a word to it."
            )
        shift = region.lead - region.start
        exact_pieces = slices(
            region.text, [min(end + shift, len(region.text)) for _, end in tokens]
        )
        for (index, _), piece in zip(tokens, exact_pieces, strict=True):
            exact[index], special[index] = piece, False
    return exact, special


def message_spans(
    pieces: Sequence[str], special: Sequence[bool], texts: Sequence[tuple[str, str]]
) -> list[MessageSpan]:
    """Returns the tokens of each message; documents within a content are blocks of their own.

    Args:
        pieces: the exact pieces.
        special: the tokens without text.
        texts: the role and the content of each message, in order.
    """
    begins, position, begin = [], 0, 0
    for index, (piece, mark) in enumerate(zip(pieces, special, strict=True)):
        if mark:
            continue
        begin = position if piece else begin
        begins.append((begin, index))
        position += len(piece)
    spans, at, start = [], 0, 0
    for role, content in texts:
        for kind, length in _blocks(role, content):
            start += length
            first = at
            while at < len(begins) and begins[at][0] < start:
                at += 1
            stop = begins[at - 1][1] + 1 if at > first else _index(begins, first, len(pieces))
            begin = begins[first][1] if at > first else stop
            spans.append(MessageSpan(kind, begin, stop))
    return spans


def _index(begins: Sequence[tuple[int, int]], at: int, end: int) -> int:
    return begins[at][1] if at < len(begins) else end


def _blocks(role: str, content: str) -> Iterator[tuple[str, int]]:
    """Yields the role and the length of each block of a content."""
    end = 0
    if role != DOCUMENT:
        for found in _INLINE_DOCUMENT.finditer(content):
            if found.start() > end:
                yield role, found.start() - end
            yield DOCUMENT, found.end() - found.start()
            end = found.end()
    if end < len(content) or not content:
        yield role, len(content) - end
