"""The default labels: what a line begins with, up to its first colon."""

import dataclasses
from collections.abc import Iterator
from typing import ClassVar, Final

from seqsal.analysis.labels.rule import BuiltInRule, LabelledSpan, Labels, PromptText

_MAX_LABEL: Final = 60
"""Characters. What is longer is prose that happens to have a colon."""


@dataclasses.dataclass(frozen=True)
class LineLabels(BuiltInRule):
    """Labels a line `Taste-likes: cheese` with `Taste-likes`; a line without a colon has none.

    White space or the end of the line follows the colon, and the label has at most 60 characters.
    """

    kind: ClassVar[str] = "lines"

    def find(self, prompt: PromptText) -> Labels:
        """Returns the labels of a prompt."""
        return Labels(tuple(line_labels(prompt.text)))


def line_labels(text: str) -> Iterator[LabelledSpan]:
    r"""Yields each line of a text that has a label.

    >>> [(each.label, each.start, each.end) for each in line_labels("Hi\nDish: egg: a\n\nSee:")]
    [('Dish', 3, 16), ('See', 17, 21)]
    """
    start = 0
    for line in text.split("\n"):
        end = min(start + len(line) + 1, len(text))
        head, colon, rest = line.partition(":")
        label = head.strip()
        if colon and 0 < len(label) <= _MAX_LABEL and (not rest or rest[0].isspace()):
            yield LabelledSpan(start, end, label)
        start = end
