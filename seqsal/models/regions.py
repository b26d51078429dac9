"""Texts within a rendered text, such as messages in a chat template, as exact pieces of tokens."""

import dataclasses
import re
from collections.abc import Iterator, Sequence
from typing import Final

from seqsal.models.causal_lm import MessageSpan
from seqsal.models.pieces import slices
from seqsal.shared.messages import CALLS, DOCUMENT
from seqsal.shared.tool_calls import call_starts

_INLINE_DOCUMENT: Final = re.compile(r"<document\b[^>]*>.*?</document>\s*", re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Region:
    """A part of the rendered text that is a text of the user.

    Attributes:
        start: where it begins in the rendered text.
        stop: where it ends there.
        text: the text, perhaps with white space around it that the template trims.
        lead: how many characters the template trims at its start.
        offsets: for each rendered character, where in the text the characters up to it end, if
            the template shows the text in another notation; empty if it shows it as it is.
        continues: whether the text continues that of the region before it.
    """

    start: int
    stop: int
    text: str
    lead: int = 0
    offsets: tuple[int, ...] = ()
    continues: bool = False

    def followed_by(self, other: "Region") -> "Region":
        """Returns both regions as one."""
        text = self.text + other.text
        return dataclasses.replace(self, stop=other.stop, text=text)

    def text_end(self, end: int) -> int:
        """Returns where in the text a token ends that ends at a place in the rendered text."""
        if self.offsets:
            return self.offsets[min(end, self.stop) - self.start - 1]
        return min(end - self.start + self.lead, len(self.text))


def touch(one: Region, other: Region) -> bool:
    """Returns whether no text of the template, and nothing trimmed, is between two regions."""
    whole = other.start - one.start == len(one.text)
    as_it_is = not one.offsets and not other.offsets
    return one.stop == other.start and whole and not other.lead and as_it_is


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
    for region, tokens in _with_tokens(regions, ends):
        if region.text and not tokens:
            raise ValueError(
                f"Each text needs a token of its own; {region.text[:40]!r} is within a token of"
                " another text. Add a word to it."
            )
        exact_pieces = slices(region.text, [region.text_end(end) for _, end in tokens])
        for (index, _), piece in zip(tokens, exact_pieces, strict=True):
            exact[index], special[index] = piece, False
    return exact, special


def _with_tokens(
    regions: Sequence[Region], tokens: Sequence[list[tuple[int, int]]]
) -> list[tuple[Region, list[tuple[int, int]]]]:
    """Returns regions with their tokens; one without joins the region that it continues."""
    whole: list[tuple[Region, list[tuple[int, int]]]] = []
    for region, own in zip(regions, tokens, strict=True):
        if own or not region.continues:
            whole.append((region, own))
        else:
            before, others = whole[-1]
            whole[-1] = (dataclasses.replace(before, text=before.text + region.text), others)
    return whole


def message_spans(
    pieces: Sequence[str], special: Sequence[bool], texts: Sequence[tuple[str, str]]
) -> list[MessageSpan]:
    """Returns the tokens of each message; documents within a content, and calls, are blocks.

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
    """Yields the role and the length of each block of a content: of documents, and of calls."""
    end = 0
    if role == CALLS:
        for start in call_starts(content)[1:]:
            yield role, start - end
            end = start
    elif role != DOCUMENT:
        for found in _INLINE_DOCUMENT.finditer(content):
            if found.start() > end:
                yield role, found.start() - end
            yield DOCUMENT, found.end() - found.start()
            end = found.end()
    if end < len(content) or not content:
        yield role, len(content) - end
