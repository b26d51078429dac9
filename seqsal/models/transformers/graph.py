"""One forward pass of a model's body as a retained autograd graph."""

import contextlib
from typing import Final

import torch
from jaxtyping import Float, Int
from torch import Tensor

from seqsal.models.causal_lm import LayerInterceptFn
from seqsal.models.transformers.network import Network

_ONE_BY_ONE: Final = {"cpu"}
"""Types of devices on which a batched backward pass is not worth it."""


class Graph:
    """The body's forward pass over a sequence, ready for any number of backward passes.

    Attributes:
        rows: the token embeddings, before the model scales them or adds positions.
        hidden: the last hidden states, [1, tokens, hidden].
        checkpoint: whether layers keep only their inputs, and run again in a backward pass.
    """

    def __init__(
        self,
        network: Network,
        ids: Int[Tensor, " tokens"],
        *,
        intercept: LayerInterceptFn | None,
        checkpoint: bool,
    ) -> None:
        """Runs the forward pass.

        Args:
            network: the model.
            ids: the sequence of token ids.
            intercept: sees and may change the embeddings and the output of each layer.
            checkpoint: whether layers keep only their inputs, and run again in a backward pass.
        """
        self.checkpoint = checkpoint
        self._one_by_one = checkpoint or ids.device.type in _ONE_BY_ONE
        self._meter, self._layers = _Meter(network.weight_storages), len(network.layers)
        self.rows = network.table_rows(ids).requires_grad_()
        rows = self.rows
        with torch.enable_grad(), self._meter:
            if intercept is not None:
                rows = intercept(rows[None], 0)[0]
            embedded = network.embed(rows)
            self.hidden = network.body(
                embedded, intercept=intercept, checkpoint=checkpoint, by_rows=self._one_by_one
            )

    @property
    def nbytes(self) -> int:
        """Bytes that are held beyond the model's weights."""
        if self.checkpoint:  # The inputs of layers, which the meter does not see.
            return self._meter.nbytes + self._layers * self.hidden.nbytes
        return self._meter.nbytes

    def backward(
        self, seeds: Float[Tensor, "targets 1 tokens hidden"]
    ) -> Float[Tensor, "targets tokens dim"]:
        """Returns d(seed . hidden) / d rows for each seed.

        On an accelerator it is one batched backward pass if it can be: attention kernels without
        a rule for batches, and memory that holds one target but not all, raise a RuntimeError.
        On a CPU, which one target keeps busy, a batch took 0 to 25 % longer and more memory.
        """

        def grad(seed: Tensor, *, batched: bool) -> Tensor:
            (gradient,) = torch.autograd.grad(
                self.hidden, self.rows, seed, retain_graph=True, is_grads_batched=batched
            )
            return gradient

        if len(seeds) > 1 and not self._one_by_one:
            with contextlib.suppress(RuntimeError):
                return grad(seeds, batched=True)
        return torch.stack([grad(seed, batched=False) for seed in seeds])


class _Meter(torch.autograd.graph.saved_tensors_hooks):
    """Adds up the memory that autograd keeps: each storage once, weights not at all.

    It must not know the graph: the graph holds the meter, and would hold itself. What it returns
    is what autograd keeps.
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
        # Detached: a node that keeps its own output would hold itself, and never be freed.
        return tensor.detach()
