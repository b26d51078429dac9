"""Contrasts: why a model wrote one text and not another."""

import dataclasses
import itertools
from collections.abc import Callable, Sequence

from seqsal.attribution.selection import Ranges, TokenSelection
from seqsal.models.causal_lm import Encoding
from seqsal.models.objective import Objective, Term


@dataclasses.dataclass(frozen=True)
class Contrast:
    """The other side of a contrast: the log-probability of another text.

    Attributes:
        ids: the sequence with the other text.
        objective: what is subtracted.
    """

    ids: tuple[int, ...]
    objective: Objective

    def shared_with(self, ids: Sequence[int]) -> int:
        """Returns how many tokens both sequences begin with."""
        pairs = zip(self.ids, ids, strict=False)
        return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))

    def shared_segments(self, ids: Sequence[int], segments: Ranges) -> Ranges:
        """Returns the segments that are in the part that both sequences begin with."""
        shared = self.shared_with(ids)
        return tuple(segment for segment in segments if segment[1] <= shared)


def check_shared(ranges: Ranges, shared: int) -> None:
    """Checks that tokens are in the part that both texts of a contrast begin with.

    Args:
        ranges: ranges of tokens, in order.
        shared: as `Contrast.shared_with` returns it.

    Raises:
        ValueError: a range ends after that part.
    """
    if ranges and ranges[-1][1] > shared:
        raise ValueError(
            f"In a contrast, segments must be in the part that both texts begin with, the first"
            f" {shared} tokens; one ends at {ranges[-1][1]}."
        )


def with_token(encoding: Encoding, selection: TokenSelection, token: int) -> Contrast:
    """Returns the contrast of a selected token with another token in its place.

    Args:
        encoding: the tokens of the text.
        selection: one token.
        token: the id of the other token.

    Raises:
        ValueError: not one token is selected, or the other token is the same.
    """
    if len(selection.positions) != 1 or selection.positions[0] < 1:
        raise ValueError(
            "A contrast with a token needs a selection of one token after the first; got"
            f" {len(selection.positions)} tokens. Select one token, or give the other text."
        )
    (position,) = selection.positions
    if encoding.ids[position] == token:
        raise ValueError(
            f"The other token must differ from the selected one; both are"
            f" {encoding.pieces[position]!r} (id {token})."
        )
    return Contrast(encoding.ids, Objective(frozenset({(Term(position, token), 1.0)})))


def with_text(
    encode: Callable[[str, str], Encoding],
    prompt: str,
    target: str,
    selection: TokenSelection,
    text: str,
) -> Contrast:
    """Returns the contrast of a selected part of the target with another text in its place.

    The white space that the selection begins with stays, unless the text begins with some.

    Args:
        encode: returns the tokens of a prompt and its target.
        prompt: the prompt.
        target: the text after it.
        selection: one run of tokens of the target.
        text: the other text.

    Raises:
        ValueError: the text is empty or the same, several runs are selected, the selection begins
            in the prompt, or the sequence does not fit.
    """
    if not text:
        raise ValueError("The other text of a contrast is empty. Write what to compare with.")
    encoding = encode(prompt, target)
    start = selection.first_character(encoding)
    begin = len(encoding.text_before(target))
    if start < begin:
        raise ValueError(
            "A contrast with another text needs a selection in the target; this one begins in"
            " the prompt."
        )
    selected = "".join(encoding.pieces[position] for position in selection.positions)
    if not text[0].isspace():
        text = selected[: len(selected) - len(selected.lstrip())] + text
    other = encode(prompt, target[: start - begin] + text)
    other_selection = TokenSelection.of_characters(other, start, start + len(text))
    return _of_continuations(encoding, selection, other, other_selection)


def _of_continuations(
    encoding: Encoding,
    selection: TokenSelection,
    other: Encoding,
    other_selection: TokenSelection,
) -> Contrast:
    """Returns the contrast of a selection with another continuation of the text before it.

    Args:
        encoding: the tokens of the text.
        selection: one run of tokens.
        other: the tokens of the text up to the selection, and of the other text after it.
        other_selection: the tokens of the other text.

    Raises:
        ValueError: several runs are selected, or the texts do not differ.
    """
    if len(selection.ranges) != 1:
        raise ValueError(
            "A contrast with another text needs one run of selected tokens; got"
            f" {len(selection.ranges)} runs. Select one part of the text."
        )
    ((start, end),) = selection.ranges
    selected = encoding.ids[:end]
    if other.ids == selected:
        raise ValueError(
            "The other text must differ from the selection; both are"
            f" {''.join(encoding.pieces[start:end])!r}."
        )
    return Contrast(other.ids, other_selection.objective(other.ids))
