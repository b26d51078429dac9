"""What the models really send is what the front end's tests read, so that the two cannot drift."""

import json
import os
import pathlib
from typing import Any

import numpy as np
import pytest

from seqsal.lit.model_group import make_group
from seqsal.models.causal_lm import GenerationOptions
from seqsal.models.transformers import HFCausalLM
from seqsal.shared import fields
from tests import tiny
from tests.objectives import METHODS

FRONTEND = pathlib.Path(__file__).parents[1] / "seqsal" / "frontend"
FILE = FRONTEND / "test" / "fixtures" / "server.json"
TEXTS = ("emoji", "Chinese and Japanese", "code", "special token typed by the user")
NUMBERS = (*METHODS, fields.LOGPROBS)
WRITE = "SEQSAL_WRITE_FIXTURES"
RENEW = (
    f"{FILE.name} is not what the models send. If that is meant, renew it with:"
    f" {WRITE}=1 python -m pytest tests/{pathlib.Path(__file__).name},"
    " then run the front end's tests."
)


def outputs(lm: HFCausalLM, text: str) -> dict[str, Any]:
    """Returns what the three models send for a text, the second half of which is the target."""
    models = make_group("m", lm, generation=GenerationOptions(max_new_tokens=7))
    cut = len(text) // 2
    record: dict[str, Any] = {fields.PROMPT: text[:cut], fields.TARGET: text[cut:]}
    (answer,) = models["m"].predict([record])
    (tokens,) = models[fields.tokenizer_name("m")].predict([record])
    (logprobs,) = models[fields.logprobs_name("m")].predict([record])
    length = len(tokens[fields.TOKENS])
    mask = [float(i >= length - 2) for i in range(length)]
    (scores,) = models[fields.salience_name("m")].predict([record | {fields.TARGET_MASK: mask}])
    assert scores[fields.TOKENS] == tokens[fields.TOKENS]
    values = {**scores, **logprobs}
    rounded = {field: [_rounded(value) for value in values[field]] for field in NUMBERS}
    answered = {fields.RESPONSE: answer[fields.RESPONSE]}
    return {**record, **answered, **tokens, fields.TARGET_MASK: mask, **rounded}


def _rounded(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.4g}")


def test_the_fixtures_of_the_front_end_are_what_the_models_send(lm: HFCausalLM) -> None:
    sent = {name: outputs(lm, tiny.EXACT_TEXTS[name]) for name in TEXTS}
    if os.environ.get(WRITE):
        FILE.parent.mkdir(exist_ok=True)
        lines = json.dumps(sent, ensure_ascii=False, indent=1)
        FILE.write_text(lines + "\n", encoding="utf-8")
    committed = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}
    assert_same(committed, sent)


def assert_same(committed: dict[str, Any], sent: dict[str, Any]) -> None:
    """Compares texts, tokens and masks exactly, and numbers as far as machines agree on them."""
    assert committed.keys() == sent.keys(), RENEW
    for name, expected in sent.items():
        assert committed[name].keys() == expected.keys(), RENEW
        for field, value in expected.items():
            if field not in NUMBERS:
                assert committed[name][field] == value, f"{name}, {field}: {RENEW}"
                continue
            # In an array of floats None is NaN.
            was, now = (np.array(numbers, float) for numbers in (committed[name][field], value))
            noise = 1e-3 * float(np.nanmax(np.abs(now)))
            close = np.allclose(was, now, rtol=1e-2, atol=noise, equal_nan=True)
            assert close, f"{name}, {field}: {RENEW}"


@pytest.mark.parametrize(
    ("field", "value"), [("tokens", ["a", "c"]), ("grad_l2", [1.0, 2.1]), ("target", "x")]
)
def test_the_error_for_a_difference_names_the_command_that_renews_the_file(
    field: str, value: Any
) -> None:
    sent = {"emoji": {"target": "b", "tokens": ["a", "b"], "grad_l2": [1.0, 2.0]}}
    close = {"emoji": sent["emoji"] | {"grad_l2": [1.001, 1.99]}}
    assert_same(close, sent)
    with pytest.raises(AssertionError, match=f"emoji, {field}: .*{WRITE}=1"):
        assert_same({"emoji": sent["emoji"] | {field: value}}, sent)
