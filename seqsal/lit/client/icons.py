"""Subsets icon fonts to the icons that a page's scripts use.

In Material Icons an icon is a ligature: the letters of its name are drawn as one glyph. A page
uses a few dozen of over two thousand, and the fonts are a third of the bytes of its first load.
"""

import pathlib
import re
import string
from collections.abc import Iterable
from typing import Any, Final

from fontTools import subset, ttLib

_WORD: Final = re.compile(r"[a-z0-9_]+")
_LETTERS: Final = string.ascii_lowercase + string.digits + "_ "
_LIGATURE: Final = 4
_EXTENSION: Final = 7


def words_of(scripts: Iterable[pathlib.Path]) -> frozenset[str]:
    """Returns every word of the scripts that could be an icon's name.

    The result is a superset of the icons in use, except for names that a script concatenates.
    """
    texts = (script.read_text(encoding="utf-8") for script in scripts)
    return frozenset(word for text in texts for word in _WORD.findall(text))


def names(font: ttLib.TTFont) -> set[str]:
    """Returns the names of a font's icons."""
    letters = _letters(font)
    return {
        _spelled(first, ligature, letters)
        for table in _ligature_tables(font)
        for first, ligatures in table.ligatures.items()
        for ligature in ligatures
    }


def subset_font(path: pathlib.Path, words: frozenset[str]) -> None:
    """Removes the icons that are not among the words from a font, in place."""
    font = ttLib.TTFont(path)
    letters = _letters(font)
    for table in _ligature_tables(font):
        remaining = {
            first: [one for one in ligatures if _spelled(first, one, letters) in words]
            for first, ligatures in table.ligatures.items()
        }
        table.ligatures = {first: ligatures for first, ligatures in remaining.items() if ligatures}
    options = subset.Options(layout_features=["*"], flavor="woff2", hinting=False)
    subsetter = subset.Subsetter(options)
    # Only the letters: the remaining ligatures add their glyphs.
    subsetter.populate(text=_LETTERS)
    subsetter.subset(font)
    font.flavor = "woff2"
    font.save(path)


def _ligature_tables(font: ttLib.TTFont) -> Iterable[Any]:
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            inner = table.ExtSubTable if table.LookupType == _EXTENSION else table
            if inner.LookupType == _LIGATURE:
                yield inner


def _letters(font: ttLib.TTFont) -> dict[str, str]:
    """Returns the character of each glyph."""
    return {glyph: chr(code) for code, glyph in font.getBestCmap().items()}


def _spelled(first: str, ligature: Any, letters: dict[str, str]) -> str:
    return "".join(letters.get(glyph, "?") for glyph in (first, *ligature.Component))
