"""Reads and checks LIT's requests, and writes responses without NaN."""

import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from lit_nlp.lib import serialize

from seqsal.lit.app import json_body

_SHOWN: Final = 60


def read(body: bytes, max_inputs: int) -> dict[str, Any] | None:
    """Returns the JSON object in the body of a request; None for an empty body.

    Args:
        body: JSON in UTF-8.
        max_inputs: the maximum number of inputs.

    Raises:
        ValueError: the body is not a JSON object, or its inputs are not a list of at most
            max_inputs elements.
    """
    if not body:
        return None
    data = _parsed(body)
    if not isinstance(data, dict):
        raise ValueError(f"The body of a request must be a JSON object; got {_shown(data)}.")
    if (inputs := data.get("inputs")) is not None:
        check_count(inputs, max_inputs)
    return data


def check_count(inputs: Any, maximum: int) -> None:
    """Returns if inputs are a list of at most maximum elements.

    Raises:
        ValueError: they are not.
    """
    if not isinstance(inputs, list):
        raise ValueError(f"'inputs' must be a list; got {_shown(inputs)}.")
    if len(inputs) > maximum:
        raise ValueError(
            f"A request may have {maximum} inputs; this one has {len(inputs)}. Send fewer at a"
            " time, or start the server with a higher --max_inputs."
        )


def check_examples(data: Any) -> None:
    """Returns if a request has a list of examples in the format that LIT's page sends.

    Raises:
        ValueError: the list is missing, or an element is not an example.
    """
    inputs = data.get("inputs") if isinstance(data, Mapping) else None
    if not isinstance(inputs, list):
        raise ValueError("Expected a JSON object with a list 'inputs'; got none.")
    for example in inputs:
        if not isinstance(example, Mapping) or not isinstance(example.get("data"), Mapping):
            raise ValueError(
                "Each of the inputs must be a JSON object with an object 'data', or the id of an"
                f" example of the dataset that dataset_name names; got {_shown(example)}."
            )


def check_name(kind: str, name: str, known: Collection[str]) -> None:
    """Returns if a name is known.

    Raises:
        ValueError: it is not; LIT itself would raise a bare KeyError.
    """
    if name not in known:
        raise ValueError(
            f"No {kind} {_shown(name)} here; the {kind}s are {', '.join(known) or 'none'}."
        )


def call(fn: Callable[..., Any], data: Any, options: Mapping[str, str]) -> Any:
    """Returns the result of one of LIT's handlers.

    Raises:
        ValueError: the query string has an unknown option, or lacks a required one.
    """
    try:
        inspect.signature(fn).bind(data, **options)
    except TypeError as error:
        raise ValueError(f"The options in the query string are wrong: {error}.") from None
    return fn(data, **options)


def to_json(outputs: Any, *, simple: bool) -> str:
    """Returns a response as JSON.

    Args:
        outputs: the content of the response.
        simple: whether to omit the type marks from which arrays and tuples can be restored.

    Raises:
        ValueError: a number is not finite, which JSON cannot represent.
    """
    return serialize.to_json(outputs, simple=simple, allow_nan=False)  # type: ignore[no-any-return]


def _parsed(body: bytes) -> Any:
    try:
        return json_body.parse(body, serialize._obj_from_json)
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        # LIT converts objects that name a class into arrays and types.
        raise ValueError(
            f"An object of the request is not an array or a type of LIT: {error!r}."
        ) from None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
