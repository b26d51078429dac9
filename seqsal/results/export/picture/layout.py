"""Breaks text into lines of a given width."""

import dataclasses
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import regex

Length = float | int
Measure = Callable[[str], Length]
"""Returns the width of a text."""

# A line may break after white space, and around each Chinese or Japanese character, but not before
# closing punctuation.
_WORDS: Final = regex.compile(
    r"\n|[^\S\n]+"
    r"|[\p{Ps}\p{Pi}]*[\p{Han}\p{Hiragana}\p{Katakana}]"
    r"[\p{M}\p{Pe}\p{Pf}\p{Po}ーぁぃぅぇぉっゃゅょァィゥェォッャュョ]*"
    r"|(?:(?![\p{Ps}\p{Pi}]*[\p{Han}\p{Hiragana}\p{Katakana}])\S)+"
)
_RIGHT_TO_LEFT: Final = regex.compile(r"[^\p{L}]*[\p{Hebrew}\p{Arabic}\p{Syriac}\p{Thaana}\p{NKo}]")
_TAB: Final = "    "


@dataclasses.dataclass(frozen=True)
class Run:
    """A piece of one line.

    Attributes:
        index: the index of its text.
        text: its characters.
        x: the distance from the left edge.
        line: the index of its line.
        width: its width.
    """

    index: int
    text: str
    x: Length
    line: int
    width: Length


def lay(texts: Sequence[str], width: Length, measure: Measure) -> tuple[list[Run], int]:
    """Returns consecutive texts as runs on lines, and the number of lines.

    >>> runs, lines = lay(["one tw", "o three"], 7, len)
    >>> [(run.index, run.text, run.x, run.line) for run in runs], lines
    ([(0, 'one tw', 0, 0), (1, 'o', 6, 0), (1, 'three', 0, 1)], 2)

    Args:
        texts: the parts of the whole text.
        width: the width of a line.
        measure: returns the width of a text.
    """
    lines = _Lines(width, measure)
    for word in _words(texts):
        lines.add(word)
    return [*lines.runs()], lines.count


Word = list[tuple[int, str]]
"""Characters without a line break between them: (index of the text, part of the text)."""


def _words(texts: Sequence[str]) -> Iterator[Word]:
    whole = "".join(texts)
    edges = [0, *itertools.accumulate(map(len, texts))]
    index = 0
    for match in _WORDS.finditer(whole):
        word, at = [], match.start()
        while at < match.end():
            while edges[index + 1] <= at:
                index += 1
            end = min(match.end(), edges[index + 1])
            word.append((index, whole[at:end].replace("\t", _TAB)))
            at = end
        yield word


class _Lines:
    """Lines, filled word by word."""

    def __init__(self, width: Length, measure: Measure) -> None:
        self._width, self._measure = width, measure
        self._lines: list[list[tuple[int, str, Length]]] = [[]]
        self._x: Length = 0

    @property
    def count(self) -> int:
        return len(self._lines) - (not self._lines[-1] and len(self._lines) > 1)

    def add(self, word: Word) -> None:
        """Adds a word to the line, or to the next line if it does not fit."""
        if word[0][1] == "\n":
            self._next()
            return
        blank = not "".join(part for _, part in word).strip()
        width = sum(self._measure(part) for _, part in word)
        if blank:
            width = min(width, self._width - self._x)  # White space at the end is cut.
        elif self._x and self._x + width > self._width:
            self._next()
        if width > self._width:
            for part in _graphemes(word):
                self._put(part)
        else:
            for part in word:
                self._put(part)

    def runs(self) -> Iterator[Run]:
        """Yields the runs of all lines; adjacent parts of one text form one run."""
        for number, line in enumerate(self._lines):
            while line and not line[-1][1].strip():  # Trailing white space is invisible.
                line.pop()
            left = _RIGHT_TO_LEFT.match("".join(part for _, part, _ in line)) is not None
            for index, group in itertools.groupby(line, key=lambda part: part[0]):
                parts = list(group)
                text = "".join(part for _, part, _ in parts)
                x = parts[0][2]
                width = min(self._measure(text), self._width - x)
                yield Run(index, text, self._width - x - width if left else x, number, width)

    def _put(self, part: tuple[int, str]) -> None:
        width = self._measure(part[1])
        if self._x and self._x + width > self._width and part[1].strip():
            self._next()
        self._lines[-1].append((*part, self._x))
        self._x = min(self._x + width, self._width)

    def _next(self) -> None:
        self._lines.append([])
        self._x = 0


def _graphemes(word: Word) -> Iterable[tuple[int, str]]:
    return ((index, part) for index, text in word for part in regex.findall(r"\X", text))
