"""A training text as pieces with loss weights."""

from __future__ import annotations

import dataclasses

# A clause that the text before it does not decide (a guest's taste, the next dish) teaches only the
# form of the language. A clause that follows from the text before it is the purpose of the model.
FREE = 0.2
DECIDED = 1.0
COPIED = 2.0
# The part of the dish that decides an analysis, and the text after it: whether the guest likes it.
NAMED = 5.0
REASON = 4.0
# The first word of a phrase to copy, which chooses among the examples.
CHOSEN = 12.0


@dataclasses.dataclass(frozen=True)
class Piece:
    """A piece of text and the loss weight of its tokens."""

    text: str
    weight: float = FREE


@dataclasses.dataclass(frozen=True)
class Record:
    """One training text: the prompt's pieces and the answer's pieces.

    Attributes:
        kind: `restaurant`, `arithmetic`, `headline`, `uses`, or the name of a drill.
        prompt: the prompt.
        answer: the expected answer; the end-of-text token follows it.
        notes: facts for tests and for the evaluation, such as the phrase to copy.
    """

    kind: str
    prompt: tuple[Piece, ...]
    answer: tuple[Piece, ...]
    notes: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def prompt_text(self) -> str:
        """The prompt as one string."""
        return "".join(piece.text for piece in self.prompt)

    @property
    def answer_text(self) -> str:
        """The answer as one string, with the space or line break before it."""
        return "".join(piece.text for piece in self.answer)

    @property
    def text(self) -> str:
        """The prompt and the answer, joined."""
        return self.prompt_text + self.answer_text

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The pieces of the prompt, then those of the answer."""
        return self.prompt + self.answer


def stated(analysis: str, named: str | None) -> tuple[Piece, ...]:
    """Returns an analysis with a space before it, and the decisive part as its own piece.

    Args:
        analysis: the text after `Analysis:`.
        named: the decisive part of the dish; None if there is none.
    """
    at = analysis.lower().find(named) if named else -1
    if named is None or at < 0:
        return (Piece(f" {analysis}", REASON),)
    # A token includes the space before its word.
    before, after = f" {analysis[:at]}", analysis[at + len(named) :]
    word = analysis[at : at + len(named)]
    return (
        Piece(before.removesuffix(" "), DECIDED),
        Piece(" " + word, NAMED),
        Piece(after, REASON),
    )


def copied(phrase: str) -> tuple[Piece, Piece]:
    """Returns a phrase to copy, with a space before it, as its first word and the rest.

    The first word chooses among the phrases of the examples; the rest follows from it.
    """
    first, space, rest = phrase.partition(" ")
    return Piece(f" {first}", CHOSEN), Piece(space + rest, COPIED)
