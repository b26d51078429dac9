"""Prompts that begin alike are answered as each alone."""

from typing import Any

import pytest

from seqsal.models.causal_lm import GenerationOptions
from seqsal.models.transformers import HFCausalLM, prefix
from tests import tiny

PROMPTS = [
    f"{tiny.PREFIX}{rest}" for rest in ("Taste-likes:", "Cheese", "No eggs, no cheese", "A dog")
]


@pytest.mark.parametrize("name", sorted(tiny.CONFIGS))
def test_answers_after_a_shared_prefix_are_those_of_each_prompt_alone(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lm = HFCausalLM(tiny.model(name), tiny.byte_level_tokenizer())
    encodings = [lm.encode(prompt) for prompt in PROMPTS]
    assert len(set(map(len, encodings))) > 2
    used = list[bool]()

    def prefix_cache(*arguments: Any) -> Any:
        found = prefix.prefix_cache(*arguments)
        used.append(found is not None)
        return found

    monkeypatch.setattr("seqsal.models.transformers.lm.prefix_cache", prefix_cache)
    options = GenerationOptions(max_new_tokens=9)
    together = lm.generate(encodings, options)
    # Sliding windows count padding, so that a prefix before it cannot be shared.
    assert used == [name not in ("mistral", "gemma2", "gemma3")]
    for encoding, (answer,) in zip(encodings, together, strict=True):
        ((alone,),) = lm.generate([encoding], options)
        assert answer.encoding == alone.encoding
        assert answer.logprob == pytest.approx(alone.logprob, abs=2e-3, rel=1e-4)


@pytest.mark.parametrize("stop", [(), ("e",)])
def test_answers_go_on_in_smaller_batches_when_others_have_ended(
    stop: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    lm = HFCausalLM(tiny.model("llama"), tiny.byte_level_tokenizer())
    encodings = [lm.encode(f"{tiny.PREFIX}{text}") for text in map("Dish {}: ".format, range(24))]
    options = GenerationOptions(max_new_tokens=25, stop=stop)
    expected = [lm.generate([encoding], options)[0][0] for encoding in encodings]
    # The tiny model ends no answer, so tokens that some answers have early end them.
    ends = {
        answer.encoding.ids[min(3 + i, len(answer.encoding) - 1)]
        for i, answer in enumerate(expected[:4])
    }
    monkeypatch.setattr(lm, "_eos_ids", [*ends])
    monkeypatch.setattr(lm.model.generation_config, "eos_token_id", [*ends])
    expected = [lm.generate([encoding], options)[0][0] for encoding in encodings]
    rows = list[int]()
    first = lm._network.layers[0]
    handle = first.register_forward_pre_hook(lambda _, args: rows.append(len(args[0])))
    together = lm.generate(encodings, options)
    handle.remove()
    assert len({len(answer.encoding) for answer in expected}) > 3
    assert len(set(rows) - {1, len(encodings)}) > 0, "No batch was made smaller."
    for answer, (found,) in zip(expected, together, strict=True):
        assert found.encoding == answer.encoding
        assert found.logprob == pytest.approx(answer.logprob, abs=2e-3, rel=1e-4)
