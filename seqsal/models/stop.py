"""Finds where an answer reaches a stop text, and which of its tokens stay."""

import re
from collections.abc import Sequence

from seqsal.models.pieces import Continuation, Decode
from seqsal.models.thinking import ThinkingMarks, ends_open, find_blocks


class StopSearch:
    r"""Searches growing answers for stop texts.

    An answer ends before the first stop text after its first visible character: white space at the
    start is no end, so that a model may begin with a line break. A stop text in the thinking before
    the answer is no end either. Tokens are not cut: one that has text before the stop text stays
    whole.

    >>> search = StopSearch(lambda ids: "".join(map(chr, ids)), [()], ["\n"])
    >>> [search.add(0, ord(character)) for character in "\nok\n"], search.kept(0)
    ([False, False, False, True], 3)
    """

    def __init__(
        self,
        decode: Decode,
        prompts: Sequence[Sequence[int]],
        stop: Sequence[str],
        marks: Sequence[ThinkingMarks] = (),
        opened: Sequence[ThinkingMarks | None] | None = None,
    ) -> None:
        """Starts with empty answers.

        Args:
            decode: token ids to text.
            prompts: the ids before each answer.
            stop: the stop texts; none: no answer is ended.
            marks: the marks of the model's thinking.
            opened: the marks of the block that each answer begins in, as `opened_by` returns them;
                None for the open mark that its prompt ends with.
        """
        self._stop = tuple(stop)
        self._answers = []
        for row, prompt in enumerate(prompts if stop else ()):
            continuation = Continuation(decode, prompt)
            begins = ends_open(continuation.known, marks) if opened is None else opened[row]
            self._answers.append(_Answer(continuation, marks, begins))

    def add(self, row: int, token: int) -> bool:
        """Adds a token to an answer; returns whether a stop text ends it."""
        if not self._stop:
            return False
        answer = self._answers[row]
        if answer.kept is None:
            answer.add(token, self._stop)
        return answer.kept is not None

    def kept(self, row: int) -> int | None:
        """Returns how many tokens of an answer stay, or None if no stop text was found."""
        return self._answers[row].kept if self._stop else None


class _Answer:
    def __init__(
        self,
        continuation: Continuation,
        marks: Sequence[ThinkingMarks],
        opened: ThinkingMarks | None,
    ) -> None:
        self._continuation, self._marks, self._opened = continuation, marks, opened
        self._text, self._starts = "", list[int]()
        self.kept: int | None = None

    def add(self, token: int, stop: Sequence[str]) -> None:
        for piece in self._continuation.add(token):
            # The tokens of one character share its start, so that all of them stay or none.
            self._starts.append(len(self._text) if piece else self._starts[-1])
            self._text += piece
        edges = [0, len(self._text)]
        for block in find_blocks(self._text, self._marks, self._opened):
            edges[-1:-1] = block
        found = []
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            visible = end - len(self._text[start:end].lstrip())
            found += [at for text in stop if (at := self._text.find(text, visible, end)) >= 0]
        if found:
            self.kept = sum(start < min(found) for start in self._starts)


def unescaped(text: str) -> str:
    r"""Returns a stop text with line breaks and tabs in place of \n and \t.

    >>> unescaped(r"\n\nTaste"), unescaped(r"a\\n")
    ('\n\nTaste', 'a\\n')
    """
    characters = {"n": "\n", "t": "\t", "\\": "\\"}
    return re.sub(r"\\([nt\\])", lambda match: characters[match[1]], text)
