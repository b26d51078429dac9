"""Finds where sentences start, in any script."""

from collections.abc import Iterator
from typing import Final

import regex

from seqsal.results.segmentation.abbreviations import is_abbreviated
from seqsal.results.segmentation.characters import NEWLINE, SPACE, WORD

_BEFORE: Final = 64
_AFTER: Final = 240
"""Characters before and after a stop that the rules examine."""

_LINE_END: Final = regex.compile(rf"[{NEWLINE}\x85]\Z")
_INSIDE_WORD: Final = regex.compile(r"[\x21-\x7e]\Z")
"""A stop without a space after it, as in a.b?c=d. It ends a sentence only in scripts without
spaces."""
_MARKER: Final = regex.compile(
    rf"[-*+•>#|{SPACE}]*(?:[0-9]{{1,3}}(?:\.[0-9]{{1,3}})*|[A-Za-z]|[IVX]{{1,5}}|[ivx]{{1,5}})"
    rf"[.)][{SPACE}]+"
)
"""The number of a list item, after Markdown's marks: "1.", "1.2.", "a)", "IV."."""
_QUOTED_QUESTION: Final = regex.compile(rf"[?!][\"'”’»)\]]+[{SPACE}]+\Z")
_OPENING_BRACKET: Final = regex.compile(r"[「『（《〈【〔［“‘]+\Z")
_CLOSING_BRACKET: Final = regex.compile(r"[」』）]\Z")
_MARKED_END: Final = regex.compile(
    rf"[.!?…][\"”’)]*(?:[*_~]|\[\^?[{WORD}]{{1,3}}\])+[\"”’)]*"
    rf"(?:(?![\n\r])[{SPACE}])+(?=[\"“(*_]*\p{{Lu}})"
)
"""Markdown's emphasis or footnote between a stop and the space: **So.** Then, and so.[1] Then."""


def sentence_starts(text: str) -> list[int]:
    """Returns the character offsets at which sentences start, ascending, without 0.

    A line break always ends a sentence. The rules of Unicode find candidates. The rules here
    reject some, as after abbreviations, and add those that Markdown's marks hide.

    >>> sentence_starts("Ask Dr. Who, e.g. today. Go.")
    [25]
    """
    starts, begin = [], 0
    for at in sorted({*_unicode_starts(text), *(m.end() for m in _MARKED_END.finditer(text))}):
        if at > begin and _ends_between(text[begin:at], text[at : at + _AFTER]):
            starts.append(at)
            begin = at
    return starts


def _ends_between(sentence: str, after: str) -> bool:
    if _LINE_END.search(sentence):
        return True
    before = sentence[-_BEFORE:]
    return not (
        _INSIDE_WORD.search(before)
        or is_abbreviated(before, after)
        or _is_marker(sentence)
        or (_QUOTED_QUESTION.search(before) and regex.match(r"\p{Ll}", after))
        # 「はい。」と言った: a quotation is part of the sentence that names the speaker.
        or (_CLOSING_BRACKET.search(before) and regex.match(r"\p{Script=Hiragana}", after))
        or _is_in_code(sentence, after)
    )


def _is_marker(sentence: str) -> bool:
    """Whether a sentence, or its part in the last cell of a table, is a list marker."""
    if len(sentence) > _BEFORE:
        return False
    cell = sentence.rfind("|")
    return bool(_MARKER.fullmatch(sentence) or (cell >= 0 and _MARKER.fullmatch(sentence[cell:])))


def _is_in_code(sentence: str, after: str) -> bool:
    """Whether a position is between two backticks on one line."""
    return sentence.count("`") % 2 == 1 and regex.match(r"[^\n\r]*`", after) is not None


# Sentence boundaries of https://www.unicode.org/reports/tr29/#Sentence_Boundaries. Characters that
# extend the one before them (SB5) may follow any character.
_X: Final = r"[\p{SB=Extend}\p{SB=Format}]*"
_LETTER: Final = r"\p{SB=Upper}\p{SB=Lower}"
_BREAK: Final = r"\p{SB=Sep}\p{SB=CR}\p{SB=LF}"
_STOP: Final = regex.compile(
    rf"\r\n|[{_BREAK}]|(?:(?P<dot>\p{{SB=ATerm}})|\p{{SB=STerm}}){_X}"
    rf"(?P<more>(?:\p{{SB=Close}}{_X})*(?:\p{{SB=Sp}}{_X})*)(?P<line>\r\n|[{_BREAK}])?"
)
_CONTINUATION: Final = regex.compile(r"[\p{SB=SContinue}\p{SB=STerm}\p{SB=ATerm}]")  # SB8a
_SMALL_LETTER: Final = regex.compile(  # SB8
    rf"[^\p{{SB=OLetter}}{_LETTER}{_BREAK}\p{{SB=STerm}}\p{{SB=ATerm}}]*\p{{SB=Lower}}"
)
_CAPITAL_OF_ONE: Final = regex.compile(rf"(?<=[{_LETTER}]{_X}\p{{SB=ATerm}}{_X})\p{{SB=Upper}}")


def _unicode_starts(text: str) -> Iterator[int]:
    for stop in _STOP.finditer(text):
        at = stop.end()
        if at == len(text):
            continue
        if stop["more"] is not None and not stop["line"] and _is_inside(text, stop, at):
            continue
        # The rules assign any bracket after the stop to the sentence that ends: 。「
        opening = _OPENING_BRACKET.search(text, max(0, at - 4), at)
        yield opening.start() if opening else at


def _is_inside(text: str, stop: "regex.Match[str]", at: int) -> bool:
    """Whether a sentence continues after a stop, by the rules SB6 to SB8a."""
    if _CONTINUATION.match(text, at):
        return True
    if not stop["dot"]:
        return False
    alone = not stop["more"] and (
        regex.match(r"\p{SB=Numeric}", text, pos=at) or _CAPITAL_OF_ONE.match(text, at)
    )
    return bool(alone or _SMALL_LETTER.match(text, at))
