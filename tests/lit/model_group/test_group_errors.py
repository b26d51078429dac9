"""What LIT's models say of records that they cannot take."""

import pytest

from seqsal.lit.model_group import make_group
from seqsal.models.transformers import HFCausalLM
from seqsal.shared import fields
from tests import tiny

PROMPT = "Taste-likes: Cheese\nAnalysis:"


@pytest.mark.parametrize("target", ["", None])
def test_without_mask_and_target_there_is_nothing_to_explain(
    lm: HFCausalLM, target: str | None
) -> None:
    with pytest.raises(ValueError, match="nothing to explain: expected some text in the field"):
        list(
            make_group("m", lm)["_m_salience"].predict(
                [{fields.PROMPT: PROMPT, fields.TARGET: target}]
            )
        )


@pytest.mark.parametrize(
    "name", ["m", "_m_tokenizer", "_m_salience", "_m_logprobs", "_m_embeddings"]
)
@pytest.mark.parametrize("prompt", ["", None])
def test_an_empty_prompt_is_told(lm: HFCausalLM, name: str, prompt: str | None) -> None:
    with pytest.raises(ValueError, match="The prompt is empty. Expected some text"):
        list(make_group("m", lm)[name].predict([{fields.PROMPT: prompt}]))


@pytest.mark.parametrize("name", ["m", "_m_tokenizer", "_m_salience", "_m_logprobs"])
def test_a_prompt_beyond_the_context_is_told_with_both_numbers(lm: HFCausalLM, name: str) -> None:
    with pytest.raises(ValueError, match=r"has \d+ tokens, and 9\d fit"):
        list(make_group("m", lm)[name].predict([{fields.PROMPT: "eggs " * 200}]))


def test_a_mask_of_the_wrong_length_is_told(lm: HFCausalLM) -> None:
    record = {fields.PROMPT: PROMPT, fields.TARGET_MASK: [0.0, 1.0]}
    with pytest.raises(ValueError, match=r"expected \d+, got 2"):
        list(make_group("m", lm)["_m_salience"].predict([record]))


def test_scores_that_are_not_finite_are_told(lm: HFCausalLM) -> None:
    broken = tiny.model("llama")
    broken.model.layers[1].mlp.up_proj.weight.data[0, 0] = float("nan")
    salience = make_group("m", HFCausalLM(broken, lm.tokenizer))["_m_salience"]
    with pytest.raises(ValueError, match="grad_l2 must be finite .* float32 or bfloat16"):
        list(salience.predict([{fields.PROMPT: PROMPT, fields.TARGET: " eggs"}]))
