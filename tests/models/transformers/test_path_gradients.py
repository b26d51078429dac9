"""Gradients at several points at a time: against one point at a time, by traces."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch

from seqsal.models import capabilities
from seqsal.models.causal_lm import CausalLM
from seqsal.models.objective import Objective, Term
from seqsal.models.progress import tasks
from seqsal.models.transformers import HFCausalLM, path_gradients
from tests import tiny

IDS = tuple(np.random.default_rng(3).integers(3, tiny.VOCABULARY, 37).tolist())
OBJECTIVES = [
    Objective.of_tokens(IDS, [30, 31, 36]),
    Objective(frozenset({(Term(21, 300), 1.0), (Term(21, 3), -0.5), (Term(8, 3), 2.0)})),
]
POINTS = [0.05, 0.31, 0.5, 0.84, 1.0]


def _lm(architecture: str) -> HFCausalLM:
    return HFCausalLM(tiny.model(architecture), tiny.byte_level_tokenizer())


def _all(lm: CausalLM, points: Sequence[float] = POINTS, token: int | None = None) -> Any:
    baseline = np.zeros_like(lm.embed([0])[0]) if token is None else lm.embed([token])[0]
    return np.stack(list(capabilities.path_gradients(lm, IDS, points, baseline, OBJECTIVES)))


def _one_by_one(lm: CausalLM, token: int | None = None) -> Any:
    baseline = np.zeros_like(lm.embed([0])[0]) if token is None else lm.embed([token])[0]
    return np.stack(
        [capabilities.gradients_at_point(lm, IDS, point, baseline, OBJECTIVES) for point in POINTS]
    )


def _assert_same(found: Any, expected: Any) -> None:
    """Each gradient is the same to 1e-5 of its largest number."""
    assert found.shape == expected.shape == (len(POINTS), 2, *expected.shape[2:])
    for one, other in zip(found.reshape(10, -1), expected.reshape(10, -1), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-5 * np.abs(other).max())


@pytest.mark.parametrize("token", [None, 2])
@pytest.mark.parametrize("architecture", tiny.CONFIGS)
def test_a_batch_of_points_gives_the_gradients_of_single_points(
    architecture: str, token: int | None
) -> None:
    lm = _lm(architecture)
    found = _all(lm, token=token)
    _assert_same(found, _one_by_one(lm, token))
    assert not found[:, 0, 36:].any() and not found[:, 1, 21:].any()
    assert found[:, 0, 35].any()


def test_the_points_of_a_short_text_run_in_one_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    lm, shapes = _lm("llama"), []
    body = type(lm._network).body

    def counted(network: Any, inputs: torch.Tensor, **settings: Any) -> torch.Tensor:
        shapes.append(tuple(inputs.shape[:2]))
        return body(network, inputs, **settings)

    lm._memory.costs  # noqa: B018  # Measured by passes of their own.
    monkeypatch.setattr(type(lm._network), "body", counted)
    expected = _all(lm)
    assert shapes == [(5, 37)]
    monkeypatch.setitem(path_gradients._MOST_TOKENS, "cpu", 80)
    _assert_same(_all(lm), expected)
    assert shapes[1:] == [(2, 37), (2, 37), (1, 37)]


def test_points_run_one_by_one_where_a_batch_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    lm, calls = _lm("mistral"), []
    expected = _one_by_one(lm)

    def scarce(*_: Any, **__: Any) -> Any:
        calls.append(1)
        raise torch.OutOfMemoryError("no memory")

    monkeypatch.setattr(path_gradients, "gradients_at", scarce)
    _assert_same(_all(lm), expected)
    assert calls == [1]
    monkeypatch.setattr(lm._memory, "free_bytes", lambda: 3 * lm._memory.costs.graph(len(IDS)))
    _assert_same(_all(lm), expected)
    assert calls == [1], "A batch that will not fit must not be tried."


def test_an_error_of_the_model_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(path_gradients, "gradients_at", broken)
    with pytest.raises(RuntimeError, match="shapes differ"):
        _all(_lm("llama"))


def test_other_adapters_run_one_point_at_a_time() -> None:
    class Plain:
        """Only what every adapter has."""

        def __init__(self, lm: HFCausalLM) -> None:
            self._lm, self.traces = lm, 0

        def __getattr__(self, name: str) -> Any:
            if name == "path_gradients":
                raise AttributeError(name)
            return getattr(self._lm, name)

        def trace(self, *args: Any) -> Any:
            self.traces += 1
            return self._lm.trace(*args)

    lm = _lm("llama")
    plain: Any = Plain(lm)
    _assert_same(_all(plain), _all(lm))
    assert plain.traces == len(POINTS)


def test_a_cancelled_task_stops_between_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(path_gradients._MOST_TOKENS, "cpu", 80)
    lm = _lm("llama")

    baseline = np.zeros_like(lm.embed([0])[0])
    with tasks.use_task(tasks.Task()) as task:
        found = capabilities.path_gradients(lm, IDS, POINTS, baseline, OBJECTIVES)
        next(found)
        task.cancel()
        next(found)  # Of the same batch.
        with pytest.raises(tasks.CancelledError):
            next(found)
