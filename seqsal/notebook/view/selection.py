"""What a user selects, as ranges of characters."""

from collections.abc import Sequence
from typing import Any

from seqsal.notebook.view.place import Ranges
from seqsal.results.selection import characters


def ranges_of(wish: Any, prompt: str, answer: str) -> Ranges:
    """Returns what is selected as ranges of characters of prompt + answer.

    >>> ranges_of("b", "a b", " b c"), ranges_of((4, 5), "a b", " b c"), ranges_of(None, "a", "b")
    (((4, 5),), ((4, 5),), ())

    Args:
        wish: a text that occurs once in the answer; a range (start, end) of characters of
            prompt + answer; a list of texts and ranges; None for nothing.
        prompt: what the model reads.
        answer: what follows it.

    Raises:
        ValueError: a text does not occur, or more than once, or a range is none of this text.
    """
    parts = [] if wish is None else [wish] if isinstance(wish, str) or _is_range(wish) else wish
    if not isinstance(parts, Sequence):
        raise _not_a_selection(wish)
    return tuple(sorted(_range_of(part, prompt, answer) for part in parts))


def _range_of(part: Any, prompt: str, answer: str) -> tuple[int, int]:
    if not isinstance(part, str) and not _is_range(part):
        raise _not_a_selection(part)
    start, end = characters(part, prompt, answer)
    return int(start), int(end)


def _is_range(value: Any) -> bool:
    return (
        isinstance(value, Sequence)
        and len(value) == 2
        and all(isinstance(number, int) for number in value)
    )


def _not_a_selection(value: Any) -> ValueError:
    return ValueError(
        "A selection is a text of the answer, a range (start, end) of characters of prompt and"
        " answer, or a list of them; got"
        f" {value!r}."
    )
