"""Groups tokens into segments that are scored and drawn as one."""

import dataclasses
import itertools
from collections.abc import Sequence
from typing import Final

import regex

from seqsal.models.causal_lm import MessageSpan
from seqsal.results.segmentation import boundaries
from seqsal.results.segmentation.characters import SPACE

Span = tuple[int, int]
"""A range [start, end)."""

_VISIBLE: Final = regex.compile(rf"[^\x00-\x20\x85{SPACE}]")
_BLANK: Final = regex.compile(f"[{SPACE}]*")


@dataclasses.dataclass(frozen=True)
class Segment:
    """A run of tokens.

    Attributes:
        text: the text of the tokens, or the name of a special token.
        tokens: the range of tokens in the sequence.
        chars: the range of characters of prompt + target; empty for a special token.
        region: prompt or target.
        special: whether it is a single special token, which has no text.
        role: the role of its message; empty outside of messages.
        thinking: whether it is in a block of thinking.
    """

    text: str
    tokens: Span
    chars: Span
    region: str
    special: bool
    role: str = ""
    thinking: bool = False


def segment_tokens(
    pieces: Sequence[str],
    special: Sequence[bool],
    prompt_length: int,
    granularity: str,
    *,
    match: str = "ends",
    messages: Sequence[MessageSpan] = (),
    thinking: Sequence[Span] = (),
    cuts: Sequence[int] = (),
) -> list[Segment]:
    """Returns segments that cover every token once, in order.

    A token belongs to the segment of its first visible character, so that a cut inside of a
    token moves to the token's edge. White space alone is not a segment, except with the
    granularity tokens. No segment crosses the border between prompt and target, between two
    messages, or of a block of thinking; each message and each block is cut as a text of its own.

    >>> [s.text for s in segment_tokens(["One", ".", " Two"], [False] * 3, 8, "sentences")]
    ['One.', ' Two']

    Args:
        pieces: the exact text of each token.
        special: for each token, whether it is a special token.
        prompt_length: the number of characters of the prompt.
        granularity: tokens, messages, or as in `boundaries.starts`.
        match: as in `boundaries.starts`.
        messages: the messages of the prompt.
        thinking: the tokens of each block of thinking in the target.
        cuts: characters of prompt + target at which segments start, too; not for tokens.

    Raises:
        ValueError: as in `boundaries.starts`.
    """
    layout = _TokenLayout(pieces, special, prompt_length, messages, thinking)
    if granularity == "tokens":
        return [layout.segment(run) for run in layout.token_runs()]
    starts = [*layout.starts(granularity, match), *cuts]
    return [layout.segment(run) for run in layout.without_blank(layout.runs(starts))]


class _TokenLayout:
    """The positions of tokens in their text."""

    def __init__(
        self,
        pieces: Sequence[str],
        special: Sequence[bool],
        prompt_length: int,
        messages: Sequence[MessageSpan],
        thinking: Sequence[Span],
    ) -> None:
        self._names, self._special, self._prompt_length = pieces, special, prompt_length
        self._messages = [span for span in messages if span.start < span.stop]
        self._thinking = thinking
        self._number = [-1] * len(pieces)
        parts = [(span.start, span.stop) for span in self._messages]
        for number, (start, stop) in enumerate([*parts, *thinking]):
            self._number[start:stop] = [number] * (stop - start)
        exact = ["" if s else piece for piece, s in zip(pieces, special, strict=True)]
        self.text = "".join(exact)
        self._edges = [0, *itertools.accumulate(map(len, exact))]
        self._borders = self._find_borders()

    def _find_borders(self) -> list[int]:
        """Returns the characters at which messages, the target after them, and thinking begin.

        Those at which thinking ends are among them.
        """
        starts = {self._edges[span.start] for span in self._messages}
        # A target that continues the last message is one text with it.
        if self._messages and any(self._special[self._messages[-1].stop :]):
            starts.add(self._prompt_length)
        starts |= {self._edges[edge] for block in self._thinking for edge in block}
        return sorted(starts - {0, len(self.text)})

    def starts(self, granularity: str, match: str) -> list[int]:
        """Returns the character offsets at which segments start."""
        if granularity not in boundaries.UNITS:  # A pattern is for the whole text.
            return boundaries.starts(self.text, granularity, match=match)
        edges = [0, *self._borders, len(self.text)]
        return [
            begin + start
            for begin, end in itertools.pairwise(edges)
            for start in boundaries.starts(self.text[begin:end], granularity, match=match)
        ]

    def token_runs(self) -> list[Span]:
        """Returns one run per token, but one for all tokens that share a character."""
        runs: list[Span] = []
        for i in range(len(self._names)):
            if runs and self._continues(i) and not self._special[i - 1]:
                runs[-1] = runs[-1][0], i + 1
            else:
                runs.append((i, i + 1))
        return runs

    def runs(self, starts: Sequence[int]) -> list[Span]:
        """Returns the runs of tokens between character offsets."""
        border = {self._prompt_length} if 0 < self._prompt_length < len(self.text) else set()
        cuts = sorted({*starts, *border, *self._borders})
        runs: list[Span] = []
        piece, last = 0, -1
        for i in range(len(self._names)):
            if not self._continues(i):
                at = self._first_visible(i)
                while piece < len(cuts) and cuts[piece] <= at:
                    piece += 1
            apart = self._special[i] or (i > 0 and self._special[i - 1])
            if runs and piece == last and not apart:
                runs[-1] = runs[-1][0], i + 1
            else:
                runs.append((i, i + 1))
            last = piece
        return runs

    def without_blank(self, runs: Sequence[Span]) -> list[Span]:
        """Joins runs of white space to the run before, or if there is none, to the run after."""
        joined: list[Span] = []
        blank_before = False
        for run in runs:
            blank = not self._special[run[0]] and _BLANK.fullmatch(self._chars(run)) is not None
            joinable = bool(joined) and self._same_kind(joined[-1], run)
            if joinable and (blank or blank_before):
                joined[-1] = joined[-1][0], run[1]
            else:
                joined.append(run)
            blank_before = blank and (not joinable or blank_before)
        return joined

    def segment(self, run: Span) -> Segment:
        """Returns a run as a segment."""
        special = bool(self._special[run[0]])
        return Segment(
            text=self._names[run[0]] if special else self._chars(run),
            tokens=run,
            chars=(self._edges[run[0]], self._edges[run[1]]),
            region=self._region(run),
            special=special,
            role="" if special else self._role(run),
            thinking=self._number[run[0]] >= len(self._messages),
        )

    def _role(self, run: Span) -> str:
        """Returns the role of the message that a run begins in."""
        number = self._number[run[0]]
        return self._messages[number].role if 0 <= number < len(self._messages) else ""

    def _continues(self, i: int) -> bool:
        """Whether a token shares the character of the one before it."""
        return self._edges[i] == self._edges[i + 1] and not self._special[i]

    def _first_visible(self, i: int) -> int:
        found = _VISIBLE.search(self.text, self._edges[i], self._edges[i + 1])
        return int(found.start()) if found else self._edges[i]

    def _chars(self, run: Span) -> str:
        return self.text[self._edges[run[0]] : self._edges[run[1]]]

    def _region(self, run: Span) -> str:
        return "prompt" if self._first_visible(run[0]) < self._prompt_length else "target"

    def _same_kind(self, a: Span, b: Span) -> bool:
        special = self._special[a[0]] or self._special[b[0]]
        same = self._region(a) == self._region(b)
        return not special and same and self._number[a[0]] == self._number[b[0]]
