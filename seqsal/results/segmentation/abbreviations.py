"""Stops that end no sentence though a capital letter follows; Unicode's rules know none of them."""

from typing import Final

import regex

from seqsal.results.segmentation.characters import SPACE

_GAP: Final = rf"[{SPACE}]+\Z"


def _one_of(*lists: str) -> regex.Pattern[str]:
    """Returns a pattern for words before a stop; a ~ in them is a space that may be left out."""
    words = "|".join(lists).replace(" ", "|").replace("~", f"[{SPACE}]?")
    return regex.compile(rf"(?:\A|[{SPACE}(\"'“„*_])(?:{words})\.{_GAP}")


# Left out are those that often do end one, such as "etc.", "usw.", "Inc." and "p.m.".
_ALWAYS: Final = _one_of(
    "Dr Mr Mrs Ms Mx Prof Sr Sra Dra Mme Mlle Sig St Mt Rev Hon Gen Col Capt Lt Sgt Sen Rep Gov",
    r"e\.g i\.e eg ie vs cf viz al approx resp Fig Figs Eq Eqs Sec Ch Vol Ref eds",
    r"z\.B d\.h u\.a o\.Ä i\.d\.R s\.o s\.u m\.E",
    "Hr Hrn Fr Frl Nr Abb Bd Kap vgl bzw ca sog Sog ggf evtl inkl exkl Tel Vgl Bzw Ca",
)
_BEFORE_NUMBER: Final = _one_of(
    "No Nos pp? p Art Abs Tab S Ex", "Jan Feb Mar Apr Jun Jul Aug Sept? Oct Okt Nov Dec Dez"
)
# As German writes them, with a space inside, and the part of them before that space.
_SPACED: Final = _one_of(r"z\.~B d\.~h u\.~a o\.~Ä i\.~d\.~R m\.~E")
_SPACED_PART: Final = _one_of(r"z d u o m i i\.~d")
_SECOND_PART: Final = regex.compile(r"(?:B|h|a|Ä|d|R|E)\.")

_ORDINAL: Final = regex.compile(
    rf"(?:\A|[{SPACE}])(?:[Dd]er|[Dd]as|[Dd]em|[Dd]en|[Dd]es|Die|Am|[Ii]m|[Vv]om|[Zz]um|[Bb]eim)"
    rf" [0-9]{{1,3}}\.{_GAP}"
)
"""The number of "der 2. Weltkrieg"."""
_DAY: Final = regex.compile(rf"(?:\A|[{SPACE}])[0-9]{{1,2}}\.{_GAP}")
_GERMAN_MONTH: Final = regex.compile("Jan|Feb|März|Apr|Mai|Juni|Juli|Aug|Sept|Okt|Nov|Dez")

_CAPITAL: Final = regex.compile(
    rf"(?:\A|(?P<word>[^{SPACE}(]*)[{SPACE}(]+)(?P<capital>\p{{Lu}})\.{_GAP}"
)
"""A capital and a stop, with the word before it."""
_OF_A_NAME: Final = regex.compile(r"\p{Lu}[\p{Ll}'’]+|\p{Lu}\.|by|and|with|et|und|von|mit")
_LETTERED: Final = regex.compile(
    "Option|Answer|Choice|Plan|Appendix|Section|Part|Table|Vitamin|Type|Grade|Class|Group|Team"
    "|Case|Question|Antwort|Teil|Gruppe|Klasse|Anhang"
)
"""Words that a letter follows which is none of a name."""


def is_abbreviated(before: str, after: str) -> bool:
    """Returns whether the stop at the end of a text is one of an abbreviation or an ordinal.

    Args:
        before: the text up to the stop and the white space after it.
        after: what follows.
    """
    return bool(
        _ALWAYS.search(before)
        or _SPACED.search(before)
        or (_SPACED_PART.search(before) and _SECOND_PART.match(after))
        or (_BEFORE_NUMBER.search(before) and regex.match("[0-9]", after))
        or _ORDINAL.search(before)
        or (_DAY.search(before) and _GERMAN_MONTH.match(after))
        or _is_initial(before, after)
    )


def _is_initial(before: str, after: str) -> bool:
    """Tells "J. R. R. Tolkien" and "by J. Smith" from "The answer is B. It" and "So am I. You"."""
    found = _CAPITAL.search(before)
    if found is None:
        return False
    if regex.match(rf"\p{{Lu}}\.[{SPACE}]", after):
        return True
    word = found["word"]
    return (
        word is not None
        and _OF_A_NAME.fullmatch(word) is not None
        and _LETTERED.fullmatch(word) is None
        and (found["capital"] != "I" or word.endswith("."))
    )
