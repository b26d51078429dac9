"""Regular expressions that people write, with a limit on their time."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Final, TypeVar

import regex

_MAX_SECONDS: Final = 10.0

T = TypeVar("T")


class SlowExpressionError(ValueError):
    """A regular expression takes too long, as those do that nest repetitions."""


@dataclasses.dataclass(frozen=True)
class Expression:
    """An expression of the package `regex`, in which ^ and $ match at line breaks.

    Attributes:
        pattern: the expression.
        rule: the rule that it must follow, for the message if it does not.

    Raises:
        ValueError: it is no expression.
    """

    pattern: str
    rule: str = "Expected a regular expression"

    def __post_init__(self) -> None:
        _ = self._compiled

    @functools.cached_property
    def _compiled(self) -> "regex.Pattern[str]":
        try:
            return regex.compile(self.pattern, regex.MULTILINE)
        except regex.error as error:
            raise ValueError(f"{self.rule}; got {self.pattern!r}: {error}.") from None

    @property
    def groups(self) -> int:
        """The number of groups."""
        return int(self._compiled.groups)

    @property
    def names(self) -> list[str]:
        """The names of the named groups."""
        return [*self._compiled.groupindex]

    def first(self, text: str) -> "regex.Match[str] | None":
        """Returns the first match in a text; None without one.

        Raises:
            SlowExpressionError: the search takes longer than ten seconds.
        """
        return self._limited(lambda: self._compiled.search(text, timeout=_MAX_SECONDS), text)

    def all(self, text: str) -> "list[regex.Match[str]]":
        """Returns all matches in a text.

        Raises:
            SlowExpressionError: the search takes longer than ten seconds.
        """
        return self._limited(lambda: [*self._compiled.finditer(text, timeout=_MAX_SECONDS)], text)

    def _limited(self, search: Callable[[], T], text: str) -> T:
        try:
            return search()
        except TimeoutError:
            raise SlowExpressionError(
                f"The regular expression {self.pattern!r} takes longer than {_MAX_SECONDS:g}"
                f" seconds on a text of {len(text)} characters. Write one that does not nest"
                " repetitions."
            ) from None
