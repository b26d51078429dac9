"""`Trace` on PyTorch: one forward pass as a retained autograd graph.

The model's body runs once per sequence; its head runs only on the rows that a selection asks
for; and since each log-probability depends on one row of hidden states, one backward pass
through the head serves every target.
"""

import contextlib
from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from jaxtyping import Float, Float32, Int
from torch import Tensor

from seqsal.arrays import NumpyArray
from seqsal.models.base import LayerInterceptFn
from seqsal.models.huggingface.memory import Costs
from seqsal.models.huggingface.network import Network

_HEAD_ROWS: Final = 128
"""Rows of logits made at a time: with a vocabulary of 256k, 128 MB in float32."""


class HFTrace:
    """One forward pass of a Transformers model, as a retained autograd graph."""

    def __init__(
        self,
        network: Network,
        ids: Sequence[int],
        *,
        intercept: LayerInterceptFn | None = None,
        checkpoint: bool = False,
    ) -> None:
        """Runs the forward pass.

        Args:
            network: the model.
            ids: the sequence of token ids.
            intercept: sees and may change the embeddings and the output of each layer.
            checkpoint: whether layers keep only their inputs, and run again in a backward pass.
        """
        self._network, self._meter = network, _GraphMeter(network.weight_storages)
        self._checkpoint = checkpoint
        self._ids = torch.tensor(ids, device=network.device)
        self._table_rows = network.table_rows(self._ids).requires_grad_()
        rows = self._table_rows
        with torch.enable_grad(), self._meter:
            if intercept is not None:
                rows = intercept(rows[None], 0)[0]
            embedded = network.embed(rows)
            self._hidden = network.body(embedded, intercept=intercept, checkpoint=checkpoint)

    @property
    def embeddings(self) -> Float32[Tensor, "tokens dim"]:
        """The token embeddings, before the model scales them or adds positions."""
        embeddings: Tensor = self._table_rows.detach().float()
        return embeddings

    @property
    def nbytes(self) -> int:
        """Bytes that the kept graph holds beyond the model's weights."""
        if self._checkpoint:  # The inputs of layers, which the meter does not see.
            return self._meter.nbytes + len(self._network.layers) * self.hidden_nbytes
        return self._meter.nbytes

    @property
    def hidden_nbytes(self) -> int:
        """Bytes of the hidden states between two layers."""
        return self._hidden.nbytes

    def logprobs(self, positions: Int[NumpyArray, " positions"]) -> Float32[Tensor, " positions"]:
        """Returns log p(ids[t] | ids[:t]) for each t >= 1 in positions."""
        with self._network.lock, torch.no_grad():
            return torch.cat(
                [
                    self._logprobs(rows, self._hidden[0, rows - 1])
                    for rows in self._chunks(positions)
                ]
            )

    def gradients(
        self, weights: Float32[NumpyArray, "targets tokens"]
    ) -> Float32[Tensor, "targets tokens dim"]:
        """Returns, for each row w of weights, d(sum_t w[t] * logprob[t]) / d embeddings."""
        positions = np.flatnonzero(weights.any(axis=0))
        if not len(positions):
            return self._table_rows.new_zeros(len(weights), *self._table_rows.shape).float()
        with self._network.lock:
            slopes = torch.cat([self._slopes(rows) for rows in self._chunks(positions)])
            seeds = self._seeds(positions, torch.as_tensor(weights[:, positions]), slopes)
            gradients = self._backward(seeds).float()
        for row, gradient in zip(weights, gradients, strict=True):
            # A causal model can not see it; attention may leave rounding there.
            gradient[int(np.flatnonzero(row).max(initial=0)) :] = 0
        return gradients

    def to_numpy(self, array: Tensor) -> NumpyArray:
        """Returns a tensor as a NumPy array."""
        numpy: NumpyArray = array.detach().cpu().numpy()
        return numpy

    def _slopes(self, positions: Int[Tensor, " rows"]) -> Float[Tensor, "rows hidden"]:
        """Returns d logprob[t] / d hidden[t - 1] for each t.

        Each log-probability depends on one row of hidden states, so one backward pass through
        the head serves every target.
        """
        hidden = self._hidden[0, positions - 1].detach().requires_grad_()
        with torch.enable_grad():
            total = self._logprobs(positions, hidden).sum()
        (slopes,) = torch.autograd.grad(total, hidden)
        return slopes

    def _seeds(
        self,
        positions: Int[NumpyArray, " rows"],
        weights: Float32[Tensor, "targets rows"],
        slopes: Float[Tensor, "rows hidden"],
    ) -> Float[Tensor, "targets 1 tokens hidden"]:
        """Returns d(sum_t w[t] * logprob[t]) / d hidden for each target."""
        seeds = self._hidden.new_zeros(len(weights), *self._hidden.shape)
        rows = torch.as_tensor(positions - 1, device=seeds.device)
        seeds[:, 0, rows] = weights.to(slopes)[..., None] * slopes
        return seeds

    def _backward(
        self, seeds: Float[Tensor, "targets 1 tokens hidden"]
    ) -> Float[Tensor, "targets tokens dim"]:
        """Returns the gradients of all targets by one batched backward pass where that can be.

        Attention kernels without a rule for batches, and memory that holds one target but not
        all, both raise a RuntimeError; then it is one target after the other.
        """

        def grad(seed: Tensor, *, batched: bool) -> Tensor:
            (gradient,) = torch.autograd.grad(
                self._hidden, self._table_rows, seed, retain_graph=True, is_grads_batched=batched
            )
            return gradient

        if len(seeds) > 1 and not self._checkpoint:
            with contextlib.suppress(RuntimeError):
                return grad(seeds, batched=True)
        return torch.stack([grad(seed, batched=False) for seed in seeds])

    def _logprobs(
        self, positions: Int[Tensor, " rows"], hidden: Float[Tensor, "rows hidden"]
    ) -> Float32[Tensor, " rows"]:
        logits = self._network.head(hidden).float()
        targets = self._ids[positions.to(self._ids.device)].to(logits.device)
        logprobs: Tensor = torch.log_softmax(logits, dim=-1).gather(-1, targets[:, None])[:, 0]
        return logprobs

    def _chunks(self, positions: Int[NumpyArray, " positions"]) -> list[Tensor]:
        # A model can be spread over devices: rows are taken where the last hidden states are.
        on_device = torch.as_tensor(positions, device=self._hidden.device)
        return list(torch.split(on_device, _HEAD_ROWS))


def measure_costs(network: Network) -> Costs:
    """Returns what a sequence costs, measured on a short one and a longer one."""
    short, long = 16, 64
    first, second = (HFTrace(network, [0] * tokens) for tokens in (short, long))
    per_pair = max(0.0, (second.nbytes / long - first.nbytes / short) / (long - short))
    return Costs(
        per_token=first.nbytes / short - short * per_pair,
        per_pair=per_pair,
        hidden=first.hidden_nbytes / short,
        layers=len(network.layers),
    )


class _GraphMeter(torch.autograd.graph.saved_tensors_hooks):
    """Adds up the memory that autograd keeps: each storage once, weights not at all.

    It must not know the trace: the graph holds the meter, and would hold itself.
    """

    def __init__(self, weight_storages: set[int]) -> None:
        super().__init__(self._count, lambda tensor: tensor)
        self._seen = set(weight_storages)
        self.nbytes = 0

    def _count(self, tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in self._seen:
            self._seen.add(storage._cdata)
            self.nbytes += storage.nbytes()
        return tensor
