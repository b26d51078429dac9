"""Items: prompts with the model's own answer, and their segments as ranges of tokens."""

import dataclasses
import functools
import hashlib
import itertools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seqsal.models.causal_lm import Encoding

Ids = tuple[int, ...]
Span = tuple[int, int]
"""A range [start, end) of tokens."""


@dataclasses.dataclass(frozen=True)
class Item:
    """A prompt, its parts, and the answer that is explained.

    Attributes:
        name: the name within its task.
        opening: the text before the parts.
        parts: the segments that a map ranks.
        closing: the text after the parts.
        cause: the index of the part that decides the answer; None where it is what a removal of
            each part finds.
        ids: the tokens of the prompt.
        segments: the range of tokens of each part.
        answer: the tokens of the answer.
        answer_text: its text.
        explained: the indices of the tokens of the answer that are explained; None for all.
    """

    name: str
    opening: str
    parts: tuple[str, ...]
    closing: str
    cause: int | None
    ids: Ids
    segments: tuple[Span, ...]
    answer: Ids
    answer_text: str
    explained: tuple[int, ...] | None = None

    @functools.cached_property
    def positions(self) -> tuple[int, ...]:
        """The positions of the explained tokens in the prompt with its answer."""
        chosen = range(len(self.answer)) if self.explained is None else self.explained
        return tuple(len(self.ids) + i for i in chosen)

    @property
    def prompt(self) -> str:
        """The text of the whole prompt."""
        return self.opening + "".join(self.parts) + self.closing

    @functools.cached_property
    def key(self) -> str:
        """A name for files of results: another prompt or answer has another one."""
        content = repr((self.ids, self.segments, self.answer, self.positions))
        return f"{self.name}-{hashlib.sha256(content.encode()).hexdigest()[:8]}"

    def keeping(self, kept: Iterable[int]) -> Ids:
        """Returns the tokens of the prompt with some of its parts only."""
        return keep(self.ids, self.segments, kept)

    def without(self, *removed: int) -> tuple[int, ...]:
        """Returns the indices of the parts that stay without some."""
        return tuple(i for i in range(len(self.parts)) if i not in removed)

    @functools.cached_property
    def all_parts(self) -> tuple[int, ...]:
        """The indices of all parts."""
        return tuple(range(len(self.parts)))

    def to_json(self) -> dict[str, Any]:
        """Returns the item as a JSON object."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Item":
        """Returns the item in a JSON object."""
        lists = {
            name: tuple(tuple(each) if isinstance(each, list) else each for each in value[name])
            for name in ("parts", "ids", "segments", "answer")
        }
        explained = value.get("explained")
        chosen = None if explained is None else tuple(explained)
        return cls(**{**value, **lists, "explained": chosen})


def tokens_of(texts: Sequence[str], words: str) -> tuple[int, ...]:
    """Returns the indices of the tokens that hold some words.

    >>> tokens_of(["Say", 'Say "', 'Say "Ah', 'Say "Ahoy', 'Say "Ahoy".'], "ahoy")
    (2, 3)

    Args:
        texts: for each token the text up to its end.
        words: what the text holds, in any case.
    """
    start = texts[-1].lower().index(words.lower())
    ends = [len(text) for text in texts]
    begins = [0, *ends[:-1]]
    return tuple(
        i
        for i, (begin, end) in enumerate(zip(begins, ends, strict=True))
        if end > start and begin < start + len(words)
    )


def keep(ids: Ids, segments: Sequence[Span], kept: Iterable[int]) -> Ids:
    """Returns ids without the segments that do not stay; the gaps are closed.

    >>> keep((10, 11, 12, 13, 14), [(1, 2), (2, 4)], [1])
    (10, 12, 13, 14)
    """
    stay = set(kept)
    gone = {
        position
        for i, (start, end) in enumerate(segments)
        if i not in stay
        for position in range(start, end)
    }
    return tuple(each for position, each in enumerate(ids) if position not in gone)


def segment_ranges(encoding: "Encoding", opening: str, parts: Sequence[str]) -> tuple[Span, ...]:
    """Returns the range of tokens of each part.

    A token belongs to the part of its first visible character, white space alone to the part
    before. Special tokens and what surrounds the parts belong to none.

    Args:
        encoding: the tokens of the prompt.
        opening: the text of the prompt before the parts.
        parts: the texts of the parts.

    Raises:
        ValueError: a part has no token of its own.
    """
    borders = list(itertools.accumulate(map(len, parts), initial=len(opening)))
    owned: list[list[int]] = [[] for _ in parts]
    offset, last = 0, -1
    for position, (piece, special) in enumerate(
        zip(encoding.pieces, encoding.special, strict=True)
    ):
        if special:
            continue
        start, offset = offset, offset + len(piece)
        visible = start + len(piece) - len(piece.lstrip())
        if piece.strip() or start >= borders[-1]:
            last = sum(visible >= border for border in borders) - 1
        if 0 <= last < len(parts):
            owned[last].append(position)
    if not all(owned):
        raise ValueError(
            f"Each part needs a token of its own; {parts[owned.index([])]!r} has none."
        )
    return tuple((each[0], each[-1] + 1) for each in owned)
