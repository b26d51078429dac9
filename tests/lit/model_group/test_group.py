"""The LIT models of one language model: their outputs, alone and in batches."""

from typing import Any

import numpy as np
import pytest
import torch

from seqsal.attribution.selection import TokenSelection
from seqsal.lit.model_group import make_group
from seqsal.models.causal_lm import Encoding, GenerationOptions
from seqsal.models.transformers import HFCausalLM
from seqsal.shared import fields
from tests import reasoning, tiny
from tests.objectives import objectives

PROMPT = "Taste-likes: Cheese\nAnalysis:"


class _Counting(HFCausalLM):
    """Counts its forward passes, and the prompts that it is asked to answer."""

    forwards = prompts = 0

    def trace(self, *args: Any, **kw: Any) -> Any:
        self.forwards += 1
        return super().trace(*args, **kw)

    def generate(self, prompts: Any, options: Any) -> Any:
        self.prompts += len(prompts)
        return super().generate(prompts, options)


def _group(lm: HFCausalLM, batch_size: int = 1, **generation: Any) -> dict[str, Any]:
    options = GenerationOptions(**generation)
    return make_group("m", lm, batch_size=batch_size, generation=options)


def _mask(length: int, *selected: int) -> list[float]:
    return [float(i in selected) for i in range(length)]


def test_the_models_have_the_names_that_lit_expects(lm: HFCausalLM) -> None:
    others = [
        "tokenizer",
        "salience",
        "logprobs",
        "removal",
        "totals",
        "alternatives",
        "embeddings",
    ]
    assert list(_group(lm)) == ["m", *(f"_m_{other}" for other in others)]


def test_outputs_have_the_fields_of_the_specs(lm: HFCausalLM) -> None:
    for model in _group(lm).values():
        record = {fields.PROMPT: PROMPT, fields.TARGET: " eggs"}
        (output,) = model.predict([record | {fields.POSITION: 3, fields.REMOVAL: [[1, 3]]}])
        spec = model.output_spec()
        required = {name for name, field in spec.items() if field.required}
        assert required <= set(output) <= set(spec)


@pytest.mark.parametrize("applies", [False, True])
def test_messages_are_sent_with_their_tokens(applies: bool) -> None:
    tokenizer = tiny.byte_level_tokenizer()
    tokenizer.chat_template = tiny.CHAT_TEMPLATE
    group = _group(HFCausalLM(tiny.model("llama"), tokenizer, chat_template=applies))
    record = {fields.PROMPT: "system:\nBe brief.\n\nuser:\nHi?", fields.TARGET: " Yes."}
    (output,) = group["_m_tokenizer"].predict([record])
    tokens = output[fields.TOKENS]
    texts = ["".join(tokens[slice(*each["tokens"])]) for each in output[fields.MESSAGES]]
    assert texts == ["Be brief.", "Hi?"]
    assert [each["role"] for each in output[fields.MESSAGES]] == ["system", "user"]
    (logprobs,) = group["_m_logprobs"].predict([record])
    known = [i for i, value in enumerate(logprobs[fields.LOGPROBS]) if value is not None]
    assert "".join(tokens[i] for i in known) == " Yes."
    (scores,) = group["_m_salience"].predict([record])
    assert np.flatnonzero(scores["grad_l2"])[-1] == known[-1] - 1
    (plain,) = group["_m_tokenizer"].predict([record | {fields.PROMPT: "Hi?"}])
    assert plain[fields.MESSAGES] == []
    use = group["_m_salience"].output_spec()[fields.CHAT_TEMPLATE].vocab
    assert use == ["all" if applies else "messages"]


def test_thinking_is_sent_with_its_tokens_and_passed_on_for_masks_that_ask_for_it() -> None:
    group = _group(reasoning.lm())
    prompt = "user:\nWho?\n\nassistant:\n<think>Hm.</think>Ann.\n\nuser:\nWhy?"
    record = {fields.PROMPT: prompt, fields.TARGET: "<think>Rain.</think>It rained. So."}
    (output,) = group["_m_tokenizer"].predict([record])
    ((start, end),) = output[fields.THINKING]
    assert "".join(output[fields.TOKENS][start:end]) == "<think>Rain.</think>"
    assert output[fields.OMITTED] == [[4, 22]]
    count = len(output[fields.TOKENS])
    masks = [_mask(count, end, end + 1), _mask(count, count - 1)]
    salience = group["_m_salience"]
    assert fields.THROUGH_THINKING in salience.input_spec()
    assert salience.output_spec()[fields.THINKING_MARKS].vocab == ['["<think>", "</think>"]']
    asked = [record | {fields.TARGET_MASK: mask} for mask in masks]
    passed = [each | {fields.THROUGH_THINKING: True} for each in asked]
    plain, *others = list(salience.predict([asked[0], passed[0], passed[1], asked[1]]))
    assert plain["grad_l2"][start:end].any()
    assert [bool(each["grad_l2"][start:end].any()) for each in others] == [False, False, True]
    np.testing.assert_allclose(plain["grad_l2"].sum(), others[0]["grad_l2"].sum(), rtol=1e-4)
    (alone,) = salience.predict([passed[1]])
    np.testing.assert_allclose(alone["grad_l2"], others[1]["grad_l2"], rtol=1e-3, atol=1e-6)
    with pytest.raises(ValueError, match="through_thinking must be true or false; got 'yes'"):
        list(salience.predict([asked[0] | {fields.THROUGH_THINKING: "yes"}]))


def test_a_model_without_a_chat_template_says_so_for_messages(lm: HFCausalLM) -> None:
    group = _group(lm)
    assert fields.CHAT_TEMPLATE not in group["_m_salience"].output_spec()
    with pytest.raises(ValueError, match="tokenizer has a chat template, and this one does not"):
        list(group["m"].predict([{fields.PROMPT: "user:\nHi"}]))


def test_a_response_that_looks_like_messages_is_plain_text(lm: HFCausalLM) -> None:
    (output,) = _group(lm)["m"].predict([{fields.PROMPT: "Hi", fields.RESPONSE: "user:\nHi"}])
    assert output[fields.RESPONSE] == "user:\nHi"


@pytest.mark.parametrize("name", [name for name, text in tiny.EXACT_TEXTS.items() if text])
def test_tokens_that_are_not_special_are_prompt_and_target(lm: HFCausalLM, name: str) -> None:
    text = tiny.EXACT_TEXTS[name]
    for cut in (1, len(text) // 2):
        record = {fields.PROMPT: text[:cut], fields.TARGET: text[cut:]}
        (output,) = _group(lm)["_m_tokenizer"].predict([record])
        pieces = [
            token
            for token, special in zip(output["tokens"], output["special_tokens_mask"], strict=True)
            if not special
        ]
        assert "".join(pieces) == text
        assert output["special_tokens_mask"][0] == 1


def test_an_answer_is_explained_with_the_tokens_it_was_made_of(lm: HFCausalLM) -> None:
    models = _group(lm, max_new_tokens=12)
    (answer,) = models["m"].predict([{fields.PROMPT: PROMPT}])
    options = GenerationOptions(max_new_tokens=12)
    generated = lm.generate([lm.encode(PROMPT)], options)[0][0].encoding
    # The case that matters: the same text would be tokenized in another way.
    assert lm.encode(PROMPT + answer["response"]).ids != lm.encode(PROMPT).ids + generated.ids
    record = {fields.PROMPT: PROMPT, fields.TARGET: answer["response"]}
    (tokens,) = models["_m_tokenizer"].predict([record])
    assert tokens["tokens"] == list(lm.encode(PROMPT).pieces + generated.pieces)
    length = len(tokens["tokens"])
    (scores,) = models["_m_salience"].predict(
        [record | {fields.TARGET_MASK: _mask(length, length - 1)}]
    )
    ids = lm.encode(PROMPT).ids + generated.ids
    expected = lm.trace(ids).gradients(
        objectives(ids, np.array([_mask(length, length - 1)], np.float32))
    )
    np.testing.assert_allclose(scores["grad_l2"], expected[0].norm(dim=-1), rtol=1e-5)


def test_a_batch_of_salience_is_each_record_alone(lm: HFCausalLM) -> None:
    salience = _group(lm)["_m_salience"]
    records: list[dict[str, Any]] = [
        {fields.PROMPT: "The quick", fields.TARGET: " brown fox"},
        {fields.PROMPT: PROMPT, fields.TARGET: " eggs"},
        {fields.PROMPT: "The quick", fields.TARGET: " brown fox"},
    ]
    for record, selected in zip(records, (2, 5, 4), strict=True):
        length = len(lm.encode(record[fields.PROMPT] + record[fields.TARGET]))
        record[fields.TARGET_MASK] = _mask(length, selected)
    together = list(salience.predict(records))
    for record, output in zip(records, together, strict=True):
        (alone,) = _group(lm)["_m_salience"].predict([record])
        np.testing.assert_allclose(output["grad_l2"], alone["grad_l2"], rtol=1e-5)
        np.testing.assert_allclose(
            output["grad_dot_input"], alone["grad_dot_input"], rtol=1e-4, atol=1e-6
        )
    assert not np.allclose(together[0]["grad_l2"], together[2]["grad_l2"])


def test_selections_of_one_sequence_share_a_forward_and_keep_their_order(lm: HFCausalLM) -> None:
    counting = _Counting(tiny.model("gemma2"), lm.tokenizer)
    length = len(lm.encode(PROMPT))
    # More than go through one backward pass, and another sequence between them.
    masks = [_mask(length, 1 + i % (length - 1)) for i in range(19)]
    records: list[dict[str, Any]] = [{fields.PROMPT: PROMPT, fields.TARGET_MASK: m} for m in masks]
    records.insert(7, {fields.PROMPT: "The quick", fields.TARGET: " brown fox"})
    together = list(_group(counting)["_m_salience"].predict(records))
    assert counting.forwards == 2
    for record, output in zip(records, together, strict=True):
        (alone,) = _group(counting)["_m_salience"].predict([record])
        np.testing.assert_allclose(output["grad_l2"], alone["grad_l2"], rtol=1e-4, atol=1e-6)


def test_where_batched_backward_passes_fail_single_ones_give_the_same(
    lm: HFCausalLM, monkeypatch: pytest.MonkeyPatch, batched_backward: None
) -> None:
    # However slow the first pass was, the others are to come in one batch.
    monkeypatch.setattr("seqsal.attribution.sequence_run._TURN", 1e6)
    length = len(lm.encode(PROMPT))
    records = [{fields.PROMPT: PROMPT, fields.TARGET_MASK: _mask(length, i)} for i in (3, 5, 7)]
    batched = list(_group(lm)["_m_salience"].predict(records))
    grad, failed = torch.autograd.grad, []

    def failing(*args: Any, is_grads_batched: bool = False, **kw: Any) -> Any:
        if is_grads_batched:
            failed.append(True)
            raise RuntimeError("Batching rule not implemented")
        return grad(*args, **kw)

    monkeypatch.setattr(torch.autograd, "grad", failing)
    single = list(_group(lm)["_m_salience"].predict(records))
    assert failed
    for one, other in zip(batched, single, strict=True):
        np.testing.assert_allclose(one["grad_l2"], other["grad_l2"], rtol=1e-5)


def test_prompts_in_batches_get_the_answers_of_single_prompts(lm: HFCausalLM) -> None:
    records = [{fields.PROMPT: text} for text in ("The", "The quick brown", PROMPT, "def", "a")]
    single, batched = (
        [
            output["response"]
            for output in _group(lm, batch_size=size, max_new_tokens=8)["m"].predict(records)
        ]
        for size in (1, 3)
    )
    assert batched == single


def test_several_samples_come_with_their_logprobs_the_likeliest_first(lm: HFCausalLM) -> None:
    models = _group(lm, num_samples=3, temperature=0.9, max_new_tokens=6)
    assert type(models["m"].output_spec()["response"]).__name__ == "GeneratedTextCandidates"
    (output,) = models["m"].predict([{fields.PROMPT: PROMPT}])
    texts, logprobs = zip(*output["response"], strict=True)
    assert len(set(texts)) > 1
    assert list(logprobs) == sorted(logprobs, reverse=True)
    for text in texts:  # Each is explained with the tokens it was made of.
        (tokens,) = models["_m_tokenizer"].predict([{fields.PROMPT: PROMPT, fields.TARGET: text}])
        assert len(tokens["tokens"]) <= len(lm.encode(PROMPT)) + 6


@pytest.mark.parametrize("several", [False, True])
def test_a_record_with_a_response_keeps_it(lm: HFCausalLM, several: bool) -> None:
    options = {"num_samples": 2, "temperature": 1.0} if several else {}
    model = _group(lm, batch_size=2, max_new_tokens=3, **options)["m"]
    records = [{fields.PROMPT: "a", fields.RESPONSE: "given"}, {fields.PROMPT: "The"}]
    given, written = (output["response"] for output in model.predict(records))
    assert given == ([("given", None)] if several else "given")
    (alone,) = model.predict([{fields.PROMPT: "The"}])
    assert written == alone["response"]


def test_a_prompt_is_answered_once(lm: HFCausalLM) -> None:
    counting = _Counting(tiny.model("llama"), lm.tokenizer)
    model = _group(counting, batch_size=3, max_new_tokens=4)["m"]
    texts = ["The", "a", "The", "def", "a"]
    answers = [output["response"] for output in model.predict([{"prompt": t} for t in texts])]
    assert counting.prompts == 3
    assert answers[0] == answers[2] and answers[1] == answers[4]


def test_a_second_selection_needs_no_second_forward(lm: HFCausalLM) -> None:
    counting = _Counting(tiny.model("llama"), lm.tokenizer)
    salience = _group(counting)["_m_salience"]
    length = len(lm.encode(PROMPT))
    for selected in (length - 1, 5, 7):
        list(
            salience.predict([{fields.PROMPT: PROMPT, fields.TARGET_MASK: _mask(length, selected)}])
        )
    assert counting.forwards == 1


def test_logprobs_are_those_of_the_targets_tokens(lm: HFCausalLM) -> None:
    models = _group(lm, max_new_tokens=6)
    options = GenerationOptions(max_new_tokens=6)
    ((generated,),) = lm.generate([lm.encode(PROMPT)], options)
    (answer,) = models["m"].predict([{fields.PROMPT: PROMPT}])
    record = {fields.PROMPT: PROMPT, fields.TARGET: answer["response"]}
    (output,) = models["_m_logprobs"].predict([record])
    assert output["tokens"] == list((lm.encode(PROMPT) + generated.encoding).pieces)
    start = len(lm.encode(PROMPT))
    assert output["logprobs"][:start] == [None] * start
    # The greedy answer did not end within six tokens, so that its log-probability is their sum.
    assert len(output["logprobs"][start:]) == 6
    assert sum(output["logprobs"][start:]) == pytest.approx(generated.logprob, rel=1e-5)
    (nothing,) = models["_m_logprobs"].predict([{fields.PROMPT: PROMPT}])
    assert set(nothing["logprobs"]) == {None}


def test_token_ids_are_those_of_the_tokens(lm: HFCausalLM) -> None:
    (output,) = _group(lm)["_m_tokenizer"].predict([{fields.PROMPT: PROMPT}])
    assert output["token_ids"] == list(lm.encode(PROMPT).ids)


def test_without_a_mask_the_target_is_explained(lm: HFCausalLM) -> None:
    salience = _group(lm)["_m_salience"]
    record: dict[str, Any] = {fields.PROMPT: PROMPT, fields.TARGET: " eggs"}
    length, start = len(lm.encode(PROMPT + " eggs")), len(lm.encode(PROMPT))
    (plain,) = salience.predict([record])
    (masked,) = salience.predict(
        [record | {fields.TARGET_MASK: _mask(length, *range(start, length))}]
    )
    np.testing.assert_array_equal(plain["grad_l2"], masked["grad_l2"])
    assert plain["grad_l2"].any()


def test_the_target_begins_with_the_first_token_whose_text_is_of_it() -> None:
    encoding = Encoding((0, 1, 2, 3), ("<s>", "ab", "cd", "e"), (True, False, False, False))
    assert _target(encoding, 2) == [0, 0, 1, 1]
    assert _target(encoding, 3) == [0, 0, 0, 1]  # "cd" is half prompt.
    emoji = Encoding((0, 1, 2, 3, 4), ("🙂", "", "", "x", ""), (False,) * 5)
    assert _target(emoji, 1) == [0, 0, 0, 1, 1]
    assert _target(emoji, 0) == [1, 1, 1, 1, 1]


def _target(encoding: Encoding, prompt_length: int) -> list[int]:
    return TokenSelection.of_target(encoding, prompt_length).mask(len(encoding))


def test_a_contrast_says_where_its_texts_begin_to_differ_and_scores_no_segment_there(
    lm: HFCausalLM,
) -> None:
    """The token " t" before the selection "ar" becomes " the" with the other text "he"."""
    target = " A savoury tart."
    encoding = lm.encode(PROMPT, target)
    start = encoding.pieces.index(" t") + 1
    record = {
        fields.PROMPT: PROMPT,
        fields.TARGET: target,
        fields.TARGET_MASK: _mask(len(encoding), start),
        fields.METHODS: ["ablation"],
        fields.SEGMENTS: [[1, 5], [start - 1, start]],
        fields.VERSUS: {"text": "he"},
    }
    (found,) = _group(lm)["_m_salience"].predict([record])
    assert found[fields.CONTRAST_SHARED] == start - 1
    assert found["ablation"][1] != 0 and found["ablation"][start - 1] == 0
