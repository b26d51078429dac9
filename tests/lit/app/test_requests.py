"""Validation of LIT's requests, and the JSON of its responses."""

import json
from typing import Any

import numpy as np
import pytest

from seqsal.lit.app import requests


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"[1]", r"The body of a request must be a JSON object; got \[1\]\."),
        (b'"x"', "The body of a request must be a JSON object; got 'x'"),
        (b'{"inputs": {}}', "'inputs' must be a list; got {}"),
        (b'{"inputs": [1, 2, 3, 4]}', "may have 3 inputs; this one has 4. .* --max_inputs"),
        (b'{"inputs": [NaN]}', "JSON has no NaN"),
        (b'{"a": -Infinity}', "JSON has no -Infinity"),
        (b'{"a": "\xff"}', "must be in UTF-8"),
        (b"[" * 200_000, "nested too deeply"),
        (b"{", "Expecting property name"),
        (b'{"__class__": "np.ndarray"}', "is not an array or a type of LIT"),
        (b'{"__class__": "tuple", "__value__": 5}', "is not an array or a type of LIT"),
    ],
)
def test_an_invalid_request_is_an_error_with_the_reason(body: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        requests.read(body, 3)


def test_a_valid_request_is_parsed() -> None:
    assert requests.read(b"", 3) is None
    assert requests.read('{"inputs": [1, 2, 3], "x": "é"}'.encode(), 3) == {
        "inputs": [1, 2, 3],
        "x": "é",
    }
    array = requests.read(b'{"x": {"__class__": "np.ndarray", "__value__": [1, 2]}}', 3)
    assert array is not None
    assert array["x"].tolist() == [1, 2]


@pytest.mark.parametrize("data", [None, {}, {"inputs": [5]}, {"inputs": [{"data": 5}]}])
def test_invalid_examples_are_an_error(data: Any) -> None:
    with pytest.raises(ValueError, match="'inputs'|the inputs must be a JSON object"):
        requests.check_examples(data)


def test_the_error_for_an_unknown_name_lists_the_known_ones() -> None:
    requests.check_name("model", "a", ["a", "b"])
    with pytest.raises(ValueError, match="No model 'x' here; the models are a, b."):
        requests.check_name("model", "x", ["a", "b"])


def test_wrong_options_are_an_error_and_errors_of_the_handler_pass_through() -> None:
    def handler(data: Any, *, model: str) -> str:
        return f"{data} {model}"

    assert requests.call(handler, 1, {"model": "m"}) == "1 m"
    for options in ({}, {"model": "m", "data": "2"}, {"model": "m", "other": "x"}):
        with pytest.raises(ValueError, match="The options in the query string are wrong"):
            requests.call(handler, 1, options)

    def fails(data: Any) -> None:
        raise TypeError("of its own")

    with pytest.raises(TypeError, match="of its own"):
        requests.call(fails, 1, {})


def test_a_response_never_has_nan() -> None:
    assert json.loads(requests.to_json({"a": np.float32(1.5)}, simple=True)) == {"a": 1.5}
    for value in (float("nan"), np.array([1, np.inf])):
        with pytest.raises(ValueError, match="Out of range float"):
            requests.to_json({"a": value}, simple=True)
