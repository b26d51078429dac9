"""Labels by the named groups of a regular expression."""

import dataclasses
import functools
from typing import ClassVar

from seqsal.analysis.expressions import Expression
from seqsal.analysis.labels.rule import (
    BuiltInRule,
    LabelledSpan,
    Labels,
    PromptText,
    without_overlap,
)


@dataclasses.dataclass(frozen=True)
class PatternLabels(BuiltInRule):
    r"""Labels what the named groups of an expression match, with the names of the groups.

    >>> rule = PatternLabels(r"Q: (?P<question>.*)")
    >>> [(each.label, each.start) for each in rule.find(PromptText("Q: Why?\nQ: How?")).spans]
    [('question', 3), ('question', 11)]

    Attributes:
        pattern: an expression of the package `regex`, in which ^ and $ match at line breaks. It is
            searched everywhere, and a group that repeats has all of its matches.

    Raises:
        ValueError: it is no expression, or has no named group.
    """

    kind: ClassVar[str] = "pattern"
    pattern: str

    def __post_init__(self) -> None:
        if not self._expression.names:
            raise ValueError(
                r"An expression for labels needs a named group, such as (?P<question>Q: .*); got"
                f" {self.pattern!r}."
            )

    @functools.cached_property
    def _expression(self) -> Expression:
        return Expression(self.pattern, "Expected a regular expression for labels")

    def find(self, prompt: PromptText) -> Labels:
        """Returns the labels of a prompt; none if nothing matches.

        Raises:
            ValueError: two groups match the same character, or the search takes too long.
        """
        spans = [
            LabelledSpan(start, end, name)
            for match in self._expression.all(prompt.text)
            for name in self._expression.names
            for start, end in match.spans(name)
            if start < end
        ]
        return Labels(without_overlap(spans, prompt.text))
