"""Results of tools after calls were removed from a prompt on the page."""

import json
import pathlib
from typing import Any

import pytest

from seqsal.models.chat.turns import STYLES, turns
from seqsal.shared.messages import parse_messages

FRONTEND = pathlib.Path(__file__).parents[2] / "seqsal" / "frontend"
CASES = json.loads((FRONTEND / "test" / "fixtures" / "removed_calls.json").read_text())
"""The front end's tests check that it writes what is `left` of each prompt."""


def _results(prompt: str) -> dict[str, dict[str, Any]]:
    """Returns what a chat template gets of each result, by its content."""
    messages = parse_messages(prompt)
    assert messages is not None
    texts = [message.content for message in messages]
    chat, _ = turns(messages, texts, in_messages=True, style=STYLES[0])
    return {turn["content"]: turn for turn in chat if turn["role"] == "tool"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_result_that_is_left_answers_the_same_call(case: dict[str, Any]) -> None:
    before, after = _results(case["prompt"]), _results(case["left"])
    assert after
    for content, result in after.items():
        # A second result of the same call has none by its place.
        assert result == before[content]
