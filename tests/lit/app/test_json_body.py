"""The nesting of a request is checked before parsing, independently of the parser."""

import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqsal.lit.app import json_body

_JSON = st.recursive(
    st.one_of(st.none(), st.integers(), st.text(alphabet='[]{}"\\a', max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(alphabet='[{"\\', max_size=3), inner, max_size=3),
    ),
)


def _walked(value: Any) -> int:
    """Returns the depth of a value that was parsed."""
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(_walked, value), default=0) if isinstance(value, list) else 0


@given(_JSON)
def test_the_depth_is_that_of_the_parsed_value(value: Any) -> None:
    body = json.dumps(value).encode()
    assert json_body.depth(body) == _walked(value)
    assert json_body.parse(body) == value


def test_the_depth_is_correct_across_chunks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(json_body, "_CHUNK_BYTES", 3)
    for body, deep in ((b'[["[[[", "[\\"[[", [[1]]]]', 4), (b"[],[],[],[]", 1), (b"]]]][", 0)):
        assert json_body.depth(body) == deep


@pytest.mark.parametrize(("start", "end"), [("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize("recursion", [1000, 100_000])
def test_the_error_for_deep_json_names_limit_and_depth(
    start: str, end: str, recursion: int
) -> None:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(recursion)
    try:
        for deep in (65, 500, 20_000):
            body = (start * deep + "1" + end * deep).encode()
            with pytest.raises(
                ValueError, match=rf"expected at most 64 nested lists .* got {deep}\."
            ):
                json_body.parse(body)
        assert json_body.parse((start * 64 + "1" + end * 64).encode())
    finally:
        sys.setrecursionlimit(before)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\xff", "must be in UTF-8; this one is not"),
        (b'{"a": ', "must be JSON; this one is not: Expecting value"),
        (b'{"a": "b', "must be JSON; this one is not: Unterminated string"),
        (b"[NaN]", "JSON has no NaN"),
    ],
)
def test_invalid_json_is_an_error_with_the_reason(body: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        json_body.parse(body)
