"""Segments on PyTorch: run eagerly, with a retained autograd graph each."""

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from seqsal.models.keras._accelerate.fused_attention import fused_attention
from seqsal.models.keras.network import Head
from seqsal.models.keras.runtime.base import VJP, Context, Step, target_logprobs
from seqsal.models.keras.segment import Segment
from seqsal.models.pytorch import SavedTensorMeter, free_bytes, storage_id, vjp


class TorchRuntime:
    """A `Runtime` on PyTorch."""

    caches_graphs = True
    compiles_each_length = False

    def padded_length(self, tokens: int) -> int:
        """Returns the length itself: nothing is compiled."""
        return tokens

    def padded_rows(self, rows: int) -> int:
        """Returns the number itself."""
        return rows

    def forward(self, segment: Segment, x: Tensor, context: Context) -> Tensor:
        """Returns a segment's output without a graph."""
        with torch.no_grad():
            return _run(segment, context, x)

    def forward_with_vjp(self, segment: Segment, x: Tensor, context: Context) -> tuple[Tensor, VJP]:
        """Returns a segment's output and its retained graph."""
        return self.vjp(functools.partial(_run, segment, context), x)

    def recomputed_vjp(
        self, segment: Segment, x: Tensor, context: Context, seeds: Tensor
    ) -> Tensor:
        """Returns the gradients at a segment's input; the segment is recomputed."""
        _, back = self.forward_with_vjp(segment, x, context)
        gradients: Tensor = back(seeds)
        return gradients

    def vjp(self, function: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, VJP]:
        """Returns the output of a function and its VJP."""
        start = x.detach().requires_grad_()
        with torch.enable_grad():
            y = function(start)
        return y.detach(), lambda seeds: vjp(y, [start], seeds, batched=True)

    def logprobs(self, head: Head, hidden: Tensor, targets: Tensor) -> Tensor:
        """Returns the log-probability of each target given its hidden state."""
        with torch.no_grad():
            return _logprobs(head, hidden, targets)

    def logprob_gradients(self, head: Head, hidden: Tensor, targets: Tensor) -> Tensor:
        """Returns d logprob / d hidden state: each target depends on one row alone."""
        start = hidden.detach().requires_grad_()
        with torch.enable_grad():
            total = _logprobs(head, start, targets).sum()
        (slopes,) = torch.autograd.grad(total, start)
        return slopes

    def saved_bytes(self, segment: Segment, x: Tensor, context: Context) -> int:
        """Returns the bytes that `forward_with_vjp` saves, by running it."""
        meter = SavedTensorMeter({storage_id(variable.value) for variable in segment.weights})
        with meter:
            self.forward_with_vjp(segment, x, context)
        return meter.nbytes

    def step(self, model: Any, cache: Any) -> Step:
        """Returns a model's generation step."""
        del cache  # Its shape is known at the first call.

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
    with fused_attention(segment.function):
        y: Tensor = segment.run(x, *context)
        return y


def _logprobs(head: Head, hidden: Tensor, targets: Tensor) -> Tensor:
    values = tuple(variable.value for variable in head.weights)
    logprobs: Tensor = target_logprobs(head, values, hidden, targets)
    return logprobs
