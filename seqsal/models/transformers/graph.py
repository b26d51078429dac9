"""One forward pass of a model's body as a retained autograd graph."""

import contextlib
from collections.abc import Sequence
from typing import Final

import torch
import transformers
from jaxtyping import Float, Int
from torch import Tensor

from seqsal.models.causal_lm import LayerInterceptFn
from seqsal.models.pytorch import SavedTensorMeter, vjp
from seqsal.models.transformers.linearized_operations import Linearization
from seqsal.models.transformers.network import Network

_ONE_BY_ONE: Final = {"cpu"}
"""Types of devices on which a batched backward pass is not worth it: on a CPU, which one objective
keeps busy, a batch took 0 to 25 % longer and more memory."""


class Graph:
    """The body's forward pass over a sequence, for any number of backward passes.

    Attributes:
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
        prefix: "SharedPrefix | None" = None,
    ) -> None:
        """Runs the forward pass.

        Args:
            network: the model.
            ids: the sequence of token ids.
            intercept: sees and may change the embeddings and the output of each layer.
            checkpoint: whether layers save only their inputs and are recomputed in a backward
                pass.
            prefix: the graph of the first tokens, if it is there already; what is differentiated
                must not depend on its hidden states other than by attention.
        """
        self.checkpoint = checkpoint
        self._batched = not checkpoint and ids.device.type not in _ONE_BY_ONE
        self._meter = SavedTensorMeter(network.weight_storages)
        self._layers = len(network.layers)
        self._linearization = Linearization() if prefix is None else prefix.linearization
        rows = network.table_rows(ids if prefix is None else ids[len(prefix.ids) :])
        rows.requires_grad_()
        self._leaves = [rows] if prefix is None else [prefix.rows, rows]
        with torch.enable_grad(), self._meter:
            if intercept is not None:
                rows = intercept(rows[None], 0)[0]
            self.hidden = network.body(
                network.embed(rows),
                intercept=intercept,
                checkpoint=checkpoint,
                batched=self._batched,
                linearization=self._linearization,
                cache=None if prefix is None else prefix.cache(),
            )
            if prefix is not None:
                self.hidden = torch.cat([prefix.hidden, self.hidden], dim=1)

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
            return vjp(self.hidden, self._leaves, seeds, batched=self._batched)


class SharedPrefix:
    """The graph of what several sequences begin with; it is the first part of their graphs.

    Attributes:
        ids: the tokens.
        rows: their embeddings, before the model scales them or adds positions.
        hidden: their last hidden states, [1, tokens, hidden], without a graph.
        batched: whether backward passes may be batched.
        linearization: the switch of its operations, and of those of all graphs that it is part of.
    """

    def __init__(self, network: Network, ids: Sequence[int]) -> None:
        """Runs the forward pass over a prefix.

        Args:
            network: a model whose layers all attend to any token before.
            ids: the tokens.
        """
        self.ids, self._network = tuple(ids), network
        tensor = torch.tensor(self.ids, device=network.device)
        self.rows = network.table_rows(tensor).requires_grad_()
        self.linearization = Linearization()
        self.linearization.keeps_constants = True  # Each graph that it is part of needs them.
        self.batched = tensor.device.type not in _ONE_BY_ONE
        cache = network.new_cache()
        meter = SavedTensorMeter(network.weight_storages)  # Also drops references to outputs.
        with torch.enable_grad(), meter:
            hidden = network.body(
                network.embed(self.rows),
                batched=self.batched,
                linearization=self.linearization,
                cache=cache,
            )
        self.linearization.keeps_constants = False
        self.hidden = hidden.detach()
        self._states = [(layer.keys, layer.values) for layer in cache.layers]

    def cache(self) -> transformers.DynamicCache:
        """Returns a cache with the keys and values of the prefix, which keep their graph."""
        return self._cache(self._states)

    def repeated(self, sequences: int) -> tuple[transformers.DynamicCache, list[Tensor]]:
        """Returns a cache with the keys and values of the prefix for each of some sequences.

        Their graph begins there; `backward` continues it. The second value has these keys and
        values, each [sequences, heads, tokens, dim].
        """
        states = [
            (_leaf(keys, sequences), _leaf(values, sequences)) for keys, values in self._states
        ]
        return self._cache(states), [each for pair in states for each in pair]

    def backward(
        self, seeds: Sequence[Float[Tensor, "1 _ tokens _"] | None], *, linearized: bool
    ) -> Float[Tensor, "tokens dim"]:
        """Returns the sum of d(seed . state) / d rows over keys and values.

        Args:
            seeds: the gradient at each tensor that `repeated` returns; None for none.
            linearized: whether the derivative is that of the linearized network.
        """
        states = [each for pair in self._states for each in pair]
        given = [
            (state, seed) for state, seed in zip(states, seeds, strict=True) if seed is not None
        ]
        if not given:
            return torch.zeros_like(self.rows)
        outputs, gradients = zip(*given, strict=True)
        with self.switched(linearized=linearized):
            (into,) = torch.autograd.grad(outputs, self.rows, gradients, retain_graph=True)
        return into

    def switched(self, *, linearized: bool) -> contextlib.AbstractContextManager[None]:
        """Returns the context of a backward pass of the model or of the linearized network."""
        return self.linearization.activated() if linearized else contextlib.nullcontext()

    def _cache(self, states: Sequence[tuple[Tensor, Tensor]]) -> transformers.DynamicCache:
        cache = self._network.new_cache()
        for layer, (keys, values) in zip(cache.layers, states, strict=True):
            layer.lazy_initialization(keys, values)
            layer.keys, layer.values = keys, values
        return cache


def _leaf(states: Tensor, sequences: int) -> Tensor:
    return states.detach().expand(sequences, -1, -1, -1).requires_grad_()
