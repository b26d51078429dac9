"""One forward pass of a model's body as a retained autograd graph."""

import contextlib
from typing import Final

import torch
from jaxtyping import Float, Int
from torch import Tensor

from seqsal.models.causal_lm import LayerInterceptFn
from seqsal.models.pytorch import SavedTensorMeter, vjp
from seqsal.models.transformers.linearization import Linearization
from seqsal.models.transformers.network import Network

_ONE_BY_ONE: Final = {"cpu"}
"""Types of devices on which a batched backward pass is not worth it: on a CPU, which one objective
keeps busy, a batch took 0 to 25 % longer and more memory."""


class Graph:
    """The body's forward pass over a sequence, for any number of backward passes.

    Attributes:
        rows: the token embeddings, before the model scales them or adds positions.
        hidden: the last hidden states, [1, tokens, hidden].
        checkpoint: whether layers save only their inputs and are recomputed in a backward pass.
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
            checkpoint: whether layers save only their inputs and are recomputed in a backward
                pass.
        """
        self.checkpoint = checkpoint
        self._batched = not checkpoint and ids.device.type not in _ONE_BY_ONE
        self._meter = SavedTensorMeter(network.weight_storages)
        self._layers = len(network.layers)
        self._linearization = Linearization()
        self.rows = network.table_rows(ids).requires_grad_()
        rows = self.rows
        with torch.enable_grad(), self._meter:
            if intercept is not None:
                rows = intercept(rows[None], 0)[0]
            self.hidden = network.body(
                network.embed(rows),
                intercept=intercept,
                checkpoint=checkpoint,
                batched=self._batched,
                linearization=self._linearization,
            )

    @property
    def nbytes(self) -> int:
        """Bytes of the graph beyond the model's weights."""
        if self.checkpoint:  # The inputs of layers, which the meter does not see.
            return self._meter.nbytes + self._layers * self.hidden.nbytes
        return self._meter.nbytes

    def backward(
        self, seeds: Float[Tensor, "objectives 1 tokens hidden"], *, linearized: bool = False
    ) -> Float[Tensor, "objectives tokens dim"]:
        """Returns d(seed . hidden) / d rows for each seed.

        Args:
            seeds: the gradients at the last hidden states.
            linearized: whether the derivative is that of the linearized network.
        """
        switch = self._linearization.activated() if linearized else contextlib.nullcontext()
        with switch:
            return vjp(self.hidden, self.rows, seeds, batched=self._batched)
