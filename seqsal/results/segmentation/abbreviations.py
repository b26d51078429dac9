"""Stops that end no sentence although a capital letter follows, as in "Dr. Who".

Unicode's rules for sentences do not cover them. `seqsal/shared/abbreviations.json` has the words,
and `core/text/abbreviations.ts` of the front end implements the same rules.
"""

from collections.abc import Mapping
from typing import Any, Final

import regex

from seqsal.results.segmentation.characters import SPACE
from seqsal.shared.resources import shared_data

_WORDS: Final[Mapping[str, Any]] = shared_data("abbreviations.json")
_GAP: Final = rf"[{SPACE}]+\Z"


def _one_of(*lists: str) -> str:
    """Returns a pattern for one of the words in lists separated by spaces; ~ is optional space."""
    words = "|".join(lists).replace(" ", "|")
    return f"(?:{words.replace('.', regex.escape('.')).replace('~', f'[{SPACE}]?')})"


def _before_stop(*lists: str) -> regex.Pattern[str]:
    """Returns a pattern for a stop and white space at the end, after one of the words."""
    return regex.compile(rf"(?:\A|[{SPACE}(\"'“„*_]){_one_of(*lists)}\.{_GAP}")


_ALWAYS: Final = _before_stop(*_WORDS["always"].values())
_BEFORE_NUMBER: Final = _before_stop(*_WORDS["before_number"].values())
# German abbreviations with a space inside, and their parts before and after the space.
_SPACED: Final = _before_stop(_WORDS["spaced"])
_SPACED_START: Final = _before_stop(_WORDS["spaced_starts"])
_SPACED_END: Final = regex.compile(rf"{_one_of(_WORDS['spaced_ends'])}\.")

_ORDINAL: Final = regex.compile(
    rf"(?:\A|[{SPACE}]){_one_of(_WORDS['before_ordinal'])} [0-9]{{1,3}}\.{_GAP}"
)
"""The number in "der 2. Weltkrieg"."""
_DAY: Final = regex.compile(rf"(?:\A|[{SPACE}])[0-9]{{1,2}}\.{_GAP}")
_GERMAN_MONTH: Final = regex.compile(_one_of(_WORDS["german_months"]))

_CAPITAL: Final = regex.compile(
    rf"(?:\A|(?P<word>[^{SPACE}(]*)[{SPACE}(]+)(?P<capital>\p{{Lu}})\.{_GAP}"
)
"""A capital and a stop, with the word before it."""
_PART_OF_NAME: Final = regex.compile(
    rf"\p{{Lu}}[\p{{Ll}}'’]+|\p{{Lu}}\.|{_one_of(_WORDS['before_initial'])}"
)
_BEFORE_LETTER: Final = regex.compile(_one_of(_WORDS["before_letter"]))
"""Words before a letter that is not the initial of a name, as in "Option B."."""


def is_abbreviated(before: str, after: str) -> bool:
    """Returns whether the stop at the end of a text belongs to an abbreviation or an ordinal.

    Args:
        before: the text up to the stop and the white space after it.
        after: the text that follows.
    """
    return bool(
        _ALWAYS.search(before)
        or _SPACED.search(before)
        or (_SPACED_START.search(before) and _SPACED_END.match(after))
        or (_BEFORE_NUMBER.search(before) and regex.match("[0-9]", after))
        or _ORDINAL.search(before)
        or (_DAY.search(before) and _GERMAN_MONTH.match(after))
        or _is_initial(before, after)
    )


def _is_initial(before: str, after: str) -> bool:
    """Accepts "J. R. R. Tolkien" and "by J. Smith"; not "The answer is B. It", "So am I. You"."""
    found = _CAPITAL.search(before)
    if found is None:
        return False
    if regex.match(rf"\p{{Lu}}\.[{SPACE}]", after):
        return True
    word = found["word"]
    return (
        word is not None
        and _PART_OF_NAME.fullmatch(word) is not None
        and _BEFORE_LETTER.fullmatch(word) is None
        and (found["capital"] != "I" or word.endswith("."))
    )
