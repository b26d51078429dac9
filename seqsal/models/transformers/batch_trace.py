"""Forward passes of several sequences that begin alike, as one retained autograd graph."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Final

import torch
from jaxtyping import Float, Float32, Int, Int64
from torch import Tensor

from seqsal.models.arrays import NumpyArray
from seqsal.models.head_gradients import batches
from seqsal.models.limits import DoesNotFitError, too_large
from seqsal.models.objective import Objective, Term, weight_matrix
from seqsal.models.pytorch import is_out_of_memory, target_logprobs
from seqsal.models.transformers._accelerate import malloc_tuning
from seqsal.models.transformers.graph import SharedPrefix
from seqsal.models.transformers.memory import Memory
from seqsal.models.transformers.network import Network

_MOST_SEQUENCES: Final = 8
"""More take as long for each on a CPU, and memory."""
_MOST_TOKENS: Final = 1024
"""Tokens after the shared ones, with padding, that run together: other requests wait for them."""
_SHARE: Final = 0.25
"""Share of the free memory for the graph of a batch."""


def groups(
    prefix: SharedPrefix, sequences: Sequence[Sequence[int]], memory: Memory
) -> Iterator[list[int]]:
    """Yields the indexes of sequences that run together, those of like length.

    Args:
        prefix: what the sequences begin with; those that do not are in no group.
        sequences: token ids.
        memory: what a graph may take.
    """
    start = len(prefix.ids)
    fitting = [
        number
        for number, ids in enumerate(sequences)
        if len(ids) > start and tuple(ids[:start]) == prefix.ids
    ]
    group: list[int] = []
    for number in sorted(fitting, key=lambda number: (len(sequences[number]), number)):
        size, longest = len(group) + 1, len(sequences[number])
        if group and (
            size > _MOST_SEQUENCES
            or size * (longest - start) > _MOST_TOKENS
            or size * memory.costs.graph(longest) > _SHARE * memory.free_bytes()
        ):
            yield group
            group = []
        group.append(number)
    if group:
        yield group


class HFBatchTrace:
    """One forward pass over several sequences, after what they begin with.

    Padding follows each sequence, so that no token attends to it.
    """

    def __init__(
        self,
        network: Network,
        prefix: SharedPrefix,
        sequences: Sequence[Sequence[int]],
        memory: Memory,
    ) -> None:
        """Runs the forward pass.

        Args:
            network: a model whose layers all attend to any token before.
            prefix: the graph of what the sequences begin with.
            sequences: token ids; each has tokens after the prefix.
            memory: what is free.

        Raises:
            DoesNotFitError: memory ran out.
        """
        self._network, self._prefix, self._memory = network, prefix, memory
        self._ids = [torch.tensor(ids, device=network.device) for ids in sequences]
        start = len(prefix.ids)
        self._sizes = [len(ids) - start for ids in sequences]
        with self._running(), torch.enable_grad():
            self._rows = network.table_rows(torch.cat([ids[start:] for ids in self._ids]))
            self._rows.requires_grad_()
            cache, self._states = prefix.repeated(len(sequences))
            self._hidden = network.body(
                network.embed(self._rows, self._index()),
                batched=prefix.batched,
                linearization=prefix.linearization,
                cache=cache,
            )

    def _index(self) -> Int[Tensor, "sequences longest"]:
        """Returns the row of each token after the prefix; 0 for padding."""
        index = torch.zeros(len(self._sizes), max(self._sizes), dtype=torch.long)
        first = 0
        for row, size in zip(index, self._sizes, strict=True):
            row[:size] = torch.arange(first, first + size)
            first += size
        return index.to(self._rows.device)

    def embeddings(self, sequence: int) -> Float32[Tensor, "tokens dim"]:
        """Returns the token embeddings, before the model scales them or adds positions."""
        return self._network.table_rows(self._ids[sequence]).float()

    def to_numpy(self, array: Tensor) -> NumpyArray:
        """Returns a tensor as a NumPy array."""
        numpy: NumpyArray = array.detach().cpu().numpy()
        return numpy

    def reaches(self, terms: Sequence[Term]) -> bool:
        """Returns whether there are terms, and all follow the first token after the prefix."""
        return bool(terms) and min(terms).position > len(self._prefix.ids)

    def logprobs(self, sequence: int, terms: Sequence[Term]) -> Float32[Tensor, " terms"]:
        """Returns the log-probability of each term on a sequence; `reaches` holds for them.

        Raises:
            DoesNotFitError: memory ran out.
        """
        with self._running(), torch.no_grad():
            parts = [
                self._logprobs(tokens, self._hidden[sequence, self._places(positions)])
                for positions, tokens in batches(terms)
            ]
            return torch.cat(parts)

    def gradients(
        self, objectives: Sequence[Objective], *, linearized: bool = False
    ) -> Iterator[Float32[Tensor, "tokens dim"]]:
        """Yields d objective / d embeddings for each sequence.

        The graph of the shared tokens gets a backward pass for each; requests of others may run
        between them.

        Args:
            objectives: what is differentiated, one for each sequence. One whose terms are not
                reached counts nothing.
            linearized: whether the derivative is that of the linearized network.

        Raises:
            DoesNotFitError: memory ran out.
        """
        with self._running(), self._prefix.switched(linearized=linearized):
            seeds = torch.zeros_like(self._hidden)
            for number, objective in enumerate(objectives):
                if self.reaches(objective.terms):
                    self._add_seeds(seeds[number], number, objective)
            inputs = [self._rows, *self._states]
            rows, *states = torch.autograd.grad(
                self._hidden, inputs, seeds, retain_graph=True, allow_unused=True
            )
        for number, of_rows in enumerate(torch.split(rows, self._sizes)):
            with self._running():
                seeds_here = [None if each is None else each[number, None] for each in states]
                first = self._prefix.backward(seeds_here, linearized=linearized)
                gradient = torch.cat([first, of_rows]).float()
            # A causal model cannot see what follows; attention may leave rounding errors there.
            gradient[objectives[number].end :] = 0
            yield gradient

    def _add_seeds(
        self, seeds: Float[Tensor, "longest hidden"], sequence: int, objective: Objective
    ) -> None:
        """Adds d objective / d hidden of a sequence."""
        terms, (weights,) = weight_matrix([objective])
        done = 0
        for positions, tokens in batches(terms):
            places = self._places(positions)
            needed = self._hidden[sequence, places].detach().requires_grad_()
            with torch.enable_grad():
                logprobs = self._logprobs(tokens, needed)
                part = torch.as_tensor(weights[done : done + len(tokens)]).to(logprobs)
                (gradient,) = torch.autograd.grad((logprobs * part).sum(), needed)
            seeds.index_add_(0, places, gradient)
            done += len(tokens)

    def _places(self, positions: Int64[NumpyArray, " terms"]) -> Int[Tensor, " terms"]:
        """Returns the rows of the last hidden states that predict some positions."""
        return torch.as_tensor(positions - 1 - len(self._prefix.ids), device=self._hidden.device)

    def _logprobs(
        self, tokens: Int64[NumpyArray, " rows"], hidden: Float[Tensor, "rows hidden"]
    ) -> Float32[Tensor, " rows"]:
        logits = self._network.head(hidden).float()
        return target_logprobs(logits, torch.as_tensor(tokens, device=logits.device))

    @contextlib.contextmanager
    def _running(self) -> Iterator[None]:
        """Holds the model, and raises a `DoesNotFitError` if memory runs out."""
        tokens = sum(map(len, self._ids))
        allocation = malloc_tuning.for_sequence(
            self._network.device.type, tokens * self._network.dim, recomputed=False
        )
        try:
            with self._network.queue, allocation:
                yield
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            needed = self._memory.costs.graph(tokens)
            raise DoesNotFitError(too_large(tokens, needed, self._memory.free_bytes())) from None
