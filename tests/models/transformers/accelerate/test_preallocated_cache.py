"""Keys and values that are written in place are those of the library."""

from typing import Any

import pytest
import torch
from transformers.cache_utils import DynamicLayer

from seqsal.models.causal_lm import GenerationOptions
from seqsal.models.transformers import HFCausalLM
from seqsal.models.transformers._accelerate.preallocated_cache import PreallocatedLayer


def test_keys_and_values_are_those_of_the_library() -> None:
    generator = torch.Generator().manual_seed(0)

    def states(tokens: int) -> tuple[torch.Tensor, torch.Tensor]:
        keys, values = torch.rand(2, 5, 3, tokens, 7, generator=generator)
        return keys, values

    plain = DynamicLayer()
    plain.update(*states(11))
    fast = PreallocatedLayer(plain)
    for step in range(40):
        if step == 23:  # Rows in another order, as samples have.
            for layer in (plain, fast):
                layer.reorder_cache(torch.tensor([4, 0, 0, 2, 1]))
        added = states(2 if step == 3 else 1)
        for found, expected in zip(fast.update(*added), plain.update(*added), strict=True):
            assert torch.equal(found, expected)
        assert fast.get_seq_length() == plain.get_seq_length()


def test_answers_are_the_same_without_it(lm: HFCausalLM, monkeypatch: pytest.MonkeyPatch) -> None:
    prompts = [
        lm.encode(f"The quick brown fox jumps over the lazy dog. Recommendation: Avoid. {i} eggs")
        for i in (3, 77)
    ]
    options = GenerationOptions(max_new_tokens=29)
    fast = lm.generate(prompts, options)
    used = list[int]()
    update = PreallocatedLayer.update

    def counting(layer: PreallocatedLayer, *given: Any) -> Any:
        used.append(1)
        return update(layer, *given)

    monkeypatch.setattr(PreallocatedLayer, "update", counting)
    assert lm.generate(prompts, options) == fast
    assert used
    used.clear()
    monkeypatch.setenv("SEQSAL_ACCELERATE", "none")
    plain = lm.generate(prompts, options)
    assert not used
    for (one,), (other,) in zip(fast, plain, strict=True):
        assert one.encoding == other.encoding
        assert one.logprob == pytest.approx(other.logprob, rel=1e-5)
