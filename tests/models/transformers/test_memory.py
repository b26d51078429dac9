"""The memory of a trace: its estimate and its limits."""

import gc
import os
import subprocess
import sys
import weakref
from typing import Any

import numpy as np
import pytest
import torch

from seqsal.attribution.text_encoder import TextEncoder
from seqsal.models import pytorch
from seqsal.models.causal_lm import GenerationOptions
from seqsal.models.limits import DoesNotFitError
from seqsal.models.transformers import HFCausalLM
from seqsal.models.transformers.memory import Memory
from tests import tiny
from tests.objectives import objectives

IDS = [0, 17, 5, 33, 104, 200, 9, 77, 41, 300, 12]
WEIGHTS = np.zeros((1, 11), np.float32)
WEIGHTS[0, [6, 8]] = 1


def _living_tensors() -> int:
    gc.collect()
    return sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects())


def _lm(architecture: str, gradient_checkpointing: str = "auto") -> HFCausalLM:
    return HFCausalLM(
        tiny.model(architecture),
        tiny.byte_level_tokenizer(),
        gradient_checkpointing=gradient_checkpointing,
    )


def test_a_trace_counts_its_bytes_and_frees_them() -> None:
    lm = _lm("llama")
    short, long = lm.trace(IDS), lm.trace(IDS * 4)
    assert 3 * short.nbytes < long.nbytes < 20 * short.nbytes
    assert long._graph is not None
    hidden = weakref.ref(long._graph.hidden)
    gc.disable()  # It must be freed at once, not when the collector comes round.
    try:
        del long
        assert hidden() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("gradient_checkpointing", ["on", "off"])
@pytest.mark.parametrize("architecture", tiny.CONFIGS)
def test_a_deleted_trace_frees_all_tensors(
    architecture: str, gradient_checkpointing: str, new_objects_only: None
) -> None:
    lm = _lm(architecture, gradient_checkpointing)

    def use() -> None:
        lm.trace(IDS, lambda x, i: x * 2 if i else x).gradients(
            objectives(IDS, np.concatenate([WEIGHTS] * 2))
        )

    use()  # What the model itself caches, such as the angles of positions, is there now.
    before = _living_tensors()
    use()
    assert _living_tensors() == before


@pytest.mark.parametrize("architecture", tiny.CONFIGS)
def test_the_measured_costs_predict_the_memory_of_a_longer_trace(architecture: str) -> None:
    lm, ids = _lm(architecture), IDS * 8
    # Gemma 2, Falcon and Mistral keep attention or masks, which grow with the square.
    costs = lm._memory.costs
    assert lm.trace(ids).nbytes == pytest.approx(costs.graph(len(ids)), rel=0.05)
    recomputed = _lm(architecture, "on").trace(ids)
    assert recomputed.nbytes < costs.checkpointed(len(ids)) < costs.graph(len(ids))


@pytest.mark.parametrize("architecture", tiny.CONFIGS)
def test_gradient_checkpointing_gives_the_same_gradients(architecture: str) -> None:
    whole, recomputed = (_lm(architecture, choice).trace(IDS) for choice in ("off", "on"))
    weights = np.concatenate([WEIGHTS, np.eye(11, dtype=np.float32)[[4, 10]]])
    expected = whole.gradients(objectives(IDS, weights))
    for _ in range(2):  # The second selection recomputes the layers, too.
        torch.testing.assert_close(recomputed.gradients(objectives(IDS, weights)), expected)
    assert recomputed.nbytes < whole.nbytes / 2


def test_intercept_is_called_once_with_gradient_checkpointing() -> None:
    seen = []

    def halve(x: torch.Tensor, i: int) -> torch.Tensor:
        seen.append(i)
        return x / 2 if i == 2 else x

    recomputed = _lm("llama", "on").trace(IDS, halve)
    gradients = recomputed.gradients(objectives(IDS, WEIGHTS))
    assert seen == [0, 1, 2, 3]
    torch.testing.assert_close(
        gradients, _lm("llama").trace(IDS, halve).gradients(objectives(IDS, WEIGHTS))
    )


@pytest.mark.parametrize(("choice", "again"), [("on", True), ("off", False)])
def test_gradient_checkpointing_can_be_set(
    monkeypatch: pytest.MonkeyPatch, choice: str, again: bool
) -> None:
    monkeypatch.setattr(Memory, "free_bytes", lambda _: 1000)
    assert _lm("llama", choice).trace(IDS).checkpoint == again


def test_little_memory_enables_gradient_checkpointing_and_less_raises(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lm = _lm("llama")
    expected = lm.trace(IDS)
    needed = int(expected.nbytes * 1.35)  # Of which 70 % may be taken.
    monkeypatch.setattr(Memory, "free_bytes", lambda _: needed)
    tight = lm.trace(IDS)
    assert tight.nbytes < expected.nbytes / 2
    torch.testing.assert_close(
        tight.gradients(objectives(IDS, WEIGHTS)), expected.gradients(objectives(IDS, WEIGHTS))
    )
    monkeypatch.setattr(Memory, "free_bytes", lambda _: 1000)
    with pytest.raises(ValueError, match=r"Salience of 11 tokens needs about .* GB are free"):
        lm.trace(IDS)


class _Shortage:
    """Lets the next uses of memory fail, as a device does that others use too."""

    def __init__(self, lm: HFCausalLM, monkeypatch: pytest.MonkeyPatch) -> None:
        self.forwards = self.backwards = 0
        body, grad = lm._network.body, torch.autograd.grad

        def scarce_body(*args: Any, **kw: Any) -> torch.Tensor:
            if self.forwards:
                self.forwards -= 1
                self._fail()
            return body(*args, **kw)

        def scarce_grad(*args: Any, **kw: Any) -> Any:
            # The head's own pass has no retained graph, and is not the one that is meant.
            if self.backwards and kw:
                self.backwards -= 1
                self._fail()
            return grad(*args, **kw)

        monkeypatch.setattr(lm._network, "body", scarce_body)
        monkeypatch.setattr(torch.autograd, "grad", scarce_grad)

    @staticmethod
    def _fail() -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")


def test_a_forward_pass_without_memory_is_retried_with_gradient_checkpointing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lm = _lm("llama")
    expected = lm.trace(IDS).gradients(objectives(IDS, WEIGHTS))
    shortage = _Shortage(lm, monkeypatch)
    shortage.forwards = 1
    trace = lm.trace(IDS)
    assert trace.checkpoint
    torch.testing.assert_close(trace.gradients(objectives(IDS, WEIGHTS)), expected)
    assert not lm.trace(IDS).checkpoint


@pytest.mark.parametrize("targets", [1, 3])
def test_a_backward_pass_without_memory_is_retried_with_gradient_checkpointing(
    monkeypatch: pytest.MonkeyPatch, batched_backward: None, targets: int
) -> None:
    lm = _lm("llama")
    weights = np.eye(11, dtype=np.float32)[3 : 3 + targets]
    trace = lm.trace(IDS)
    expected = trace.gradients(objectives(IDS, weights))
    shortage = _Shortage(lm, monkeypatch)
    shortage.backwards = 1 if targets == 1 else 2  # Batched, and one by one.
    torch.testing.assert_close(trace.gradients(objectives(IDS, weights)), expected)
    assert trace.checkpoint


def test_memory_that_does_not_suffice_either_way_raises_and_the_next_request_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lm = _lm("llama")
    trace = lm.trace(IDS)
    expected = trace.gradients(objectives(IDS, WEIGHTS))
    shortage = _Shortage(lm, monkeypatch)
    message = r"Salience of 11 tokens needs about .* GB of memory, and .* are free. Shorten"
    shortage.forwards = 2
    with pytest.raises(DoesNotFitError, match=message):
        lm.trace(IDS)
    shortage.backwards = 2  # Of the graph that keeps everything, and of the one that does not.
    with pytest.raises(DoesNotFitError, match=message):
        trace.gradients(objectives(IDS, WEIGHTS))
    torch.testing.assert_close(trace.gradients(objectives(IDS, WEIGHTS)), expected)


def test_an_answer_without_memory_is_generated_after_caches_are_freed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lm, options, rooms = _lm("llama"), GenerationOptions(max_new_tokens=4), list[int]()
    expected = [
        [each.text for each in answers] for answers in TextEncoder(lm, options).answers(["a b"])
    ]
    generate, failures = lm.model.generate, 1

    def scarce(*args: Any, **kw: Any) -> Any:
        nonlocal failures
        failures -= 1
        return generate(*args, **kw) if failures < 0 else _Shortage._fail()

    monkeypatch.setattr(lm.model, "generate", scarce)
    encoder = TextEncoder(lm, options, free_memory=lambda: rooms.append(failures))
    assert [[each.text for each in answers] for answers in encoder.answers(["a b"])] == expected
    assert rooms == [0]
    failures = 2
    with pytest.raises(
        DoesNotFitError, match=r"while generating the answer to a prompt of \d+ tokens; .* "
    ):
        encoder.answers(["c d"])
    assert encoder.answers(["c d"])


def test_unused_memory_of_the_pytorch_allocator_is_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (20, 80))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda device: 55)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda device: 15)
    assert pytorch.free_bytes(torch.device("cuda", 0)) == 60


SCARCE = """
import resource, sys
import numpy as np, psutil, torch, transformers
from seqsal.models.transformers import HFCausalLM
from tests import tiny
from tests.objectives import objectives

config = transformers.LlamaConfig(
    vocab_size=tiny.VOCABULARY, hidden_size=64, intermediate_size=1024, num_hidden_layers=12,
    num_attention_heads=2, max_position_embeddings=4096,
)
torch.set_num_threads(1)
torch.manual_seed(0)
lm = HFCausalLM(transformers.AutoModelForCausalLM.from_config(config), tiny.byte_level_tokenizer())
ids, weights = [i % 300 for i in range(2000)], np.zeros((1, 2000), np.float32)
weights[0, 1990] = 1
enough = lm.trace(ids).gradients(objectives(ids, weights))
print(lm._memory.costs.graph(2000), lm._memory.costs.checkpointed(2000))
used = psutil.Process().memory_info().vms
for spare in (180_000_000, 20_000_000):
    resource.setrlimit(resource.RLIMIT_AS, (used + spare, resource.RLIM_INFINITY))
    trace = None
    try:
        trace = lm.trace(ids)
        torch.testing.assert_close(trace.gradients(objectives(ids, weights)), enough)
        print(trace.checkpoint)
    except ValueError as error:
        print(error)
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(lm.trace(ids).checkpoint)
"""


def test_a_process_survives_a_real_memory_limit() -> None:
    environment = {**os.environ, "MALLOC_TRIM_THRESHOLD_": "0", "MALLOC_MMAP_THRESHOLD_": "65536"}
    done = subprocess.run(
        [sys.executable, "-c", SCARCE], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    costs, less, message, more = done.stdout.splitlines()
    assert int(costs.split()[0]) > 300e6 > 100e6 > int(costs.split()[1])
    assert less == "True"
    assert message.startswith("Salience of 2000 tokens needs about 0.1 GB of memory, and ")
    assert more == "False"
