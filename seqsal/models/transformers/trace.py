"""`Trace` on PyTorch: log-probabilities and gradients on a retained graph, within memory.

The model's body runs once per sequence; its head runs only on the rows that a selection asks
for; and since each log-probability depends on one row of hidden states, one backward pass
through the head serves every target, and later ones too.
"""

import contextlib
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import numpy as np
import torch
from jaxtyping import Float, Float32, Int
from torch import Tensor

from seqsal.models.arrays import NumpyArray
from seqsal.models.causal_lm import LayerInterceptFn
from seqsal.models.head_rows import rows_to_run
from seqsal.models.limits import DoesNotFitError, too_large
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
        self._slope_of: dict[int, Float[Tensor, " hidden"]] = {}
        self._expected: Sequence[int] = ()
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

    def logprobs(self, positions: Int[NumpyArray, " positions"]) -> Float32[Tensor, " positions"]:
        """Returns log p(ids[t] | ids[:t]) for each t >= 1 in positions.

        Raises:
            DoesNotFitError: memory ran out.
        """

        def run(graph: Graph) -> Tensor:
            with torch.no_grad():
                parts = [self._logprobs(rows, graph.hidden[0, rows - 1]) for rows in chunks]
            return torch.cat(parts)

        with self._network.queue:
            chunks = self._chunks(positions)
            return self._with_graph(run)

    def gradients(
        self, weights: Float32[NumpyArray, "targets tokens"]
    ) -> Float32[Tensor, "targets tokens dim"]:
        """Returns, for each row w of weights, d(sum_t w[t] * logprob[t]) / d embeddings.

        Raises:
            DoesNotFitError: memory ran out.
        """
        if not weights.any():
            return torch.zeros(len(weights), *self.embeddings.shape, device=self._ids.device)
        with self._network.queue:
            gradients = self._with_graph(
                lambda graph: graph.backward(self._seeds(graph, weights)).float()
            )
        for row, gradient in zip(weights, gradients, strict=True):
            # A causal model can not see it; attention may leave rounding there.
            gradient[int(np.flatnonzero(row).max(initial=0)) :] = 0
        return gradients

    def expect(self, positions: Sequence[int]) -> None:
        """Tells of which positions >= 1 there will be weights, the next first."""
        self._expected = positions

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
        self, graph: Graph, weights: Float32[NumpyArray, "targets tokens"]
    ) -> Float[Tensor, "targets 1 tokens hidden"]:
        """Returns d(sum_t w[t] * logprob[t]) / d hidden for each target."""
        positions = np.flatnonzero(weights.any(axis=0))
        slopes = self._slopes(graph.hidden, positions)
        seeds = graph.hidden.new_zeros(len(weights), *graph.hidden.shape)
        rows = torch.as_tensor(positions - 1, device=seeds.device)
        seeds[:, 0, rows] = torch.as_tensor(weights[:, positions]).to(slopes)[..., None] * slopes
        return seeds

    def _slopes(
        self, hidden: Float[Tensor, "1 tokens hidden"], positions: Int[NumpyArray, " rows"]
    ) -> Float[Tensor, "rows hidden"]:
        """Returns d logprob[t] / d hidden[t - 1] for each t, each of which is computed once."""
        new = rows_to_run(positions.tolist(), self._expected, self._slope_of)
        for rows in self._chunks(np.array(new, np.int64)) if new else ():
            needed = hidden[0, rows - 1].detach().requires_grad_()
            with torch.enable_grad():
                total = self._logprobs(rows, needed).sum()
            (slopes,) = torch.autograd.grad(total, needed)
            self._slope_of.update(zip(rows.tolist(), slopes, strict=True))
        return torch.stack([self._slope_of[t] for t in positions.tolist()])

    def _logprobs(
        self, positions: Int[Tensor, " rows"], hidden: Float[Tensor, "rows hidden"]
    ) -> Float32[Tensor, " rows"]:
        logits = self._network.head(hidden).float()
        targets = self._ids[positions.to(self._ids.device)].to(logits.device)
        logprobs: Tensor = torch.log_softmax(logits, dim=-1).gather(-1, targets[:, None])[:, 0]
        return logprobs

    def _chunks(self, positions: Int[NumpyArray, " positions"]) -> list[Tensor]:
        return list(torch.split(torch.as_tensor(positions), _HEAD_ROWS))
