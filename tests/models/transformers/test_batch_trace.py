"""Sequences that run together have the numbers of each alone."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from seqsal.models.limits import DoesNotFitError
from seqsal.models.objective import Objective
from seqsal.models.transformers import HFCausalLM, batch_trace
from seqsal.models.transformers.batch_trace import HFBatchTrace
from tests import tiny
from tests.objectives import terms

# Windows do not attend to all tokens before.
SHARING = sorted(set(tiny.CONFIGS) - {"mistral", "gemma2", "gemma3"})


def _objective(ids: Sequence[int], *positions: int) -> Objective:
    weighted = zip(terms(ids, positions), (1.0, -0.5, 2.0), strict=False)
    return Objective(frozenset(weighted))


@pytest.mark.parametrize("name", SHARING)
@pytest.mark.parametrize("linearized", [False, True])
def test_gradients_and_logprobs_are_those_of_each_sequence_alone(
    name: str, linearized: bool
) -> None:
    lm = HFCausalLM(tiny.model(name), tiny.byte_level_tokenizer())
    if linearized and lm.linearization_error is not None:
        pytest.skip("no linearized gradients")
    sequences = [lm.encode(text).ids for text in tiny.TEXTS_WITH_PREFIX]
    objectives = [_objective(ids, len(ids) - 3, len(ids) - 1) for ids in sequences]
    seen = []
    with lm.shared_prefix(sequences):
        for numbers, trace in lm.batch_traces(sequences):
            chosen = [objectives[number] for number in numbers]
            gradients = list(trace.gradients(chosen, linearized=linearized))
            again = list(trace.gradients(chosen, linearized=linearized))
            for place, number in enumerate(numbers):
                own = sorted(objectives[number].terms)
                found = gradients[place], trace.logprobs(place, own), trace.embeddings(place)
                torch.testing.assert_close(again[place], found[0])
                seen.append((number, *found))
    assert sorted(number for number, *_ in seen) == list(range(len(tiny.TEXTS_WITH_PREFIX)))
    for number, gradient, logprobs, embeddings in seen:
        alone = lm.trace(sequences[number])
        (expected,) = alone.gradients([objectives[number]], linearized=linearized)
        assert gradient.shape == expected.shape
        np.testing.assert_allclose(
            gradient, expected, rtol=1e-3, atol=1e-4 * float(expected.abs().max())
        )
        own = sorted(objectives[number].terms)
        np.testing.assert_allclose(logprobs, alone.logprobs(own), rtol=1e-4, atol=1e-5)
        np.testing.assert_array_equal(embeddings, alone.embeddings)


def test_windows_and_sequences_that_share_nothing_do_not_run_together(lm: HFCausalLM) -> None:
    sequences = [lm.encode(text).ids for text in tiny.TEXTS_WITH_PREFIX]
    assert list(lm.batch_traces(sequences)) == []
    others = [lm.encode(text).ids for text in ("Something else", "Eggs", "The quick brown fox")]
    with lm.shared_prefix(sequences):
        ((numbers, _),) = lm.batch_traces([*others, *sequences, sequences[0][:5]])
    assert sorted(numbers) == [3, 4, 5, 6, 7]
    windows = HFCausalLM(tiny.model("mistral"), tiny.byte_level_tokenizer())
    with windows.shared_prefix(sequences):
        assert list(windows.batch_traces(sequences)) == []


def test_groups_are_of_like_length_and_bounded(
    lm: HFCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    sequences = [lm.encode(text).ids for text in tiny.TEXTS_WITH_PREFIX]
    longest = max(map(len, sequences))
    with lm.shared_prefix(sequences):
        shared = lm._sharing.prefix
        assert shared is not None
        room = longest - len(shared.ids)
        monkeypatch.setattr(batch_trace, "_MOST_TOKENS", 2 * room)
        groups = list(batch_trace.groups(shared, sequences, lm._memory))
        lengths = [len(sequences[number]) for group in groups for number in group]
        assert lengths == sorted(lengths)
        for group in groups:
            added = max(len(sequences[number]) for number in group) - len(shared.ids)
            assert len(group) * added <= 2 * room
        monkeypatch.setattr(lm._memory, "free_bytes", lambda: 1)
        assert all(len(each) == 1 for each in batch_trace.groups(shared, sequences, lm._memory))


def test_an_objective_that_the_prefix_predicts_is_not_reached(lm: HFCausalLM) -> None:
    sequences = [lm.encode(text).ids for text in tiny.TEXTS_WITH_PREFIX]
    with lm.shared_prefix(sequences):
        shared = lm._sharing.prefix
        assert shared is not None
        start = len(shared.ids)
        ((_, trace),) = lm.batch_traces(sequences)
    assert not trace.reaches(terms(sequences[0], (start,)))
    assert trace.reaches(terms(sequences[0], (start + 1,)))
    assert not trace.reaches([])


def test_memory_that_runs_out_is_an_error_of_its_own(
    lm: HFCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    sequences = [lm.encode(text).ids for text in tiny.TEXTS_WITH_PREFIX]

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    with lm.shared_prefix(sequences):
        shared = lm._sharing.prefix
        assert shared is not None
        monkeypatch.setattr(lm._network, "body", fail)
        with pytest.raises(DoesNotFitError, match="needs about"):
            HFBatchTrace(lm._network, shared, sequences, lm._memory)
