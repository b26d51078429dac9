"""What a record asks for besides its text: the selection, segments, and a contrast."""

from collections.abc import Mapping

from seqsal.attribution.contrast import Contrast
from seqsal.attribution.explainer import Explainer
from seqsal.attribution.selection import TokenSelection
from seqsal.attribution.text_encoder import Record, prompt_of
from seqsal.models.capabilities import Ranges
from seqsal.models.causal_lm import Encoding
from seqsal.shared import fields


def selection_of(record: Record, encoding: Encoding) -> TokenSelection:
    """Returns the tokens that a record selects; without a mask, those of its target.

    Raises:
        ValueError: there is neither mask nor target, or the mask is wrong.
    """
    mask = record.get(fields.TARGET_MASK)
    if mask is not None and len(mask):
        return TokenSelection.from_mask(list(mask), len(encoding))
    if not record.get(fields.TARGET):
        raise ValueError(
            "There is nothing to explain: expected some text in the field 'target', or a"
            " 'target_mask' over the tokens of the prompt; got neither. Let the model"
            " answer the prompt first, or write a target."
        )
    before = encoding.text_before(record[fields.TARGET])
    return TokenSelection.of_target(encoding, len(before))


def stop_of(record: Record) -> list[str] | None:
    """Returns the stop texts of the answer to a record; None for those of the options.

    Raises:
        ValueError: the field holds anything but a list of texts.
    """
    stop = record.get(fields.STOP)
    if stop is None:
        return None
    if not isinstance(stop, list | tuple) or not all(isinstance(text, str) for text in stop):
        raise ValueError(f"stop must be a list of texts that end an answer; got {stop!r}.")
    return list(stop)


def methods_of(record: Record) -> list[str] | None:
    """Returns the names of the methods that a record asks for; None for the model's default.

    Raises:
        ValueError: its field holds anything but names of methods; a request may hold any JSON.
    """
    names = record.get(fields.METHODS)
    if names is not None and not (
        isinstance(names, list | tuple) and all(isinstance(name, str) for name in names)
    ):
        raise ValueError(f"methods must be a list of names of methods; got {names!r}.")
    return list(names) if names else None


def flag_of(record: Record, field: str) -> bool:
    """Returns a field of a record that is true or false; false if it is missing.

    Raises:
        ValueError: it holds anything else.
    """
    value = record.get(field)
    if value is not None and not isinstance(value, bool):
        raise ValueError(f"{field} must be true or false; got {value!r}.")
    return bool(value)


def ranges_of(record: Record, field: str) -> Ranges:
    """Returns the ranges [start, end) of tokens in a field of a record; none if it is missing.

    Raises:
        ValueError: it holds anything else.
    """
    value = record.get(field) or []
    if not isinstance(value, list | tuple):
        raise ValueError(f"{field} must be a list of ranges [start, end); got {value!r}.")
    ranges = []
    for each in value:
        pair = list(each) if isinstance(each, list | tuple) else []
        numbers = all(isinstance(bound, int) and not isinstance(bound, bool) for bound in pair)
        if len(pair) != 2 or not numbers or not 0 <= pair[0] < pair[1]:
            raise ValueError(
                f"{field} must hold ranges [start, end) of tokens, with 0 <= start < end; got"
                f" {each!r}."
            )
        ranges.append((pair[0], pair[1]))
    return tuple(ranges)


def contrast_of(
    record: Record, explainer: Explainer, encoding: Encoding, selection: TokenSelection
) -> Contrast | None:
    """Returns the other side of the contrast that a record asks for, or None.

    Raises:
        ValueError: its field is not {"token": id} or {"text": text}, or the contrast is wrong.
    """
    versus = record.get(fields.VERSUS)
    if versus is None:
        return None
    if isinstance(versus, Mapping) and len(versus) == 1:
        token, text = versus.get("token"), versus.get("text")
        if isinstance(token, int) and not isinstance(token, bool):
            return explainer.token_contrast(encoding, selection, token)
        if isinstance(text, str):
            target = record.get(fields.TARGET) or ""
            return explainer.text_contrast(prompt_of(record), target, selection, text)
    raise ValueError(
        f'versus must be {{"token": id}} with the id of a token, or {{"text": text}}; got'
        f" {versus!r}."
    )
