"""The blocks that a text is shown in: the prompt or its messages, and the target."""

import bisect
import dataclasses
import itertools
from collections.abc import Sequence

from seqsal.models.causal_lm import MessageSpan
from seqsal.results.heatmap import ColouredSegment
from seqsal.results.scored_text import ScoredText
from seqsal.shared.messages import CALLS, DOCUMENT


@dataclasses.dataclass(frozen=True)
class Block:
    """Segments below a label.

    Attributes:
        label: Prompt, the role of a message, Thinking, or Response or Target.
        region: prompt or target.
        segments: what it holds.
    """

    label: str
    region: str
    segments: tuple[ColouredSegment, ...]


def blocks_of(text: ScoredText, segments: Sequence[ColouredSegment]) -> list[Block]:
    """Returns segments of a text in blocks, in order; messages without a segment have none."""
    starts, labels = [span.start for span in text.messages], message_labels(text.messages)

    def block(coloured: ColouredSegment) -> tuple[str, int]:
        segment = coloured.segment
        if segment.region == "target":
            return segment.region, int(segment.thinking)
        if not starts:
            return segment.region, 0
        return "prompt", max(0, bisect.bisect_right(starts, segment.tokens[0]) - 1)

    return [
        Block(
            ("Thinking" if number else text.source.capitalize())
            if region == "target"
            else (labels[number] if labels else "Prompt"),
            region,
            tuple(members),
        )
        for (region, number), members in itertools.groupby(segments, key=block)
    ]


def message_labels(messages: Sequence[MessageSpan]) -> list[str]:
    """Returns what messages are called; documents and calls of tools have numbers.

    >>> message_labels([MessageSpan("document", 0, 2), MessageSpan("user", 3, 4)])
    ['Document 1', 'User']
    """
    numbers = {DOCUMENT: itertools.count(1), CALLS: itertools.count(1)}
    names = {CALLS: "Call"}
    return [
        f"{names.get(span.role, span.role.capitalize())} {next(numbers[span.role])}"
        if span.role in numbers
        else span.role.capitalize()
        for span in messages
    ]
