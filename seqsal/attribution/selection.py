"""Selections of tokens: one type from a request to the engine."""

import dataclasses
from collections.abc import Iterable, Sequence

import numpy as np

from seqsal.models.causal_lm import Encoding
from seqsal.models.objective import Objective

Ranges = tuple[tuple[int, int], ...]
"""Ranges [start, end) of tokens or characters, in order, with gaps between them."""


@dataclasses.dataclass(frozen=True)
class TokenSelection:
    """Some tokens of a sequence, which are to be explained together.

    Attributes:
        positions: their places in the sequence, in order, each once.
    """

    positions: tuple[int, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "positions", tuple(sorted(set(self.positions))))

    @classmethod
    def from_mask(cls, mask: Sequence[float | int], num_tokens: int) -> "TokenSelection":
        """Returns the tokens where a mask is 1.

        >>> TokenSelection.from_mask([0, 0, 1, 1], 4)
        TokenSelection(positions=(2, 3))

        Args:
            mask: one 0 or 1 for each token of the sequence, special tokens included.
            num_tokens: how many tokens the sequence has.

        Raises:
            ValueError: the mask has another length, holds other values, or is empty.
        """
        if len(mask) != num_tokens:
            raise ValueError(
                f"target_mask must hold one value for each token: expected {num_tokens}, got"
                f" {len(mask)}. Tokenize this prompt and target again, and mask those tokens."
            )
        values = np.asarray(mask, np.float32)
        if not np.isin(values, (0.0, 1.0)).all():
            odd = values[~np.isin(values, (0.0, 1.0))][0]
            raise ValueError(f"target_mask must hold only 0 and 1, got {odd:g}.")
        if not values.any():
            raise ValueError(
                "target_mask must select at least one token, got only zeros. Select what to"
                " explain."
            )
        return cls(tuple(np.flatnonzero(values).tolist()))

    @classmethod
    def from_ranges(cls, ranges: Iterable[Sequence[int]]) -> "TokenSelection":
        """Returns the tokens of some ranges [start, end).

        >>> TokenSelection.from_ranges([(1, 3), (5, 6)])
        TokenSelection(positions=(1, 2, 5))
        """
        return cls(tuple(position for start, end in ranges for position in range(start, end)))

    @classmethod
    def of_characters(cls, encoding: Encoding, start: int, end: int) -> "TokenSelection":
        """Returns the tokens that hold some characters of a text.

        Special tokens are left out, and so is the very first token, which nothing precedes.

        Args:
            encoding: the tokens of the text.
            start: the first character of the text.
            end: the one after the last.

        Raises:
            ValueError: the only token of them is the very first.
        """
        positions = [
            i
            for i, (begin, stop) in _text_positions(encoding)
            if i and begin < end and stop > start
        ]
        if not positions:
            raise ValueError(
                "The very first token cannot be explained: the model does not predict it from"
                " anything. Select what comes after it."
            )
        return cls(tuple(positions))

    @classmethod
    def of_target(cls, encoding: Encoding, prompt_length: int) -> "TokenSelection":
        """Returns the tokens whose text begins at or after a number of characters."""
        return cls(
            tuple(i for i, (begin, _) in _text_positions(encoding) if begin >= prompt_length)
        )

    def first_character(self, encoding: Encoding) -> int:
        """Returns where the text of the first selected token begins.

        Raises:
            ValueError: no selected token has text.
        """
        selected = set(self.positions)
        starts = [begin for i, (begin, _) in _text_positions(encoding) if i in selected]
        if not starts:
            raise ValueError("The selection holds only special tokens, which have no text.")
        return min(starts)

    @property
    def ranges(self) -> Ranges:
        """The tokens as ranges [start, end).

        >>> TokenSelection((1, 2, 5)).ranges
        ((1, 3), (5, 6))
        """
        runs: list[tuple[int, int]] = []
        for position in self.positions:
            if runs and runs[-1][1] == position:
                runs[-1] = runs[-1][0], position + 1
            else:
                runs.append((position, position + 1))
        return tuple(runs)

    def mask(self, num_tokens: int) -> list[int]:
        """Returns 1 for each selected token of a sequence and 0 for the others.

        >>> TokenSelection((2,)).mask(4)
        [0, 0, 1, 0]
        """
        selected = set(self.positions)
        return [int(position in selected) for position in range(num_tokens)]

    def without_special(self, encoding: Encoding) -> "TokenSelection":
        """Returns the selected tokens of a text that are not special."""
        tokens = len(encoding)
        return TokenSelection(
            tuple(i for i in self.positions if i < tokens and not encoding.special[i])
        )

    def objective(self, ids: Sequence[int]) -> Objective:
        """Returns the log-probability of the selected tokens of a sequence.

        The model predicts the first token from nothing, so a selection that reaches over it
        explains the other tokens.

        Raises:
            ValueError: nothing is selected, or only the first token.
        """
        if not self.positions:
            raise ValueError("A selection must hold at least one token; got none.")
        if self.positions == (0,):
            raise ValueError(
                "target_mask selects only the first token, which the model does not predict from"
                " anything. Select a later token."
            )
        return Objective.of_tokens(ids, (position for position in self.positions if position))


def _text_positions(encoding: Encoding) -> list[tuple[int, tuple[int, int]]]:
    """Returns the place and the characters of each token that is not special.

    A token without text is a further part of the character that began before it.
    """
    found: list[tuple[int, tuple[int, int]]] = []
    position, characters = 0, (-1, -1)
    for i, (piece, special) in enumerate(zip(encoding.pieces, encoding.special, strict=True)):
        if special:
            continue
        if piece:
            characters = position, position + len(piece)
            position += len(piece)
        found.append((i, characters))
    return found
