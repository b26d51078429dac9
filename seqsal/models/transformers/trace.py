"""`Trace` on PyTorch: log-probabilities and gradients on a retained graph, within memory.

The model's body runs once per sequence, and its head only on the rows that the terms need.
"""

import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import torch
from jaxtyping import Float, Float32, Float64, Int64
from torch import Tensor

from seqsal.models.arrays import NumpyArray
from seqsal.models.causal_lm import LayerInterceptFn
from seqsal.models.head_gradients import HeadGradients, batches
from seqsal.models.limits import DoesNotFitError, too_large
from seqsal.models.objective import Objective, Term, as_arrays, weight_matrix
from seqsal.models.pytorch import all_logprobs, is_out_of_memory, target_logprobs
from seqsal.models.transformers._accelerate import malloc_tuning
from seqsal.models.transformers.graph import Graph, SharedPrefix
from seqsal.models.transformers.memory import Memory
from seqsal.models.transformers.network import Network

T = TypeVar("T")


class HFTrace:
    """One forward pass of a Transformers model, as a retained autograd graph."""

    def __init__(
        self,
        network: Network,
        ids: Sequence[int],
        memory: Memory,
        *,
        intercept: LayerInterceptFn | None = None,
        prefix: SharedPrefix | None = None,
    ) -> None:
        """Runs the forward pass.

        Args:
            network: the model.
            ids: the sequence of token ids.
            memory: what is free, and whether gradient checkpointing is allowed.
            intercept: sees and may change the embeddings and the output of each layer.
            prefix: the graph of the first tokens, if it is there already.

        Raises:
            DoesNotFitError: the sequence does not fit into memory.
        """
        self._network, self._memory, self._intercept = network, memory, intercept
        self._prefix = prefix
        self._ids = torch.tensor(ids, device=network.device)
        self._head_gradients = HeadGradients[Tensor]()
        self._graph: Graph | None = None
        self._attempts = memory.attempts(len(ids))
        self._with_graph(lambda _: None)

    @property
    def embeddings(self) -> Float32[Tensor, "tokens dim"]:
        """The token embeddings, before the model scales them or adds positions."""
        return self._network.table_rows(self._ids).float()

    @property
    def checkpoint(self) -> bool:
        """Whether layers save only their inputs and are recomputed in a backward pass."""
        return self._graph is not None and self._graph.checkpoint

    @property
    def nbytes(self) -> int:
        """Bytes of the graph and of cached gradients, beyond the model's weights."""
        graph = self._graph.nbytes if self._graph is not None else 0
        return graph + self._head_gradients.nbytes

    def logprobs(self, terms: Sequence[Term]) -> Float32[Tensor, " terms"]:
        """Returns the log-probability of each term.

        Raises:
            DoesNotFitError: memory ran out.
        """

        def run(graph: Graph) -> Tensor:
            with torch.no_grad():
                parts = [
                    self._logprobs(tokens, graph.hidden[0, torch.as_tensor(positions - 1)])
                    for positions, tokens in batches(terms)
                ]
            return torch.cat(parts)

        with self._network.queue:
            return self._with_graph(run)

    def gradients(
        self, objectives: Sequence[Objective], *, linearized: bool = False
    ) -> Float32[Tensor, "objectives tokens dim"]:
        """Returns d objective / d embeddings for each objective.

        Args:
            objectives: what is differentiated.
            linearized: whether the derivative is that of the linearized network.

        Raises:
            DoesNotFitError: memory ran out.
        """
        terms, weights = weight_matrix(objectives)
        if not terms:
            return torch.zeros(len(objectives), *self.embeddings.shape, device=self._ids.device)
        with self._network.queue:
            first = min(term.position for term in terms)
            if self._prefix is not None and first <= len(self._prefix.ids):
                # The graph of the prefix gives no gradient of its last hidden states.
                self._prefix = self._graph = None
                self._head_gradients = HeadGradients[Tensor]()
            gradients = self._with_graph(
                lambda graph: graph.backward(
                    self._seeds(graph, terms, weights), linearized=linearized
                ).float()
            )
        for objective, gradient in zip(objectives, gradients, strict=True):
            # A causal model cannot see what follows; attention may leave rounding errors there.
            gradient[objective.end :] = 0
        return gradients

    def head_products(self, objectives: Sequence[Objective]) -> Float64[NumpyArray, " objectives"]:
        """Returns for each objective the sum of ds/dh * h over the last hidden states h.

        Raises:
            DoesNotFitError: memory ran out.
        """
        terms, weights = weight_matrix(objectives)
        if not terms:
            return np.zeros(len(objectives))

        def run(graph: Graph) -> Tensor:
            compute = functools.partial(self._logprob_gradients, graph)
            rows = torch.stack(self._head_gradients.of(terms, compute))
            hidden = graph.hidden[0, torch.as_tensor(as_arrays(terms)[0] - 1)].detach()
            return (rows.double() * hidden.double()).sum(dim=-1)

        with self._network.queue:
            products = self.to_numpy(self._with_graph(run))
        return weights.astype(np.float64) @ products

    def likeliest(self, position: int, count: int) -> list[tuple[Term, float]]:
        """Returns the likeliest terms at a position, the likeliest first, with their logprobs."""

        def run(graph: Graph) -> list[tuple[Term, float]]:
            with torch.no_grad():
                logits = self._network.head(graph.hidden[0, position - 1 : position]).float()
                found = all_logprobs(logits)[0].topk(min(count, logits.shape[-1]))
            pairs = zip(found.indices.tolist(), found.values.tolist(), strict=True)
            return [(Term(position, token), logprob) for token, logprob in pairs]

        with self._network.queue:
            return self._with_graph(run)

    def expect(self, terms: Sequence[Term]) -> None:
        """Announces the terms of later objectives, the next first."""
        self._head_gradients.expect(terms)

    def to_numpy(self, array: Tensor) -> NumpyArray:
        """Returns a tensor as a NumPy array."""
        numpy: NumpyArray = array.detach().cpu().numpy()
        return numpy

    def _with_graph(self, use: Callable[[Graph], T]) -> T:
        """Returns use(graph); if memory runs out, retries on a graph that takes less."""
        while self._attempts:
            try:
                with self._allocation():
                    return self._attempt(use)
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
            # Outside of the except block, where the error's frames no longer hold tensors.
            self._graph = None
            self._attempts = self._attempts[1:]
            torch.cuda.empty_cache()
        self._attempts = self._memory.attempts(len(self._ids))  # For a later call, with more room.
        raise DoesNotFitError(
            too_large(
                len(self._ids),
                self._memory.costs.checkpointed(len(self._ids)),
                self._memory.free_bytes(),
            )
        )

    def _attempt(self, use: Callable[[Graph], T]) -> T:
        if self._graph is None:
            self._graph = Graph(
                self._network,
                self._ids,
                intercept=self._intercept,
                checkpoint=self._attempts[0],
                prefix=None if self._attempts[0] else self._prefix,
            )
        return use(self._graph)

    def _allocation(self) -> contextlib.AbstractContextManager[None]:
        """Returns the context in which memory is allocated."""
        states = self._ids.numel() * self._network.dim
        return malloc_tuning.for_sequence(
            self._ids.device.type, states, recomputed=self._attempts[0]
        )

    def _seeds(
        self,
        graph: Graph,
        terms: Sequence[Term],
        weights: Float32[NumpyArray, "objectives terms"],
    ) -> Float[Tensor, "objectives 1 tokens hidden"]:
        """Returns d objective / d hidden for each objective."""
        compute = functools.partial(self._logprob_gradients, graph)
        rows = torch.stack(self._head_gradients.of(terms, compute))
        seeds = graph.hidden.new_zeros(len(weights), *graph.hidden.shape)
        index = torch.as_tensor(as_arrays(terms)[0] - 1, device=seeds.device)
        weighted = torch.as_tensor(weights).to(rows)[..., None] * rows
        seeds[:, 0].index_add_(1, index, weighted)  # Several terms may share a position.
        return seeds

    def _logprob_gradients(
        self,
        graph: Graph,
        positions: Int64[NumpyArray, " rows"],
        tokens: Int64[NumpyArray, " rows"],
    ) -> Float[Tensor, "rows hidden"]:
        """Returns d logprob / d hidden[position - 1] for tokens at positions."""
        needed = graph.hidden[0, torch.as_tensor(positions - 1)].detach().requires_grad_()
        with torch.enable_grad():
            total = self._logprobs(tokens, needed).sum()
        return torch.autograd.grad(total, needed)[0]

    def _logprobs(
        self, tokens: Int64[NumpyArray, " rows"], hidden: Float[Tensor, "rows hidden"]
    ) -> Float32[Tensor, " rows"]:
        logits = self._network.head(hidden).float()
        return target_logprobs(logits, torch.as_tensor(tokens, device=logits.device))
