"""Which passes the engine runs, and which results it returns from its caches."""

import copy
import threading
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from seqsal.attribution import sequence_run
from seqsal.attribution.caches.results import NO_CACHE
from seqsal.attribution.engine import Engine
from seqsal.models.arrays import NumpyArray
from seqsal.models.limits import DoesNotFitError
from seqsal.models.objective import Objective
from seqsal.models.progress import tasks
from seqsal.models.progress.tasks import CancelledError, Task
from seqsal.models.transformers import HFCausalLM
from seqsal.models.transformers.network import Network
from seqsal.models.transformers.trace import HFTrace
from tests import tiny
from tests.objectives import terms

IDS = tuple([0, 17, 5, 33, 104, 200, 9, 77, 41, 300, 12] * 3)


class _Counting(HFCausalLM):
    """Records the number of tokens of each forward pass."""

    def __init__(self, architecture: str = "llama") -> None:
        super().__init__(tiny.model(architecture), tiny.byte_level_tokenizer())
        self.forwards: list[int] = []

    def trace(self, ids: Sequence[int], *args: Any, **kw: Any) -> HFTrace:
        self.forwards.append(len(ids))
        return super().trace(ids, *args, **kw)


@pytest.fixture
def backwards(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Records the number of selections of each backward pass on the exact network."""
    calls: list[int] = []
    gradients = HFTrace.gradients

    def recorded(self: HFTrace, objectives: Sequence[Objective], *, linearized: bool) -> Any:
        if not linearized:
            calls.append(len(objectives))
        return gradients(self, objectives, linearized=linearized)

    monkeypatch.setattr(HFTrace, "gradients", recorded)
    return calls


def _of(*selections: Sequence[int], ids: Sequence[int] = IDS) -> list[Objective]:
    return [Objective.of_tokens(ids, selection) for selection in selections]


def _assert_close(some: list[dict[str, NumpyArray]], other: list[dict[str, NumpyArray]]) -> None:
    for row, expected in zip(some, other, strict=True):
        for method, scores in expected.items():
            noise = 1e-5 * float(np.abs(scores).max())
            np.testing.assert_allclose(row[method], scores, rtol=1e-4, atol=noise)


def test_a_union_of_cached_selections_needs_no_backward_pass(backwards: list[int]) -> None:
    words = [[25], [26, 27], [28], [29, 30], [31], [32]]
    paragraph = [*range(25, 33)]
    sentences = [paragraph[:4], paragraph[4:]]
    engine = Engine(_Counting())
    engine.scores(IDS, _of(*words))
    assert sum(backwards) == 6
    unions = engine.scores(IDS, _of(*sentences, paragraph, [25, 28]))
    assert sum(backwards) == 6
    for selection, scores in zip([*sentences, paragraph, [25, 28]], unions, strict=True):
        _assert_close([scores], Engine(_Counting()).scores(IDS, _of(selection)))
    backwards.clear()
    engine.scores(IDS, _of([24, 25], [26], paragraph))  # The first two are new.
    assert sum(backwards) == 2


def test_duplicate_selections_in_a_request_are_computed_once(backwards: list[int]) -> None:
    engine = Engine(_Counting())
    first, empty, again = engine.scores(IDS, _of([30], [], [30]))
    assert backwards == [1]
    _assert_close([first], [again])
    assert not empty["grad_l2"].any()


def test_scores_do_not_depend_on_the_cache_size(backwards: list[int]) -> None:
    rows = _of([30], [31, 32], [30, 31, 32])
    engine = Engine(_Counting(), trace_memory=0)
    _assert_close(engine.scores(IDS, rows), Engine(_Counting()).scores(IDS, rows))
    backwards.clear()
    engine.scores(IDS, _of([30]))
    assert backwards == [1]


@pytest.mark.parametrize("architecture", ["gpt2", "gemma3", "falcon"])
def test_only_tokens_up_to_the_last_selected_one_are_run(architecture: str) -> None:
    lm = _Counting(architecture)
    engine = Engine(lm)
    ((middle,), (end,)) = (engine.scores(IDS, _of([t])) for t in (12, 32))
    assert lm.forwards == [13, 33]
    whole = Engine(lm)
    whole.scores(IDS, _of([32]))
    _assert_close([middle, end], whole.scores(IDS, _of([12], [32])))
    assert middle["grad_l2"].shape == (33,)
    assert not middle["grad_l2"][12:].any()
    assert lm.forwards == [13, 33, 33]


def test_a_short_rest_of_the_sequence_is_run_for_the_next_selection() -> None:
    lm = _Counting()
    engine = Engine(lm)
    for token in (28, 32):
        engine.scores(IDS, _of([token]))
    assert lm.forwards == [33]
    lm.forwards.clear()
    for token in (27, 32):
        engine.scores(IDS[::-1], _of([token], ids=IDS[::-1]))
    assert lm.forwards == [28, 33]


def test_a_longer_cached_sequence_serves_its_prefix() -> None:
    lm = _Counting()
    engine = Engine(lm)
    engine.scores(IDS, _of([32]))
    prompt = IDS[:20]
    scores = engine.scores(prompt, _of([17], ids=prompt))
    assert lm.forwards == [33]
    _assert_close(scores, Engine(lm).scores(prompt, _of([17], ids=prompt)))


def test_length_dependent_positions_do_not_make_scores_depend_on_the_cache() -> None:
    def fresh(ids: tuple[int, ...], objectives: list[Objective]) -> list[dict[str, NumpyArray]]:
        return Engine(_longrope()).scores(ids, objectives)

    short, early = IDS[:20], _of([17])
    engine = Engine(_longrope())
    engine.logprobs(IDS, [32])
    _assert_close(engine.scores(IDS, early), fresh(IDS, early))
    _assert_close(engine.scores(short, early), fresh(short, early))
    # The longer sequence has other scores; otherwise this test would show nothing.
    with pytest.raises(AssertionError):
        alone = fresh(short, early)
        whole = [{name: row[:20] for name, row in each.items()} for each in fresh(IDS, early)]
        _assert_close(alone, whole)


def _longrope() -> HFCausalLM:
    """A model with other rotary positions from 25 tokens on."""
    model = tiny.model("phi3")
    config = copy.deepcopy(model.config)
    config.original_max_position_embeddings = 24
    config.rope_parameters = {
        "rope_type": "longrope",
        "rope_theta": 10_000.0,
        "short_factor": [1.0] * 6,
        "long_factor": [1.5] * 6,
        "original_max_position_embeddings": 24,
    }
    long = transformers.AutoModelForCausalLM.from_config(config)
    long.load_state_dict(model.state_dict())
    return HFCausalLM(long, tiny.byte_level_tokenizer())


def test_other_sequences_are_released_when_memory_is_short() -> None:
    class Tight(_Counting):
        failures = 0

        def trace(self, ids: Sequence[int], *args: Any, **kw: Any) -> HFTrace:
            if self.failures:
                self.failures -= 1
                raise DoesNotFitError("too large")
            return super().trace(ids, *args, **kw)

    lm = Tight()
    engine = Engine(lm)
    engine.scores(IDS[::-1], _of([32], ids=IDS[::-1]))
    lm.failures = 1
    engine.scores(IDS, _of([32]))
    engine.scores(IDS[::-1], _of([32], ids=IDS[::-1]))
    assert len(lm.forwards) == 3  # The first was released for the second.
    lm.failures = 1
    assert len(engine.logprobs(IDS[1:], [3])) == 1
    lm.failures = 2
    with pytest.raises(DoesNotFitError):
        engine.scores(IDS[2:], _of([30], ids=IDS[2:]))
    lm.failures = 2
    with pytest.raises(DoesNotFitError):
        engine.logprobs(IDS[2:], [3])


def test_a_request_does_not_wait_for_all_earlier_selections(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("seqsal.attribution.sequence_run._TURN", 0.0)
    lm = _Counting()
    engine, order = Engine(lm), list[int]()
    gradients = HFTrace.gradients
    methods = ["grad_l2"]
    click = threading.Thread(target=lambda: engine.scores(IDS, _of([32]), methods))

    def recorded(self: HFTrace, objectives: Sequence[Objective], *, linearized: bool) -> Any:
        order.append(objectives[0].end)
        if len(order) == 1:
            click.start()
            while not lm.queue.length:
                time.sleep(0.001)
        return gradients(self, objectives, linearized=linearized)

    monkeypatch.setattr(HFTrace, "gradients", recorded)
    engine.scores(IDS, _of([28], [29], [30], [31]), methods)
    click.join()
    assert order == [28, 32, 29, 30, 31] or order == [28, 29, 32, 30, 31]


def test_logprobs_share_the_forward_pass() -> None:
    lm = _Counting()
    engine = Engine(lm)
    engine.scores(IDS, _of([32]))
    logprobs = engine.logprobs(IDS, [3, 32])
    assert lm.forwards == [33]
    expected = lm.trace(IDS).logprobs(terms(IDS, [3, 32])).numpy()
    np.testing.assert_allclose(logprobs, expected, rtol=1e-6)
    assert engine.logprobs(IDS, []).shape == (0,)


def test_logprobs_that_are_not_finite_are_rejected_and_not_cached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cached = list[Any]()
    monkeypatch.setattr(type(NO_CACHE), "add_logprobs", lambda *given: cached.append(given))
    lm = _Counting()
    with torch.no_grad():
        lm.model.get_output_embeddings().weight[7] = torch.nan
    with pytest.raises(ValueError, match="A log-probability must be finite"):
        Engine(lm).logprobs(IDS, [3])
    assert not cached


@pytest.mark.parametrize("position", [0, 33])
def test_a_logprob_of_a_token_that_is_not_predicted_is_rejected(position: int) -> None:
    with pytest.raises(ValueError, match=r"expected positions from 1 to 32, got \[3, \d+\]"):
        Engine(_Counting()).logprobs(IDS, [3, position])


def test_progress_counts_the_selections() -> None:
    engine, events = Engine(_Counting()), list[dict[str, Any]]()
    engine.scores(IDS, _of([28]))
    task = Task(report=lambda event, details: events.append(details))
    with tasks.use_task(task):
        engine.scores(IDS, _of([28], [29], [30]))
    assert events[0] == {"stage": "forward"}
    stages = [details for details in events if details["stage"] == "selection"]
    assert stages[0] == {"stage": "selection", "number": 2, "of": 3}  # The first is cached.


def test_scores_are_streamed_and_those_of_a_cancelled_task_stay_cached(
    backwards: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seqsal.attribution.sequence_run._TURN", 0.0)
    lm, task = _Counting(), Task()
    engine, rows = Engine(lm), _of([28], [29], [30])
    with tasks.use_task(task), pytest.raises(CancelledError):
        for count, _ in enumerate(engine.stream_scores(IDS, rows), start=1):
            if count == 2:
                task.cancel()
    assert backwards == [1, 1]
    scores = engine.scores(IDS, rows)
    assert backwards == [1, 1, 1]
    assert lm.forwards == [len(IDS)]
    _assert_close(scores, Engine(_Counting()).scores(IDS, rows))


def test_the_output_head_runs_once_per_request(monkeypatch: pytest.MonkeyPatch) -> None:
    heads: list[int] = []
    head = Network.head

    def recorded(self: Network, hidden: Any) -> Any:
        heads.append(len(hidden))
        return head(self, hidden)

    monkeypatch.setattr(Network, "head", recorded)
    monkeypatch.setattr(sequence_run, "_TURN", 0.0)  # One selection at a time.
    selections = [[20, 21], [22], [21, 25], [30]]
    lm = _Counting()
    together = Engine(lm).scores(IDS, _of(*selections))
    assert heads == [5]
    alone = [Engine(lm).scores(IDS, _of(each))[0] for each in selections]
    _assert_close(together, alone)
