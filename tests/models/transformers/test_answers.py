"""Answers of Transformers models: greedy, in batches, and within the context."""

import itertools

import pytest
import torch

from seqsal.models.causal_lm import Encoding, GenerationOptions
from seqsal.models.transformers import HFCausalLM
from tests import tiny


def _lm(architecture: str) -> HFCausalLM:
    return HFCausalLM(tiny.model(architecture), tiny.byte_level_tokenizer())


def test_answers_in_a_batch_are_those_of_single_prompts() -> None:
    lm = _lm("llama")
    prompts = [lm.encode(text) for text in ("Taste", "The quick brown", "def add(a):\n")]
    assert len({len(prompt) for prompt in prompts}) == 3
    options = GenerationOptions(max_new_tokens=9)
    together = [answers[0].encoding.ids for answers in lm.generate(prompts, options)]
    alone = [lm.generate([prompt], options)[0][0].encoding.ids for prompt in prompts]
    assert together == alone
    assert len(set(together)) == 3


def test_the_answer_is_the_greedy_one_step_by_step() -> None:
    lm = _lm("gpt2")
    prompt = lm.encode("The quick")
    ((answer,),) = lm.generate([prompt], GenerationOptions(max_new_tokens=7))
    ids = list(prompt.ids)
    for _ in range(7):
        ids.append(int(lm.model(torch.tensor([ids])).logits[0, -1].argmax()))
    assert list(answer.encoding.ids) == [
        *itertools.takewhile(lambda token: token != 1, ids[len(prompt) :])
    ]


def test_an_answer_ends_before_the_end_token() -> None:
    lm = _lm("llama")
    prompt = lm.encode("The quick")
    ((free,),) = lm.generate([prompt], GenerationOptions(max_new_tokens=7))
    assert len(free.encoding) == 7
    ending = tiny.model("llama")
    ending.generation_config.eos_token_id = [1, free.encoding.ids[3]]
    ((answer,),) = HFCausalLM(ending, lm.tokenizer).generate(
        [prompt], GenerationOptions(max_new_tokens=7)
    )
    assert answer.encoding.ids == free.encoding.ids[:3]


def test_sampling_settings_of_a_checkpoint_do_not_leak_into_answers() -> None:
    lm = _lm("llama")
    sampling = tiny.model("llama")
    sampling.generation_config.update(do_sample=True, temperature=5.0, top_k=50)
    other = HFCausalLM(sampling, lm.tokenizer)
    prompt, options = lm.encode("The"), GenerationOptions(max_new_tokens=9)
    assert other.generate([prompt], options) == lm.generate([prompt], options)


def test_an_answer_is_cut_where_the_context_ends() -> None:
    lm = _lm("llama")
    long = Encoding((0,) + (7,) * 92, ("x",) * 93, (False,) * 93)
    ((answer,),) = lm.generate([long], GenerationOptions(max_new_tokens=50))
    assert len(answer.encoding) <= 97 - 93
    both = lm.generate([long, lm.encode("a")], GenerationOptions(max_new_tokens=50))
    assert both[0][0].encoding == answer.encoding


def test_a_prompt_that_leaves_no_room_raises_with_both_numbers() -> None:
    lm = _lm("llama")
    long = Encoding((7,) * 97, ("x",) * 97, (False,) * 97)
    with pytest.raises(ValueError, match=r"prompt has 97 tokens, and 96 fit .* by 1 tokens"):
        lm.generate([long], GenerationOptions())
    with pytest.raises(ValueError, match="target has 98 tokens, and 97 fit"):
        lm.trace([7] * 98)
