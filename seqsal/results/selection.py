"""What a person wants explained: a part of a text, as characters of prompt + target."""

from seqsal.results.segmentation import Span

Selection = str | tuple[int, int] | None
"""A text that occurs once in the target, a range (start, end) of characters of prompt + target, or
None for the target."""


def characters(select: Selection, prompt: str, target: str) -> Span:
    """Returns the characters of prompt + target that are to be explained.

    >>> characters("two", "0 ", "one two"), characters((0, 3), "0 ", "1")
    ((6, 9), (0, 3))
    >>> characters(None, "0", "1")
    (1, 2)

    Args:
        select: a text that occurs once in the target, a range (start, end) of prompt + target, or
            None for the target.
        prompt: the text before the target.
        target: where a text is looked for.

    Raises:
        ValueError: the text does not occur, or several times, or the range is none of this text.
    """
    if select is None:
        return len(prompt), len(prompt) + len(target)
    if isinstance(select, str):
        return _found(select, prompt, target)
    start, end = select
    if not 0 <= start < end <= len(prompt) + len(target):
        raise ValueError(
            f"A range (start, end) to explain must lie in the {len(prompt) + len(target)}"
            " characters of prompt + target, with start before end; got"
            f" {(start, end)}. The target begins at {len(prompt)}."
        )
    return start, end


def _found(text: str, prompt: str, target: str) -> Span:
    places = [len(prompt) + i for i in range(len(target)) if text and target.startswith(text, i)]
    if not places:
        raise ValueError(
            f"The text to explain must occur in the target; {text!r} does not. The target is"
            f" {target!r}."
        )
    if len(places) > 1:
        ranges = ", ".join(f"({place}, {place + len(text)})" for place in places[:5])
        raise ValueError(
            f"The text to explain must occur in the target once; {text!r} occurs {len(places)}"
            f" times. Select one by its characters in prompt + target: {ranges}"
            f"{', ...' if len(places) > 5 else ''}."
        )
    return places[0], places[0] + len(text)
