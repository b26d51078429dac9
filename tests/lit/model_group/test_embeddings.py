from typing import Any

import numpy as np
import pytest

from seqsal.lit.model_group import make_group
from seqsal.lit.model_group.embeddings import mean_embedding
from seqsal.models.causal_lm import Encoding, GenerationOptions
from seqsal.models.transformers import HFCausalLM
from tests import tiny

PROMPT = "Taste-likes: Cheese\nAnalysis:"


def _table(lm: HFCausalLM) -> Any:
    return lm.model.get_input_embeddings().weight.detach().numpy()


def _group(lm: HFCausalLM, **generation: Any) -> dict[str, Any]:
    return make_group("m", lm, generation=GenerationOptions(max_new_tokens=7, **generation))


def test_a_text_is_the_mean_of_its_rows_of_the_table_without_special_tokens(
    lm: HFCausalLM,
) -> None:
    encoding = lm.encode(PROMPT)
    assert encoding.special == (True, *[False] * (len(encoding) - 1))
    expected = _table(lm)[list(encoding.ids[1:])].astype(np.float64).mean(axis=0)
    np.testing.assert_allclose(mean_embedding(lm, encoding), expected, rtol=1e-5, atol=1e-6)


def test_rows_are_those_that_salience_is_about(lm: HFCausalLM) -> None:
    gemma = HFCausalLM(tiny.model("gemma"), lm.tokenizer)  # It scales them on the way in.
    ids = gemma.encode(PROMPT).ids
    trace = gemma.trace(ids)
    np.testing.assert_array_equal(gemma.embed(ids), trace.to_numpy(trace.embeddings))


def test_a_text_without_tokens_is_the_origin(lm: HFCausalLM) -> None:
    begin = lm.encode("")
    assert all(begin.special)
    for nothing in (begin, Encoding(ids=(), pieces=(), special=())):
        np.testing.assert_array_equal(mean_embedding(lm, nothing), np.zeros(24, np.float32))


def test_answers_come_with_the_points_of_prompt_and_answer(lm: HFCausalLM) -> None:
    (output,) = _group(lm)["m"].predict([{"prompt": PROMPT}])
    ((answer,),) = lm.generate([lm.encode(PROMPT)], GenerationOptions(max_new_tokens=7))
    of_answer = _table(lm)[list(answer.encoding.ids)].mean(axis=0)
    of_prompt = mean_embedding(lm, lm.encode(PROMPT))
    np.testing.assert_allclose(output["response_embeddings"], of_answer, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(output["prompt_embeddings"], of_prompt)


def test_of_several_answers_the_likeliest_is_the_point(lm: HFCausalLM) -> None:
    (output,) = _group(lm, num_samples=3, temperature=1.0)["m"].predict([{"prompt": PROMPT}])
    (again,) = _group(lm)["m"].predict([{"prompt": PROMPT, "response": output["response"][0][0]}])
    assert output["response_embeddings"].shape == again["response_embeddings"].shape == (24,)


def test_prompts_are_placed_without_being_answered(
    lm: HFCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HFCausalLM, "generate", pytest.fail)
    monkeypatch.setattr(HFCausalLM, "trace", pytest.fail)
    outputs = list(_group(lm)["_m_embeddings"].predict([{"prompt": PROMPT}, {"prompt": "The"}]))
    for output, text in zip(outputs, (PROMPT, "The"), strict=True):
        expected = mean_embedding(lm, lm.encode(text))
        np.testing.assert_array_equal(output["prompt_embeddings"], expected)


def test_points_are_those_of_lits_own_wrapper(lm: HFCausalLM) -> None:
    from lit_nlp.examples.prompt_debugging import transformers_lms

    model, tokenizer = tiny.model("llama"), tiny.byte_level_tokenizer()
    model.framework, tokenizer.padding_side = "pt", "left"
    lit = transformers_lms.HFGenerativeModel(model=model, tokenizer=tokenizer, max_length=30)
    # It takes the number of tokens for the second of two prompts only (lit-nlp 1.3.1), and
    # counts special tokens.
    _, expected = lit.predict([{"prompt": "The quick"}] * 2)
    tokens = lm.encode("The quick")
    others = mean_embedding(lm, tokens) * (len(tokens) - 1)
    ours = (others + _table(lm)[tokens.ids[0]]) / len(tokens)
    np.testing.assert_allclose(expected["prompt_embeddings"], ours, rtol=1e-4, atol=1e-5)
