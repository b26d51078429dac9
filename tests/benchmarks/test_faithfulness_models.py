"""Answers and removals of the faithfulness benchmark, against plain runs of the model."""

import pytest
import torch
import transformers

from benchmarks.faithfulness import models
from benchmarks.faithfulness.items import Item
from benchmarks.faithfulness.models import Model
from benchmarks.faithfulness.removals import measure
from seqsal.models import embedded

PROMPTS = [(5, 6, 7, 8, 9), (5, 6, 7, 10, 11, 12, 13), (5, 6, 7, 20), (5, 6, 7, 30, 31, 32, 33)]


def _small() -> transformers.PreTrainedModel:
    return transformers.AutoModelForCausalLM.from_pretrained(
        embedded.path("small"), dtype=torch.float32
    ).eval()


def _sliding() -> transformers.PreTrainedModel:
    torch.manual_seed(0)
    config = transformers.Gemma3TextConfig(
        vocab_size=97,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=3,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        sliding_window=4,
        layer_types=["sliding_attention", "full_attention", "sliding_attention"],
        eos_token_id=1,
        pad_token_id=0,
    )
    return transformers.Gemma3ForCausalLM(config).eval()


@pytest.mark.parametrize("make", [_small, _sliding])
def test_greedy_answers_are_those_of_each_prompt_alone(make: object) -> None:
    assert callable(make)
    model = make()
    expected = []
    for prompt in PROMPTS:
        ids = list(prompt)
        with torch.no_grad():
            for _ in range(6):
                ids.append(int(model(torch.tensor([ids]), use_cache=False).logits[0, -1].argmax()))
                if ids[-1] == 1:
                    break
        expected.append(tuple(ids[len(prompt) :]))
    assert models.greedy(model, PROMPTS, 6) == expected


def test_removals_are_those_of_the_text_without_the_parts() -> None:
    model = Model.load("embedded:small")
    ids, segments = tuple(range(2, 40)), ((3, 9), (9, 20), (20, 30))
    item = Item("0", "", ("a", "b", "c"), "", 0, ids, segments, (50, 51), "")
    found = measure(model, item, [(0, 1, 2), (1,), ()])
    for value, kept in zip(found, [(0, 1, 2), (1,), ()], strict=True):
        whole = torch.tensor([item.keeping(kept) + item.answer])
        with torch.no_grad():
            logprobs = torch.log_softmax(model.lm.model(whole).logits[0].float(), -1)
        places = range(whole.shape[1] - 3, whole.shape[1] - 1)
        expected = sum(float(logprobs[i, t]) for i, t in zip(places, item.answer, strict=True))
        assert value == pytest.approx(expected, rel=1e-4)
