"""What a rule for labels is given, and what it returns."""

import bisect
import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol, runtime_checkable

Part = tuple[str, int, int]
"""The role of a message or document, and its characters [start, end)."""


@dataclasses.dataclass(frozen=True)
class PromptText:
    """A prompt as the model reads it.

    Attributes:
        text: the prompt, or the contents of its messages, joined.
        parts: its messages and documents, in order; empty for a plain prompt.
        columns: the fields of its record.
    """

    text: str
    parts: tuple[Part, ...] = ()
    columns: Mapping[str, object] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, order=True)
class LabelledSpan:
    """Some characters of a prompt that have a label.

    Attributes:
        start: the first character.
        end: the one after the last.
        label: the same in all records.
        kind: fixed or variable, for the parts of a template; empty for other rules.
    """

    start: int
    end: int
    label: str
    kind: str = ""


@dataclasses.dataclass(frozen=True)
class Labels:
    """The labels of one prompt.

    Attributes:
        spans: in order and without overlap; gaps between them have no label.
        ambiguous: whether the rule could have found other spans, too.
    """

    spans: tuple[LabelledSpan, ...]
    ambiguous: bool = False

    def at(self, character: int) -> LabelledSpan | None:
        """Returns the span that holds a character; None if none does."""
        place = bisect.bisect_right(self.spans, character, key=lambda span: span.start) - 1
        if place >= 0 and character < self.spans[place].end:
            return self.spans[place]
        return None

    @property
    def borders(self) -> list[int]:
        """The characters at which spans start and end, ascending."""
        return sorted({border for span in self.spans for border in (span.start, span.end)})


@runtime_checkable
class LabelRule(Protocol):
    """Finds the labels of prompts. It can be pickled, and gives the same result each time."""

    @property
    def settings(self) -> Mapping[str, str]:
        """What the result depends on, as texts."""

    def find(self, prompt: PromptText) -> Labels:
        """Returns the labels of a prompt.

        Raises:
            ValueError: the prompt is not one that the rule is for, or labels overlap.
        """


@dataclasses.dataclass(frozen=True)
class BuiltInRule:
    """A `LabelRule` that ships with seqsal; its fields are texts.

    Attributes:
        kind: the name of the rule, as on the command line.
    """

    kind: ClassVar[str]

    @property
    def settings(self) -> Mapping[str, str]:
        """The kind and the fields."""
        return {"kind": self.kind, **dataclasses.asdict(self)}


def without_overlap(spans: Sequence[LabelledSpan], text: str) -> tuple[LabelledSpan, ...]:
    """Returns spans in order.

    >>> without_overlap([LabelledSpan(2, 3, "b"), LabelledSpan(0, 2, "a")], "xyz")[0].label
    'a'

    Raises:
        ValueError: two of them overlap.
    """
    ordered = sorted(spans)
    for one, other in itertools.pairwise(ordered):
        if other.start < one.end:
            shared = text[other.start : min(one.end, other.end)]
            raise ValueError(
                f"Labels must not overlap; {one.label!r} and {other.label!r} both hold"
                f" {_short(shared)} at character {other.start}. Change the expression so that each"
                " character has one label."
            )
    return tuple(ordered)


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:39]}…")
