"""Finds installed fonts that have the characters of a text."""

import dataclasses
import functools
import unicodedata
import warnings
from collections.abc import Iterator
from typing import Any, Final

import regex
from matplotlib import font_manager
from matplotlib.textpath import text_to_path

_BASE: Final = "DejaVu Sans"
"""Ships with Matplotlib, so that pictures look the same everywhere."""
_CJK: Final = {
    r"[\p{Hiragana}\p{Katakana}]": ("Noto Sans CJK JP", "Hiragino Sans", "Yu Gothic"),
    r"\p{Hangul}": ("Noto Sans CJK KR", "Apple SD Gothic Neo", "Malgun Gothic"),
    r"\p{Han}": ("Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei"),
}
_OTHERS: Final = ("Noto Sans", "Arial Unicode MS", "Segoe UI", "Segoe UI Symbol", "Noto Emoji")
_INVISIBLE: Final = ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp", "Zs")
_NO_TEXT: Final = regex.compile(r"Last ?Resort|cm[a-z]+\d|STIX(?:NonUni|Size)")
"""Fonts with glyphs that do not match their code points."""
_REGULAR: Final = (400, "normal", "regular", "book")
_MAX_LISTED: Final = 10


@dataclasses.dataclass(frozen=True)
class Fonts:
    """Fonts of one size; each character uses the first font that has it.

    Attributes:
        families: the names of the fonts, in order of preference.
        size: in points.
    """

    families: tuple[str, ...]
    size: float

    def properties(self, scale: float | int = 1) -> Any:
        """Returns the fonts as Matplotlib font properties.

        Args:
            scale: multiplies the font size.
        """
        return font_manager.FontProperties(family=list(self.families), size=self.size * scale)

    def width(self, text: str) -> float:
        """Returns the width of a text in points."""
        with warnings.catch_warnings():
            warnings.filterwarnings(
                "ignore", "Glyph .* missing"
            )  # `fonts_for` has warned about them.
            size, _, _ = text_to_path.get_text_width_height_descent(
                text, self.properties(), ismath=False
            )
        return float(size)


def fonts_for(text: str, size: float, first: str | None = None) -> Fonts:
    """Returns installed fonts that together have the characters of a text.

    Warns about characters that no installed font has. They are drawn as boxes.

    Args:
        text: the text to draw.
        size: in points.
        first: the preferred font.

    Raises:
        ValueError: the preferred font is not installed.
    """
    installed = {
        entry.name
        for entry in font_manager.fontManager.ttflist
        if entry.style == "normal" and entry.weight in _REGULAR
    }
    if first is not None and first not in installed:
        raise ValueError(
            f"font must be the name of an installed font, such as {_BASE!r}; got {first!r}."
        )
    families = [*([first] if first else []), _BASE]
    missing = {ord(c) for c in text if unicodedata.category(c) not in _INVISIBLE}
    missing -= {code for code in missing if unicodedata.name(chr(code), "").startswith("VARIATION")}
    for family in families:
        missing -= _characters(family)
    for family in _candidates(text, installed):
        if not missing:
            break
        if found := missing & _characters(family):
            families.append(family)
            missing -= found
    if missing:
        _warn(missing)
    return Fonts(tuple(families), size)


def _candidates(text: str, installed: set[str]) -> Iterator[str]:
    """Yields installed fonts to search for missing characters, the most likely first."""
    preferred = [
        name for script, names in _CJK.items() if regex.search(script, text) for name in names
    ]
    plain = sorted(name for name in installed if "Sans" in name and "Mono" not in name)
    for name in dict.fromkeys((*preferred, *_OTHERS, *plain, *sorted(installed))):
        if name in installed and not _NO_TEXT.match(name):
            yield name


@functools.cache
def _characters(family: str) -> frozenset[int]:
    """Returns the code points for which a font has glyphs."""
    path = font_manager.findfont(font_manager.FontProperties(family=[family]))
    return frozenset(font_manager.get_font(path).get_charmap())


def _warn(missing: set[int]) -> None:
    named = ", ".join(
        f"{chr(code)} ({unicodedata.name(chr(code), f'U+{code:04X}')})"
        for code in sorted(missing)[:_MAX_LISTED]
    )
    more = f" and {len(missing) - _MAX_LISTED} more" if len(missing) > _MAX_LISTED else ""
    warnings.warn(
        f"No installed font has {named}{more}; they are drawn as boxes. Install a font that has"
        " them, for example of the Noto family, and delete Matplotlib's list of fonts (its folder"
        " is matplotlib.get_cachedir()). Colour emoji cannot be drawn.",
        stacklevel=5,
    )
