"""Traces that share what sequences begin with have the numbers of each sequence alone."""

from collections.abc import Sequence

import numpy as np
import pytest

from seqsal.models.arrays import NumpyArray
from seqsal.models.objective import Objective
from seqsal.models.transformers import HFCausalLM
from seqsal.models.transformers.graph import SharedPrefix
from tests import tiny
from tests.objectives import terms

TEXTS = [
    f"{tiny.PREFIX}{rest}" for rest in ("Taste-likes: eggs", "Cheese and eggs", "A savoury tart")
]


def _shared(lm: HFCausalLM) -> SharedPrefix | None:
    return lm._sharing.prefix


def _objective(ids: Sequence[int], *positions: int) -> Objective:
    return Objective(frozenset((term, 1.0) for term in terms(ids, positions)))


def _alone(lm: HFCausalLM, ids: Sequence[int], objective: Objective) -> NumpyArray:
    """Returns log-probabilities from a trace that shares nothing."""
    shared, lm._sharing.prefix = lm._sharing.prefix, None
    try:
        return lm.trace(ids).logprobs(sorted(objective.terms)).numpy()
    finally:
        lm._sharing.prefix = shared


@pytest.mark.parametrize("name", sorted(tiny.CONFIGS))
@pytest.mark.parametrize("linearized", [False, True])
def test_gradients_and_logprobs_are_those_of_the_sequence_alone(
    name: str, linearized: bool
) -> None:
    lm = HFCausalLM(tiny.model(name), tiny.byte_level_tokenizer())
    sequences = [lm.encode(text).ids for text in TEXTS]
    if linearized and lm.linearization_error is not None:
        pytest.skip("no linearized gradients")
    objectives = [_objective(ids, len(ids) - 3, len(ids) - 1) for ids in sequences]
    alone = [
        lm.trace(ids).gradients([objective], linearized=linearized)
        for ids, objective in zip(sequences, objectives, strict=True)
    ]
    with lm.shared_prefix(sequences):
        # Sliding windows do not attend to all tokens before.
        assert (_shared(lm) is not None) == (name not in ("mistral", "gemma2", "gemma3"))
        for ids, objective, expected in zip(sequences, objectives, alone, strict=True):
            trace = lm.trace(ids)
            found = trace.gradients([objective], linearized=linearized)
            assert found.shape == expected.shape
            np.testing.assert_allclose(
                found, expected, rtol=1e-3, atol=1e-4 * float(expected.abs().max())
            )
            here = trace.logprobs(sorted(objective.terms))
            np.testing.assert_allclose(here, _alone(lm, ids, objective), rtol=1e-4, atol=1e-5)
    assert _shared(lm) is None


def test_an_objective_within_the_prefix_has_its_gradients_too(lm: HFCausalLM) -> None:
    sequences = [lm.encode(text).ids for text in TEXTS]
    with lm.shared_prefix(sequences):
        shared = _shared(lm)
        assert shared is not None
        for position in (5, len(shared.ids), len(shared.ids) + 1):
            objective = _objective(sequences[0], position)
            found = lm.trace(sequences[0]).gradients([objective])
            kept, lm._sharing.prefix = lm._sharing.prefix, None
            expected = lm.trace(sequences[0]).gradients([objective])
            lm._sharing.prefix = kept
            np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-6)


def test_only_sequences_that_begin_so_share(lm: HFCausalLM) -> None:
    sequences = [lm.encode(text).ids for text in TEXTS]
    with lm.shared_prefix(sequences):
        shared = _shared(lm)
        assert shared is not None
        assert lm._sharing.prefix_of(sequences[1]) is shared
        assert lm._sharing.prefix_of(shared.ids) is None
        assert lm._sharing.prefix_of((*shared.ids[:-1], 7, 8)) is None
    with lm.shared_prefix(sequences[:1]):
        assert _shared(lm) is None
