"""Answers that are drawn: their log-probabilities, their seeds, their distribution."""

import collections
import dataclasses
import gc
import math
from collections.abc import Sequence

import numpy as np
import pytest
import torch

from seqsal.models.causal_lm import GenerationOptions
from seqsal.models.streaming import ResponseStream
from seqsal.models.transformers import HFCausalLM
from tests import tiny
from tests.objectives import terms

SAMPLED = GenerationOptions(max_new_tokens=5, num_samples=4, temperature=1.3)


def test_the_logprob_of_an_answer_is_the_sum_over_its_tokens_in_one_trace(lm: HFCausalLM) -> None:
    prompt = lm.encode("Taste-likes:")
    for options in (GenerationOptions(max_new_tokens=6), SAMPLED):
        for answer in lm.generate([prompt], options)[0]:
            if len(answer.encoding) < options.max_new_tokens:
                continue  # Ended: the end token counts too, and is not among the ids.
            ids = prompt.ids + answer.encoding.ids
            positions = np.arange(len(prompt), len(ids))
            expected = float(lm.trace(ids).logprobs(terms(ids, positions)).sum())
            assert answer.logprob == pytest.approx(expected, rel=1e-4)


def test_logits_of_one_step_at_a_time_are_in_memory(
    lm: HFCausalLM, monkeypatch: pytest.MonkeyPatch, new_objects_only: None
) -> None:
    kept, add = list[int](), ResponseStream.add

    def counting(self: ResponseStream, tokens: Sequence[int]) -> None:
        gc.collect()
        tensors = (each for each in gc.get_objects() if issubclass(type(each), torch.Tensor))
        kept.append(sum(each.shape == (1, tiny.VOCABULARY) for each in tensors))
        add(self, tokens)

    monkeypatch.setattr(ResponseStream, "add", counting)
    lm.generate([lm.encode("The")], GenerationOptions(max_new_tokens=9))
    assert len(kept) > 4
    assert max(kept[1:]) <= kept[1]


def test_the_same_seed_gives_the_same_samples_in_any_batch(lm: HFCausalLM) -> None:
    prompts = [lm.encode(text) for text in ("The", "Taste-likes:", "def")]
    torch.manual_seed(1)
    together = lm.generate(prompts, SAMPLED)
    torch.manual_seed(2)
    assert lm.generate([prompts[1]], SAMPLED)[0] == together[1]
    other = GenerationOptions(max_new_tokens=5, num_samples=4, temperature=1.3, seed=9)
    assert lm.generate([prompts[1]], other)[0] != together[1]


def test_sampling_leaves_the_programs_own_random_state_alone(lm: HFCausalLM) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    lm.generate([lm.encode("The")], SAMPLED)
    assert torch.equal(torch.rand(3), expected)


def test_samples_follow_the_models_probabilities(lm: HFCausalLM) -> None:
    prompt = lm.encode("The")
    draws = 400
    options = GenerationOptions(max_new_tokens=1, num_samples=draws, temperature=1.0)
    counts = collections.Counter(a.encoding.ids for a in lm.generate([prompt], options)[0])
    with torch.no_grad():
        logits = lm.model(torch.tensor([prompt.ids])).logits[0, -1]
    probabilities = torch.softmax(logits, dim=-1)
    for token in probabilities.topk(5).indices.tolist():
        if token == 1:
            continue  # The end of the answer.
        p = float(probabilities[token])
        deviation = math.sqrt(draws * p * (1 - p))
        assert counts[(token,)] == pytest.approx(draws * p, abs=5 * deviation + 1)


def test_top_p_draws_from_the_likeliest_alone(lm: HFCausalLM) -> None:
    prompt = lm.encode("The")
    options = GenerationOptions(max_new_tokens=1, num_samples=50, temperature=1.0, top_p=1e-6)
    (greedy,) = lm.generate([prompt], GenerationOptions(max_new_tokens=1))[0]
    drawn = {answer.encoding.ids for answer in lm.generate([prompt], options)[0]}
    assert drawn == {greedy.encoding.ids}


def test_several_greedy_answers_raise() -> None:
    with pytest.raises(ValueError, match="num_samples=3 needs a temperature above 0"):
        GenerationOptions(num_samples=3)


@pytest.mark.parametrize("options", [GenerationOptions(max_new_tokens=9), SAMPLED])
def test_an_answer_ends_before_a_stop_text_with_the_same_tokens(
    lm: HFCausalLM, options: GenerationOptions
) -> None:
    prompts = [lm.encode("Taste-likes:"), lm.encode("def add(a")]
    whole = lm.generate(prompts, options)
    # A stop text from the middle of each answer: the piece of its third token.
    stop = tuple(
        {each.encoding.pieces[2] for answers in whole for each in answers if len(each.encoding) > 3}
        - {""}
    )
    cut = lm.generate(prompts, dataclasses.replace(options, stop=stop))
    for prompt, before, after in zip(prompts, whole, cut, strict=True):
        assert len(before) == len(after)
        by_ids = {each.encoding.ids: each for each in before}
        for answer in after:
            ids = answer.encoding.ids
            (longer,) = {tuple(known[: len(ids)]) for known in by_ids if known[: len(ids)] == ids}
            assert longer == ids
            visible = len(answer.text) - len(answer.text.lstrip())
            assert not any(text in answer.text[visible:] for text in stop)
            if ids in by_ids:
                continue  # It has none of the stop texts.
            sequence = prompt.ids + ids
            positions = np.arange(len(prompt), len(sequence))
            expected = (
                float(lm.trace(sequence).logprobs(terms(sequence, positions)).sum()) if ids else 0
            )
            assert answer.logprob == pytest.approx(expected, rel=1e-4)
    assert cut != whole


def test_generation_ends_at_a_stop_text(lm: HFCausalLM, monkeypatch: pytest.MonkeyPatch) -> None:
    prompt = lm.encode("Taste-likes:")
    (answer,) = lm.generate([prompt], GenerationOptions(max_new_tokens=30))[0]
    steps, add = list[int](), ResponseStream.add

    def counting(self: ResponseStream, tokens: Sequence[int]) -> None:
        steps.append(1)
        add(self, tokens)

    monkeypatch.setattr(ResponseStream, "add", counting)
    stop = (answer.encoding.pieces[3],)
    lm.generate([prompt], GenerationOptions(max_new_tokens=30, stop=stop))
    assert len(steps) <= 4
