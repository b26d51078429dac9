"""Finds where the segments of a text start, for any granularity."""

from typing import Final

import regex

from seqsal.results.segmentation.characters import NEWLINE, SPACE
from seqsal.results.segmentation.sentences import sentence_starts
from seqsal.results.segmentation.words import word_starts
from seqsal.shared.resources import shared_data

UNITS: Final = tuple(name for name in shared_data("granularities.json") if name != "custom")
_LINE_BREAK: Final = regex.compile(rf"\r\n|[{NEWLINE}]")
_BLANK_LINE: Final = regex.compile(
    # The carriage return of a Windows line break is not a line break of its own.
    rf"(?:(?:\r\n|\r(?!\n)|(?!\r)[{NEWLINE}])(?:(?![{NEWLINE}])[{SPACE}])*){{2,}}"
)
_MAX_SECONDS: Final = 10.0


def starts(text: str, granularity: str, *, match: str = "ends") -> list[int]:
    """Returns the character offsets at which segments start, ascending, without 0.

    >>> starts("One. Two.", "sentences"), starts("a;b;c", ";"), starts("a;b;c", ";", match="starts")
    ([5], [2, 4], [1, 3])

    Args:
        text: the text to cut.
        granularity: words, sentences, lines, paragraphs, or a regular expression of the package
            `regex`, in which ^ and $ match at line breaks. A text is one of the messages.
        match: whether a match of the expression `ends` or `starts` a segment.

    Raises:
        ValueError: the expression or `match` is invalid, or the search takes too long.
    """
    if granularity == "words":
        return word_starts(text)
    if granularity == "sentences":
        return sentence_starts(text)
    if granularity == "messages":
        return []
    if granularity in ("lines", "paragraphs"):
        separator = _LINE_BREAK if granularity == "lines" else _BLANK_LINE
        return [found.end() for found in separator.finditer(text)]
    return _pattern_starts(text, granularity, match)


def _pattern_starts(text: str, pattern: str, match: str) -> list[int]:
    if match not in ("ends", "starts"):
        raise ValueError(f"match must be ends or starts; got {match!r}.")
    known = f"Expected one of {', '.join(UNITS)}, or a regular expression"
    if not pattern:
        raise ValueError(rf"{known} such as \n+ or ; as a granularity; got nothing.")
    try:
        found = list(regex.finditer(pattern, text, regex.MULTILINE, timeout=_MAX_SECONDS))
    except regex.error as error:
        raise ValueError(f"{known} as a granularity; got {pattern!r}: {error}.") from None
    except TimeoutError:
        raise ValueError(
            f"The regular expression {pattern!r} takes longer than {_MAX_SECONDS:g} seconds."
            " Simplify it: repetitions within repetitions take very long."
        ) from None
    return sorted({place.end() if match == "ends" else place.start() for place in found})
