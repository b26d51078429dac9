"""LIT's requests: what they may hold; and its answers, without NaN."""

import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from lit_nlp.lib import serialize

from seqsal.lit.app import json_body

_SHOWN: Final = 60


def read(body: bytes, most_inputs: int) -> dict[str, Any] | None:
    """Returns what a request brings along; None for nothing.

    Args:
        body: JSON in UTF-8.
        most_inputs: how many inputs it may have.

    Raises:
        ValueError: it is no JSON object, or its inputs are no list of that many at most.
    """
    if not body:
        return None
    data = _parsed(body)
    if not isinstance(data, dict):
        raise ValueError(f"A request brings a JSON object; got {_shown(data)}.")
    if (inputs := data.get("inputs")) is not None:
        check_count(inputs, most_inputs)
    return data


def check_count(inputs: Any, most: int) -> None:
    """Does nothing where inputs are a list, and not too many.

    Raises:
        ValueError: they are not.
    """
    if not isinstance(inputs, list):
        raise ValueError(f"'inputs' is a list; got {_shown(inputs)}.")
    if len(inputs) > most:
        raise ValueError(
            f"A request may have {most} inputs; this one has {len(inputs)}. Send fewer at a time,"
            " or start the server with a higher --max_inputs."
        )


def check_examples(data: Any) -> None:
    """Does nothing where a request has examples, as LIT's page sends them.

    Raises:
        ValueError: it has none, or one of them is none.
    """
    inputs = data.get("inputs") if isinstance(data, Mapping) else None
    if not isinstance(inputs, list):
        raise ValueError("A JSON object with a list of 'inputs' is needed; got none.")
    for example in inputs:
        if not isinstance(example, Mapping) or not isinstance(example.get("data"), Mapping):
            raise ValueError(
                "Each of the inputs is a JSON object with an object 'data', or the id of an"
                f" example of the dataset that dataset_name names; got {_shown(example)}."
            )


def check_name(what: str, name: str, known: Collection[str]) -> None:
    """Does nothing where a name is among those known.

    Raises:
        ValueError: it is not; LIT itself would raise a bare KeyError.
    """
    if name not in known:
        raise ValueError(
            f"No {what} {_shown(name)} here; the {what}s are {', '.join(known) or 'none'}."
        )


def call(fn: Callable[..., Any], data: Any, options: Mapping[str, str]) -> Any:
    """Returns what a handler of LIT answers to a request.

    Raises:
        ValueError: the address has an option that the handler has not, or none that it needs.
    """
    try:
        inspect.signature(fn).bind(data, **options)
    except TypeError as error:
        raise ValueError(f"The options of the address do not fit: {error}.") from None
    return fn(data, **options)


def write(outputs: Any, simple: bool) -> str:
    """Returns an answer as JSON.

    Args:
        outputs: the answer.
        simple: without the marks from which arrays and tuples can be made again.

    Raises:
        ValueError: a number in it is not finite, for which JSON has no form.
    """
    return serialize.to_json(outputs, simple=simple, allow_nan=False)  # type: ignore[no-any-return]


def _parsed(body: bytes) -> Any:
    try:
        return json_body.parse(body, serialize._obj_from_json)
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        # LIT makes arrays and types of objects that name one.
        raise ValueError(
            f"An object of the request is no array or type of LIT: {error!r}."
        ) from None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
