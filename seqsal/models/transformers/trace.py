"""`Trace` on PyTorch: log-probabilities and gradients on a retained graph, within memory.

The model's body runs once per sequence; its head runs only on the rows that a selection asks
for; and since each log-probability depends on one row of hidden states, one backward pass
through the head serves every target, and later ones too.
"""

import contextlib
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import torch
from jaxtyping import Float, Float32, Int
from torch import Tensor

from seqsal.models.arrays import NumpyArray
from seqsal.models.causal_lm import LayerInterceptFn
from seqsal.models.head_rows import rows_to_run
from seqsal.models.limits import DoesNotFitError, too_large
from seqsal.models.objective import Objective, Term, as_arrays, weight_matrix
from seqsal.models.torch_memory import has_run_out
from seqsal.models.transformers._accelerate import malloc_tuning as large_blocks
from seqsal.models.transformers.graph import Graph
from seqsal.models.transformers.memory import Memory
from seqsal.models.transformers.network import Network

_HEAD_ROWS: Final = 128
"""Rows of logits made at a time: with a vocabulary of 256k, 128 MB in float32."""

_LARGE_STATES: Final = {"kept": 2 * 2**20, "run again": 2**20}
"""Numbers in the hidden states between two layers from which on each block of memory is had by
itself. With fewer that would take as long as a tenth of what is computed, and save little. Where
layers are run again, memory is what is short: for half of it, a fifth more time is spent."""

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
    ) -> None:
        """Runs the forward pass.

        Args:
            network: the model.
            ids: the sequence of token ids.
            memory: what is free, and whether layers may keep only their inputs.
            intercept: sees and may change the embeddings and the output of each layer.

        Raises:
            DoesNotFitError: the sequence does not fit into memory.
        """
        self._network, self._memory, self._intercept = network, memory, intercept
        self._ids = torch.tensor(ids, device=network.device)
        self._slope_of: dict[Term, Float[Tensor, " hidden"]] = {}
        self._expected: Sequence[Term] = ()
        self._graph: Graph | None = None
        self._ways = memory.ways(len(ids))
        self._with_graph(lambda _: None)

    @property
    def embeddings(self) -> Float32[Tensor, "tokens dim"]:
        """The token embeddings, before the model scales them or adds positions."""
        return self._network.table_rows(self._ids).float()

    @property
    def checkpoint(self) -> bool:
        """Whether layers keep only their inputs, and run again in a backward pass."""
        return self._graph is not None and self._graph.checkpoint

    @property
    def nbytes(self) -> int:
        """Bytes that are kept beyond the model's weights."""
        slopes = sum(slope.nbytes for slope in self._slope_of.values())
        return slopes + (self._graph.nbytes if self._graph is not None else 0)

    def logprobs(self, terms: Sequence[Term]) -> Float32[Tensor, " terms"]:
        """Returns the log-probability of each term.

        Raises:
            DoesNotFitError: memory ran out.
        """

        def run(graph: Graph) -> Tensor:
            with torch.no_grad():
                parts = [
                    self._logprobs(tokens, graph.hidden[0, positions - 1])
                    for positions, tokens in chunks
                ]
            return torch.cat(parts)

        with self._network.queue:
            chunks = self._chunks(terms)
            return self._with_graph(run)

    def gradients(
        self, objectives: Sequence[Objective]
    ) -> Float32[Tensor, "objectives tokens dim"]:
        """Returns d objective / d embeddings for each objective.

        Raises:
            DoesNotFitError: memory ran out.
        """
        terms, weights = weight_matrix(objectives)
        if not terms:
            return torch.zeros(len(objectives), *self.embeddings.shape, device=self._ids.device)
        with self._network.queue:
            gradients = self._with_graph(
                lambda graph: graph.backward(self._seeds(graph, terms, weights)).float()
            )
        for objective, gradient in zip(objectives, gradients, strict=True):
            # A causal model can not see it; attention may leave rounding there.
            gradient[objective.end :] = 0
        return gradients

    def expect(self, terms: Sequence[Term]) -> None:
        """Announces the terms of later objectives, the next first."""
        self._expected = terms

    def to_numpy(self, array: Tensor) -> NumpyArray:
        """Returns a tensor as a NumPy array."""
        numpy: NumpyArray = array.detach().cpu().numpy()
        return numpy

    def _with_graph(self, use: Callable[[Graph], T]) -> T:
        """Returns use(graph), where memory runs out once more on a graph that takes less."""
        while self._ways:
            try:
                with self._blocks():
                    return self._run(use)
            except RuntimeError as error:
                if not has_run_out(error):
                    raise
            # Outside of the except block, where the error's frames no longer hold tensors.
            self._graph = None
            self._ways = self._ways[1:]
            torch.cuda.empty_cache()
        self._ways = self._memory.ways(len(self._ids))  # For a later try, with more room.
        raise DoesNotFitError(
            too_large(
                len(self._ids),
                self._memory.costs.checkpointed(len(self._ids)),
                self._memory.free_bytes(),
            )
        )

    def _run(self, use: Callable[[Graph], T]) -> T:
        if self._graph is None:
            self._graph = Graph(
                self._network, self._ids, intercept=self._intercept, checkpoint=self._ways[0]
            )
        return use(self._graph)

    def _blocks(self) -> contextlib.AbstractContextManager[None]:
        """Returns how memory is had: of a long sequence, each large block by itself."""
        least = _LARGE_STATES["run again" if self._ways[0] else "kept"]
        large = self._ids.numel() * self._network.dim >= least
        on_cpu = self._ids.device.type == "cpu"
        return large_blocks.apart() if large and on_cpu else contextlib.nullcontext()

    def _seeds(
        self,
        graph: Graph,
        terms: Sequence[Term],
        weights: Float32[NumpyArray, "objectives terms"],
    ) -> Float[Tensor, "objectives 1 tokens hidden"]:
        """Returns d objective / d hidden for each objective."""
        slopes = self._slopes(graph.hidden, terms)
        seeds = graph.hidden.new_zeros(len(weights), *graph.hidden.shape)
        rows = torch.as_tensor(as_arrays(terms)[0] - 1, device=seeds.device)
        weighted = torch.as_tensor(weights).to(slopes)[..., None] * slopes
        seeds[:, 0].index_add_(1, rows, weighted)  # Several terms may share a position.
        return seeds

    def _slopes(
        self, hidden: Float[Tensor, "1 tokens hidden"], terms: Sequence[Term]
    ) -> Float[Tensor, "terms hidden"]:
        """Returns d logprob / d hidden[position - 1] for each term, and caches it."""
        new = rows_to_run(terms, self._expected, self._slope_of)
        slopes: list[Tensor] = []
        for positions, tokens in self._chunks(new):
            needed = hidden[0, positions - 1].detach().requires_grad_()
            with torch.enable_grad():
                total = self._logprobs(tokens, needed).sum()
            slopes.extend(torch.autograd.grad(total, needed)[0])
        self._slope_of.update(zip(new, slopes, strict=True))
        return torch.stack([self._slope_of[term] for term in terms])

    def _logprobs(
        self, tokens: Int[Tensor, " rows"], hidden: Float[Tensor, "rows hidden"]
    ) -> Float32[Tensor, " rows"]:
        logits = self._network.head(hidden).float()
        targets = tokens.to(logits.device)
        logprobs: Tensor = torch.log_softmax(logits, dim=-1).gather(-1, targets[:, None])[:, 0]
        return logprobs

    def _chunks(self, terms: Sequence[Term]) -> list[tuple[Tensor, Tensor]]:
        """Returns the positions and tokens of some terms, as many at a time as the head takes."""
        starts = range(0, len(terms), _HEAD_ROWS)
        parts = [as_arrays(terms[start : start + _HEAD_ROWS]) for start in starts]
        return [
            (torch.as_tensor(positions), torch.as_tensor(tokens)) for positions, tokens in parts
        ]
