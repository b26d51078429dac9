"""Where a view stands, in the words that the page uses, and selections as characters or tokens."""

import dataclasses
import re
from collections.abc import Sequence
from typing import Final

from seqsal.models.causal_lm import Encoding
from seqsal.results.selection import tokens_of

Ranges = tuple[tuple[int, int], ...]
"""Ranges [start, end), in order and apart."""

_NAMES: Final = ("response", "target")


@dataclasses.dataclass(frozen=True)
class Place:
    """A sequence and what of it is selected, as `place.ts` of the front end has it.

    Attributes:
        source: response, or target where one was given.
        index: which of several responses, from 0.
        print: tells whether the text is the one that was selected in.
        tokens: the selected tokens.
    """

    source: str
    index: int
    print: str
    tokens: Ranges

    def __str__(self) -> str:
        """Returns the place in writing, such as response.1xw8k2.12-15.20-22."""
        name = self.source if self.index == 0 else f"{self.source}-{self.index + 1}"
        selection = ".".join(f"{start}-{end}" for start, end in self.tokens)
        return ".".join(filter(None, (name, self.print, selection)))


def parse_place(text: str) -> Place | None:
    """Returns the place that is written, or None where nothing is.

    >>> parse_place("response-2.1xw8k2.12-15.20-22")
    Place(source='response', index=1, print='1xw8k2', tokens=((12, 15), (20, 22)))
    """
    found = re.fullmatch(r"(response|target)(?:-(\d{1,3}))?\.([0-9a-z]+)((?:\.\d+-\d+)*)", text)
    if found is None:
        return None
    source, number, print_, selection = found.groups()
    tokens = tuple((int(a), int(b)) for a, b in re.findall(r"(\d+)-(\d+)", selection))
    return Place(source, max(0, int(number or 1) - 1), print_, tokens)


def print_of(prompt: str, target: str) -> str:
    """Returns a few letters that are others for almost every other text (FNV-1a, 32 bits).

    >>> print_of("", ""), print_of("One 👍", " é")
    ('1efc4f', '1g6caia')
    """
    value = 2166136261
    units = f"{prompt}\0{target}".encode("utf-16-le", "surrogatepass")
    for i in range(0, len(units), 2):
        value = ((value ^ (units[i] | units[i + 1] << 8)) * 16777619) & 0xFFFFFFFF
    digits = ""
    while value:
        value, digit = divmod(value, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits or "0"


def to_tokens(encoding: Encoding, characters: Ranges) -> Ranges:
    """Returns the tokens that stand for any of some characters of the text.

    >>> to_tokens(Encoding((7, 8, 9), ("<s>", "ab", "c"), (True, False, False)), ((1, 3),))
    ((1, 3),)

    Raises:
        ValueError: a range holds nothing but the very first token.
    """
    ranges = [run for start, end in characters for run in tokens_of(encoding, start, end)]
    return _runs([i for start, end in ranges for i in range(start, end)])


def to_characters(encoding: Encoding, tokens: Ranges) -> Ranges:
    """Returns the characters of the text that some tokens stand for.

    >>> to_characters(Encoding((7, 8, 9), ("<s>", "ab", "c"), (True, False, False)), ((1, 3),))
    ((0, 3),)
    """
    offsets = _offsets(encoding)
    spans = [
        offsets[i]
        for start, end in tokens
        for i in range(start, min(end, len(offsets)))
        if not encoding.special[i]
    ]
    return _runs([i for start, end in spans for i in range(start, end)])


def without_special(encoding: Encoding, tokens: Sequence[Sequence[int]]) -> Ranges:
    """Returns ranges of tokens without the special ones among them."""
    selected = {i for start, end in tokens for i in range(start, min(end, len(encoding)))}
    return _runs([i for i in selected if not encoding.special[i]])


def mask_of(encoding: Encoding, tokens: Ranges) -> list[int]:
    """Returns 1 for the tokens of some ranges and 0 for the others.

    >>> mask_of(Encoding((7, 8, 9), ("<s>", "ab", "c"), (True, False, False)), ((2, 3),))
    [0, 0, 1]
    """
    selected = {i for start, end in tokens for i in range(start, end)}
    return [int(i in selected) for i in range(len(encoding))]


def _offsets(encoding: Encoding) -> list[tuple[int, int]]:
    """Returns the characters of each token; those of a token without text are the one before."""
    offsets, at, last = [], 0, (0, 0)
    for piece, special in zip(encoding.pieces, encoding.special, strict=True):
        if special:
            offsets.append((at, at))
            continue
        if piece:
            last = (at, at + len(piece))
        offsets.append(last)
        at += len(piece)
    return offsets


def _runs(numbers: Sequence[int]) -> Ranges:
    """Returns numbers as ranges of those that follow each other.

    >>> _runs([1, 2, 5])
    ((1, 3), (5, 6))
    """
    runs: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if runs and runs[-1][1] == number:
            runs[-1] = (runs[-1][0], number + 1)
        else:
            runs.append((number, number + 1))
    return tuple(runs)
