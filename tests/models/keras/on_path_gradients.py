"""Gradients at several points of a path at a time: against one point at a time, by traces."""

from typing import Any

import numpy as np
import pytest

from seqsal.models import capabilities
from seqsal.models.keras import path_gradients
from seqsal.models.keras.lm import KerasCausalLM
from seqsal.models.objective import Objective, Term
from seqsal.models.progress import tasks
from tests.models.keras.checkpoints import ARCHITECTURES
from tests.models.keras.models import COMPILES_MORE, IDS

OBJECTIVES = [
    Objective.of_tokens(IDS, [6, 7, 10]),
    Objective(frozenset({(Term(8, 300), 1.0), (Term(8, 3), -0.5), (Term(4, 3), 2.0)})),
]
POINTS = [0.05, 0.31, 0.5, 0.84, 1.0]
NAMES = ARCHITECTURES if COMPILES_MORE else ("llama",)


def _baseline(lm: KerasCausalLM, token: int | None) -> Any:
    return np.zeros_like(lm.embed([0])[0]) if token is None else lm.embed([token])[0]


def _all(lm: KerasCausalLM, token: int | None = None) -> Any:
    baseline = _baseline(lm, token)
    return np.stack(list(capabilities.path_gradients(lm, IDS, POINTS, baseline, OBJECTIVES)))


def _one_by_one(lm: KerasCausalLM, token: int | None = None) -> Any:
    baseline = _baseline(lm, token)
    return np.stack(
        [capabilities.gradients_at_point(lm, IDS, point, baseline, OBJECTIVES) for point in POINTS]
    )


def _assert_same(found: Any, expected: Any) -> None:
    """Each gradient is the same to 1e-5 of its largest number."""
    assert found.shape == expected.shape == (len(POINTS), 2, *expected.shape[2:])
    for one, other in zip(found.reshape(10, -1), expected.reshape(10, -1), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-5 * np.abs(other).max())


@pytest.mark.parametrize("token", [None, 2])
@pytest.mark.parametrize("name", NAMES)
def test_a_batch_of_points_gives_the_gradients_of_single_points(
    lms: dict[str, KerasCausalLM], name: str, token: int | None
) -> None:
    found = _all(lms[name], token)
    _assert_same(found, _one_by_one(lms[name], token))
    assert not found[:, 0, 10:].any() and not found[:, 1, 8:].any()
    assert found[:, 0, 9].any()


def test_batches_are_bounded_and_of_equal_size(
    llama: KerasCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes, gradients_at = [], path_gradients.gradients_at

    def counted(network: Any, runtime: Any, ids: Any, points: Any, *others: Any) -> Any:
        sizes.append(len(points))
        return gradients_at(network, runtime, ids, points, *others)

    monkeypatch.setattr(path_gradients, "gradients_at", counted)
    expected = _all(llama)
    monkeypatch.setattr(path_gradients, "_MOST_TOKENS", 4 * len(IDS))
    _assert_same(_all(llama), expected)
    assert sizes == [5, 3, 2]
    monkeypatch.setattr(path_gradients, "_MOST_TOKENS", len(IDS))
    _assert_same(_all(llama), expected)
    assert sizes == [5, 3, 2], "Single points need no batch."


def test_little_memory_means_one_point_at_a_time(
    llama: KerasCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime, costs = llama._runtime, llama._costs
    assert path_gradients.points_at_once(len(IDS), 2, runtime, costs) > 5
    monkeypatch.setattr(runtime, "free_bytes", lambda: costs.graph(len(IDS)))
    assert path_gradients.points_at_once(len(IDS), 2, runtime, costs) == 1


def test_graphs_that_are_recomputed_mean_one_point_at_a_time(
    llama: KerasCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = _all(llama)
    monkeypatch.setattr(llama, "_checkpointing", "on")
    monkeypatch.setattr(path_gradients, "gradients_at", pytest.fail)
    _assert_same(_all(llama), expected)


def test_a_cancelled_task_stops_between_batches(
    llama: KerasCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(path_gradients, "_MOST_TOKENS", 4 * len(IDS))
    with tasks.use_task(tasks.Task()) as task:
        found = capabilities.path_gradients(llama, IDS, POINTS, _baseline(llama, None), OBJECTIVES)
        next(found)
        task.cancel()
        next(found)  # Of the same batch.
        next(found)
        with pytest.raises(tasks.CancelledError):
            next(found)
