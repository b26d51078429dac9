"""Finds where words start, in any script."""

import collections
from collections.abc import Iterator
from typing import Final

import regex

from seqsal.results.segmentation.characters import NEWLINE, SPACE, WORD

# Word boundaries of https://www.unicode.org/reports/tr29/#Word_Boundaries, as patterns of the
# pieces between them. Characters that extend the one before them (WB4) may follow any character.
_X: Final = r"[\p{WB=Extend}\p{WB=Format}\p{WB=ZWJ}]*"
_LETTER: Final = r"(?!\p{Hangul})[\p{WB=ALetter}\p{WB=HebrewLetter}]"
_NUMBER: Final = r"\p{WB=Numeric}"
_WITHIN_WORD: Final = r"[\p{WB=MidLetter}\p{WB=MidNumLet}\p{WB=SingleQuote}]"
_WITHIN_NUMBER: Final = r"[\p{WB=MidNum}\p{WB=MidNumLet}\p{WB=SingleQuote}]"
_ALPHANUMERIC: Final = (
    rf"(?:{_LETTER}{_X}(?:{_WITHIN_WORD}{_X}(?={_LETTER}))?"
    rf"|{_NUMBER}{_X}(?:{_WITHIN_NUMBER}{_X}(?={_NUMBER}))?)+"
)
_WORD: Final = rf"(?:{_ALPHANUMERIC}|(?:\p{{WB=Katakana}}{_X})+)"
_LINE: Final = rf"(?:\p{{WB=ExtendNumLet}}{_X})"
_PIECES: Final = regex.compile(
    rf"\r\n|[\p{{WB=Newline}}\r\n]|\p{{WB=WSegSpace}}+{_X}"
    rf"|(?P<word>{_LINE}*{_WORD}(?:{_LINE}+{_WORD})*{_LINE}*"
    # Scripts in which only a dictionary can separate words.
    rf"|(?:\p{{Hangul}}{_X})+|(?:\p{{Hiragana}}{_X})+|(?:\p{{LineBreak=ComplexContext}}{_X})+"
    rf"|\p{{Han}}{_X})"
    rf"|{_LINE}+|(?:\p{{WB=RegionalIndicator}}{_X}){{2}}"
    rf"|\p{{Extended_Pictographic}}{_X}(?:(?<=\p{{WB=ZWJ}})\p{{Extended_Pictographic}}{_X})*"
    rf"|.{_X}",
    regex.DOTALL,
)
_BLANK: Final = regex.compile(rf"[{SPACE}]+")
_NEWLINE: Final = regex.compile(rf"[{NEWLINE}]")
_PICTURE: Final = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}")
_OPENING: Final = regex.compile(r"[\p{Ps}\p{Pi}]")
_JOINER: Final = regex.compile(r"[-\u2010\u2011'\u2019@&.^°\u2070-\u209c\u00b2\u00b3\u00b9]")
"""Marks that join the parts of a word: well-known, R&D, me@example.org, x^2, 5°C, H₂O, e.g."""
_NUMBER_JOINER: Final = regex.compile(r"[:/]")
"""Marks that join digits: 10:30, 12/10/2020."""
_NO_START: Final = regex.compile("[ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮー]")
"""Small Japanese letters, which start no word."""
_ADDRESS: Final = regex.compile(
    rf"(?<![{WORD}])(?:(?:https?|ftp|file)://|www\.)[^{SPACE}<>\"'`)\]}}\u0100-\U0010ffff]+"
)
"""A URL is one word. It ends before the first space, quote or closing bracket."""


def word_starts(text: str) -> list[int]:
    """Returns the character offsets at which words start, ascending, without 0.

    A punctuation mark belongs to the word before it, an opening mark to the word after it. Spaces
    belong to the word after them, line breaks to the word before.

    >>> word_starts("Mix 3.5 g, e.g. salt")
    [3, 7, 10, 15]
    """
    starts, piece = [], _Piece()
    for index, part, kind in _parts(text):
        if index and piece.ends_before(kind, part):
            starts.append(index)
            piece = _Piece()
        piece.add(kind, part)
    return starts


def _parts(text: str) -> Iterator[tuple[int, str, str]]:
    """Yields offset, text and kind (space, newline, word, mark) of the pieces of a text."""
    addresses = collections.deque(match.span() for match in _ADDRESS.finditer(text))
    for piece in _PIECES.finditer(text):
        while addresses and addresses[0][1] <= piece.start():
            addresses.popleft()
        address = addresses[0][0] if addresses else len(text)
        if piece.start() <= address:
            is_word = piece["word"] is not None or piece.start() == address
            yield piece.start(), piece[0], "word" if is_word else _kind(piece[0])


def _kind(part: str) -> str:
    if _BLANK.fullmatch(part):
        return "newline" if _NEWLINE.search(part) else "space"
    return "word" if _PICTURE.search(part) else "mark"


class _Piece:
    """The text since the last word start."""

    def __init__(self) -> None:
        self._has_word = False
        self._last = self._word = self._joiner = ""

    def ends_before(self, kind: str, part: str) -> bool:
        """Whether the next part starts another word."""
        if kind == "newline":
            return False
        if self._last == "newline":
            return True
        if kind == "space":
            return self._last not in ("space", "")
        if kind == "word":
            return self._has_word and not self._continues(part)
        return self._has_word and _OPENING.match(part) is not None

    def add(self, kind: str, part: str) -> None:
        """Adds the next part."""
        self._joiner = part if kind == "mark" and self._last == "word" else ""
        if kind == "word":
            self._has_word, self._word = True, part
        self._last = kind

    def _continues(self, part: str) -> bool:
        """Whether a word continues the one before it."""
        if self._last == "word":
            return _NO_START.match(part) is not None
        if _JOINER.fullmatch(self._joiner):
            return True
        numbers = regex.search("[0-9]$", self._word) and regex.match("[0-9]", part)
        return bool(_NUMBER_JOINER.fullmatch(self._joiner) and numbers)
