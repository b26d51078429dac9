"""Segments on PyTorch: run as they are, with a retained autograd graph each."""

import contextlib
import functools
from collections.abc import Callable
from typing import Any

import torch
from keras.src.backend.torch import nn as keras_nn
from torch import Tensor

from seqsal.models.keras._accelerate.attention import fused_attention
from seqsal.models.keras._accelerate.attention_torch import attention
from seqsal.models.keras.network import Head
from seqsal.models.keras.runtime.base import Context, Pull, Step, target_logprobs
from seqsal.models.keras.segment import Segment
from seqsal.models.torch_memory import free_bytes


class TorchRuntime:
    """A `Runtime` on PyTorch."""

    keeps_graphs = True
    compiles_lengths = False

    def padded_length(self, tokens: int) -> int:
        """Returns the length itself: nothing is compiled."""
        return tokens

    def padded_rows(self, rows: int) -> int:
        """Returns the number itself."""
        return rows

    def forward(self, segment: Segment, x: Tensor, context: Context) -> Tensor:
        """Returns a segment's output, and keeps nothing."""
        with torch.no_grad():
            return _run(segment, context, x)

    def keep(self, segment: Segment, x: Tensor, context: Context) -> tuple[Tensor, Pull]:
        """Returns a segment's output and its retained graph."""
        return self.through(functools.partial(_run, segment, context), x)

    def rerun(self, segment: Segment, x: Tensor, context: Context, seeds: Tensor) -> Tensor:
        """Returns the gradients at a segment's input by running it again."""
        _, pull = self.keep(segment, x, context)
        gradients: Tensor = pull(seeds)
        return gradients

    def through(self, function: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Pull]:
        """Returns the output of a function and the way back."""
        start = x.detach().requires_grad_()
        with torch.enable_grad():
            y = function(start)
        return y.detach(), functools.partial(_backward, y, start)

    def logprobs(self, head: Head, hidden: Tensor, targets: Tensor) -> Tensor:
        """Returns the log-probability of each target given its hidden state."""
        with torch.no_grad():
            return _logprobs(head, hidden, targets)

    def slopes(self, head: Head, hidden: Tensor, targets: Tensor) -> Tensor:
        """Returns d logprob / d hidden state: each target depends on one row alone."""
        start = hidden.detach().requires_grad_()
        with torch.enable_grad():
            total = _logprobs(head, start, targets).sum()
        (slopes,) = torch.autograd.grad(total, start)
        return slopes

    def kept_bytes(self, segment: Segment, x: Tensor, context: Context) -> int:
        """Returns what `keep` holds, by running it."""
        meter = _GraphMeter({v.value.untyped_storage()._cdata for v in segment.weights})
        with meter:
            self.keep(segment, x, context)
        return meter.nbytes

    def step(self, model: Any, cache: Any) -> Step:
        """Returns a model's step with a cache."""
        del cache  # Its form shows when it comes.

        def run(ids: Tensor, cache: Any, index: int) -> tuple[Tensor, Any]:
            with torch.no_grad():
                logits, _, cache = model.call_with_cache(ids, cache, index)
            return logits, cache

        return run

    def on_accelerator(self) -> bool:
        """Returns whether models run on an accelerator."""
        return torch.cuda.is_available()

    def free_bytes(self) -> int:
        """Returns the memory that is free on the device of the model."""
        return free_bytes(torch.device("cuda" if torch.cuda.is_available() else "cpu"))


def _run(segment: Segment, context: Context, x: Tensor) -> Tensor:
    with fused_attention(segment.kind, keras_nn, attention):
        y: Tensor = segment.run(x, *context)
        return y


def _logprobs(head: Head, hidden: Tensor, targets: Tensor) -> Tensor:
    values = tuple(variable.value for variable in head.weights)
    logprobs: Tensor = target_logprobs(head, values, hidden, targets)
    return logprobs


def _backward(y: Tensor, x: Tensor, seeds: Tensor) -> Tensor:
    """Returns the gradients of all targets by one batched backward pass where that can be.

    Operations without a rule for batches raise a RuntimeError, as does memory that holds one
    target but not all; then it is one target after the other.
    """

    def grad(seed: Tensor, *, batched: bool) -> Tensor:
        (gradient,) = torch.autograd.grad(y, x, seed, retain_graph=True, is_grads_batched=batched)
        return gradient

    if len(seeds) > 1:
        with contextlib.suppress(RuntimeError):
            return grad(seeds, batched=True)
    return torch.stack([grad(seed, batched=False) for seed in seeds])


class _GraphMeter(torch.autograd.graph.saved_tensors_hooks):
    """Adds up the memory that autograd keeps: each storage once, weights not at all."""

    def __init__(self, weight_storages: set[int]) -> None:
        super().__init__(self._count, lambda tensor: tensor)
        self._seen, self.nbytes = weight_storages, 0

    def _count(self, tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in self._seen:
            self._seen.add(storage._cdata)
            self.nbytes += storage.nbytes()
        return tensor
