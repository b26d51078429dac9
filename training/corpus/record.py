"""What one training text is made of: pieces, each with a weight for the loss."""

from __future__ import annotations

import dataclasses

# A clause that nothing in the text decides (a guest's taste, the next dish) teaches the shape of
# the language only; a clause that follows from the text before it is what the model is for.
FREE = 0.2
DECIDED = 1.0
COPIED = 2.0
# The word of an analysis on which the rest hangs, the part of the dish that meets a taste, and
# what follows it: whether that is liked or not.
NAMED = 5.0
REASON = 4.0
# The first word of a phrase to be copied, where the choice among the examples is made.
CHOSEN = 12.0


@dataclasses.dataclass(frozen=True)
class Piece:
    """A stretch of text and how much its tokens count in the training loss."""

    text: str
    weight: float = FREE


@dataclasses.dataclass(frozen=True)
class Record:
    """One training text: the prompt's pieces and the answer's pieces.

    Attributes:
        kind: what was made: `restaurant`, `arithmetic`, `headline`, `uses`, or the name of a drill.
        prompt: what a person would type; ends where the model goes on.
        answer: what the model should write; the end-of-text token follows it.
        notes: facts for tests and for the evaluation, such as the phrase to be copied.
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
        """The answer as one string; it starts with the space or line break that parts it."""
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
    """Returns an analysis with a space before it, the part of the dish that it names apart.

    Args:
        analysis: what stands after `Analysis:`.
        named: the part; None if the analysis names none that matters.
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
    """Returns a phrase to be copied, with a space before it, as its first word and the rest.

    With the first word the model chooses among the phrases of the examples; the rest only follows.
    """
    first, space, rest = phrase.partition(" ")
    return Piece(f" {first}", CHOSEN), Piece(space + rest, COPIED)
