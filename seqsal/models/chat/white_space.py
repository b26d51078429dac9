"""Contents around whose thinking a template writes other white space.

Qwen 3 strips the line breaks within and after the thinking of the last answer, and writes its own.
White space that only the template writes belongs to the template; what it leaves out belongs to the
token after it.
"""

import re
from collections.abc import Sequence

from seqsal.models.chat.slots import Shown
from seqsal.models.thinking import ThinkingMarks


def find_with_other_space(
    content: str, marks: Sequence[ThinkingMarks], rendered: str, position: int, following: str
) -> tuple[int, Shown] | None:
    r"""Returns where a template shows a content with other white space next to its marks.

    >>> marks = [ThinkingMarks("<think>", "</think>")]
    >>> shown = "assistant: <think>\nHm.\n</think>\n\nAnn."
    >>> start, found = find_with_other_space("<think>Hm.</think>Ann.", marks, shown, 0, "")
    >>> start, found.text[:7], found.added
    (11, '<think>', ((7, 8), (11, 12), (20, 22)))

    Args:
        content: what the message holds.
        marks: the marks of the model.
        rendered: what the template makes of all messages.
        position: where to search from.
        following: what the template writes after the content.

    Returns:
        The place and what is there; None if the content holds no marks, or is not there.
    """
    names = [text for mark in marks for text in (mark.open, mark.close, mark.answer) if text]
    if not any(name in content for name in names):
        return None
    parts = re.split(f"({'|'.join(map(re.escape, names))})", content)
    pattern = r"\s*".join(re.escape(part.strip()) for part in parts if part.strip())
    found = re.compile(rf"({pattern}\s*?){re.escape(following)}").search(rendered, position)
    return None if found is None else (found.start(), _aligned(content, found[1]))


def _aligned(content: str, shown: str) -> Shown:
    """Returns how a text is shown that differs only in white space."""
    offsets, added, at = list[int](), list[tuple[int, int]](), 0
    for index, character in enumerate(shown):
        if content.startswith(character, at):
            at += 1
        elif character.isspace():
            start = added.pop()[0] if added and added[-1][1] == index else index
            added.append((start, index + 1))
        else:
            at = content.index(character, at) + 1  # It leaves out white space.
        offsets.append(at)
    return Shown(shown, 0, tuple(offsets), tuple(added))
