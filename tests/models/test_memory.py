"""Memory that a trace holds, foretold and kept small."""

import gc
import weakref

import numpy as np
import pytest
import torch

from seqsal.models.huggingface import HFCausalLM
from tests import tiny

IDS = [0, 17, 5, 33, 104, 200, 9, 77, 41, 300, 12]
WEIGHTS = np.zeros((1, 11), np.float32)
WEIGHTS[0, [6, 8]] = 1


def _lm(architecture: str) -> HFCausalLM:
    return HFCausalLM(tiny.model(architecture), tiny.byte_level_tokenizer())


def test_a_trace_counts_its_bytes_and_frees_them() -> None:
    lm = _lm("llama")
    short, long = lm.trace(IDS), lm.trace(IDS * 4)
    assert 3 * short.nbytes < long.nbytes < 20 * short.nbytes
    hidden = weakref.ref(long._hidden)
    gc.disable()  # It must be freed at once, not when the collector comes round.
    try:
        del long
        assert hidden() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("architecture", tiny.CONFIGS)
def test_the_measured_costs_foretell_what_a_longer_trace_holds(architecture: str) -> None:
    lm, ids = _lm(architecture), IDS * 8
    # Gemma 2, Falcon and Mistral keep attention or masks, which grow with the square.
    assert lm.trace(ids).nbytes == pytest.approx(lm._costs.graph(len(ids)), rel=0.05)
    again = lm._trace(ids, None, checkpoint=True)
    assert again.nbytes < lm._costs.checkpointed(len(ids)) < lm._costs.graph(len(ids))


@pytest.mark.parametrize("architecture", tiny.CONFIGS)
def test_layers_that_run_again_give_the_same_gradients(architecture: str) -> None:
    lm = _lm(architecture)
    whole = lm._trace(IDS, None, checkpoint=False)
    again = lm._trace(IDS, None, checkpoint=True)
    weights = np.concatenate([WEIGHTS, np.eye(11, dtype=np.float32)[[4, 10]]])
    expected = whole.gradients(weights)
    for _ in range(2):  # The second selection runs the layers again, too.
        torch.testing.assert_close(again.gradients(weights), expected)
    assert again.nbytes < whole.nbytes / 2


def test_intercept_is_seen_once_where_layers_run_again() -> None:
    lm, seen = _lm("llama"), []

    def halve(x: torch.Tensor, i: int) -> torch.Tensor:
        seen.append(i)
        return x / 2 if i == 2 else x

    again = lm._trace(IDS, halve, checkpoint=True)
    gradients = again.gradients(WEIGHTS)
    assert seen == [0, 1, 2, 3]
    torch.testing.assert_close(gradients, lm.trace(IDS, halve).gradients(WEIGHTS))


@pytest.mark.parametrize(("choice", "again"), [("on", True), ("off", False)])
def test_gradient_checkpointing_can_be_set(
    monkeypatch: pytest.MonkeyPatch, choice: str, again: bool
) -> None:
    monkeypatch.setattr(HFCausalLM, "free_bytes", property(lambda _: 1000))
    model, tokenizer = tiny.model("llama"), tiny.byte_level_tokenizer()
    lm = HFCausalLM(model, tokenizer, gradient_checkpointing=choice)
    assert lm.trace(IDS)._checkpoint == again


def test_little_memory_means_layers_run_again_and_less_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lm = _lm("llama")
    expected = lm.trace(IDS)
    needed = int(expected.nbytes * 1.35)  # Of which 70 % may be taken.
    monkeypatch.setattr(HFCausalLM, "free_bytes", property(lambda _: needed))
    tight = lm.trace(IDS)
    assert tight.nbytes < expected.nbytes / 2
    torch.testing.assert_close(tight.gradients(WEIGHTS), expected.gradients(WEIGHTS))
    monkeypatch.setattr(HFCausalLM, "free_bytes", property(lambda _: 1000))
    with pytest.raises(ValueError, match=r"Salience of 11 tokens needs about .* GB are free"):
        lm.trace(IDS)


def test_a_device_that_runs_out_of_memory_is_tried_again_and_then_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lm = _lm("llama")
    lm.trace(IDS)
    body, failures = lm._network.body, [2]

    def failing(*args: object, **kw: object) -> torch.Tensor:
        if failures[0]:
            failures[0] -= 1
            raise torch.OutOfMemoryError("CUDA out of memory")
        return body(*args, **kw)  # type: ignore[arg-type]

    monkeypatch.setattr(lm._network, "body", failing)
    with pytest.raises(ValueError, match=r"Salience of 11 tokens needs about .* Shorten"):
        lm.trace(IDS)
    failures[0] = 1
    assert lm.trace(IDS)._checkpoint
    assert not lm.trace(IDS)._checkpoint
