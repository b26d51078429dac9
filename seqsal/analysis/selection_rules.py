"""Which part of each answer is explained: all of it, its last sentence, or what a pattern finds."""

import dataclasses
import functools
from typing import Final, Protocol, runtime_checkable

from seqsal.analysis.expressions import Expression
from seqsal.results.segmentation import Span, starts

ANSWER: Final = "answer"
LAST_SENTENCE: Final = "last_sentence"


@runtime_checkable
class SelectionRule(Protocol):
    """Chooses a part of an answer. It can be pickled."""

    @property
    def name(self) -> str:
        """The rule as on the command line."""

    def characters(self, answer: str) -> Span:
        """Returns the characters [start, end) of an answer that are explained.

        Raises:
            ValueError: the answer has no such part.
        """


@dataclasses.dataclass(frozen=True)
class WholeAnswer:
    """All of the answer."""

    name: str = ANSWER

    def characters(self, answer: str) -> Span:
        """Returns all characters."""
        if not answer:
            raise ValueError("There is nothing to explain: the answer is empty.")
        return 0, len(answer)


@dataclasses.dataclass(frozen=True)
class LastSentence:
    """The last sentence of the answer, as the page cuts sentences."""

    name: str = LAST_SENTENCE

    def characters(self, answer: str) -> Span:
        """Returns the characters of the last sentence, without white space around it.

        >>> LastSentence().characters("It is sweet. Avoid it. ")
        (13, 22)
        """
        end = len(answer.rstrip())
        if not end:
            raise ValueError("There is no last sentence: the answer is empty.")
        start = max((at for at in starts(answer[:end], "sentences") if at < end), default=0)
        return start + len(answer[start:end]) - len(answer[start:end].lstrip()), end


@dataclasses.dataclass(frozen=True)
class Pattern:
    """The first match of a regular expression: its group 1, or all of it without a group.

    Attributes:
        pattern: an expression of the package `regex`, in which ^ and $ match at line breaks.

    Raises:
        ValueError: it is no expression.
    """

    pattern: str

    def __post_init__(self) -> None:
        _ = self._expression

    @functools.cached_property
    def _expression(self) -> Expression:
        rule = f"select must be {ANSWER}, {LAST_SENTENCE} or a regular expression"
        return Expression(self.pattern, rule)

    @property
    def name(self) -> str:
        """The expression."""
        return self.pattern

    def characters(self, answer: str) -> Span:
        """Returns the characters of group 1, or of the match.

        >>> Pattern("Recommendation: (.*)").characters("Recommendation: Avoid.")
        (16, 22)
        """
        found = self._expression.first(answer)
        if found is None:
            raise ValueError(
                f"The expression {self.pattern!r} must match in the answer; the answer is"
                f" {answer[:200]!r}."
            )
        start, end = found.span(1 if self._expression.groups else 0)
        if start >= end:
            raise ValueError(
                f"The expression {self.pattern!r} must match some text; here it matches nothing"
                f" in the answer {answer[:200]!r}."
            )
        return start, end


def find_selection_rule(select: str | SelectionRule) -> SelectionRule:
    """Returns a rule by its name: answer, last_sentence, or else a regular expression.

    Raises:
        ValueError: it is no expression, or empty.
    """
    if not isinstance(select, str):
        return select
    if not select:
        raise ValueError(
            f"select must be {ANSWER}, {LAST_SENTENCE} or a regular expression; got nothing."
        )
    named: dict[str, SelectionRule] = {ANSWER: WholeAnswer(), LAST_SENTENCE: LastSentence()}
    return named[select] if select in named else Pattern(select)
