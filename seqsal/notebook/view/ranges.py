"""Selections as ranges: from user input to characters, and between characters and tokens."""

from collections.abc import Sequence
from typing import Any

from seqsal.attribution.selection import Ranges, TokenSelection
from seqsal.models.causal_lm import Encoding
from seqsal.results.selection import characters


def parse_selection(select: Any, prompt: str, answer: str) -> Ranges:
    """Returns a selection as ranges of characters of prompt + answer.

    >>> parse_selection("b", "a b", " b c"), parse_selection((4, 5), "a b", " b c")
    (((4, 5),), ((4, 5),))
    >>> parse_selection(None, "a", "b")
    ()

    Args:
        select: a text that occurs once in the answer; a range (start, end) of characters of
            prompt + answer; a list of texts and ranges; None for an empty selection.
        prompt: the text that the model reads.
        answer: the text after the prompt.

    Raises:
        ValueError: a text does not occur exactly once, or a range is outside of the text.
    """
    if select is None:
        return ()
    parts = [select] if isinstance(select, str) or _is_range(select) else select
    if not isinstance(parts, Sequence):
        raise _not_a_selection(select)
    return tuple(sorted(_range_of(part, prompt, answer) for part in parts))


def _range_of(part: Any, prompt: str, answer: str) -> tuple[int, int]:
    if not isinstance(part, str) and not _is_range(part):
        raise _not_a_selection(part)
    start, end = characters(part, prompt, answer)
    return int(start), int(end)


def _is_range(value: Any) -> bool:
    return (
        isinstance(value, Sequence)
        and len(value) == 2
        and all(isinstance(number, int) for number in value)
    )


def _not_a_selection(value: Any) -> ValueError:
    return ValueError(
        "A selection must be a text in the answer, a range (start, end) of characters of prompt +"
        f" answer, or a list of texts and ranges; got {value!r}."
    )


def to_tokens(encoding: Encoding, character_ranges: Ranges) -> Ranges:
    """Returns the tokens that overlap ranges of characters of the text.

    >>> to_tokens(Encoding((7, 8, 9), ("<s>", "ab", "c"), (True, False, False)), ((1, 3),))
    ((1, 3),)

    Raises:
        ValueError: a range covers only the very first token.
    """
    selections = [TokenSelection.of_characters(encoding, *each) for each in character_ranges]
    return TokenSelection(tuple(i for each in selections for i in each.positions)).ranges


def to_characters(encoding: Encoding, tokens: Ranges) -> Ranges:
    """Returns the characters of the text that ranges of tokens cover.

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
    return TokenSelection.from_ranges(spans).ranges


def without_special(encoding: Encoding, tokens: Sequence[Sequence[int]]) -> Ranges:
    """Returns ranges of tokens with special tokens removed."""
    return TokenSelection.from_ranges(tokens).without_special(encoding).ranges


def _offsets(encoding: Encoding) -> list[tuple[int, int]]:
    """Returns the characters of each token; a token without text has those of the one before."""
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
