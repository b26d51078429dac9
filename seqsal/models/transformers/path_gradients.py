"""Gradients at points between a baseline and a sequence's embeddings, several points at a time."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import torch
from jaxtyping import Float, Float32
from torch import Tensor

from seqsal.models.arrays import NumpyArray
from seqsal.models.head_gradients import MAX_ROWS
from seqsal.models.objective import Objective, Term, weight_matrix
from seqsal.models.progress import tasks
from seqsal.models.pytorch import is_out_of_memory, target_logprobs
from seqsal.models.transformers._accelerate import malloc_tuning
from seqsal.models.transformers.memory import Memory
from seqsal.models.transformers.network import Network

_MOST_TOKENS: Final = {"cpu": 1024}
"""Tokens of a batch, by type of device. A CPU is busy with so many."""
_MOST_TOKENS_ELSEWHERE: Final = 16_384
_SHARE: Final = 0.25
"""Share of the free memory for the graph of a batch."""


def in_batches(
    network: Network,
    memory: Memory,
    ids: Sequence[int],
    points: Sequence[float],
    baseline: Float32[NumpyArray, " dim"],
    objectives: Sequence[Objective],
    one: Callable[
        [float, Float32[NumpyArray, " dim"], Sequence[Objective]],
        Float32[NumpyArray, "objectives tokens dim"],
    ],
) -> Iterator[Float32[NumpyArray, "objectives tokens dim"]]:
    """Yields the gradients at each point, in order; requests of others may run between batches.

    Args:
        network: the model.
        memory: what a graph may take.
        ids: the sequence of token ids.
        points: as in `gradients_at`.
        baseline: as in `gradients_at`.
        objectives: as in `gradients_at`.
        one: computes one point, where a batch does not fit.

    Raises:
        DoesNotFitError: memory ran out, even for one point at a time.
        CancelledError: the current task was cancelled.
    """
    start, size = 0, points_at_once(len(ids), memory, network.device)
    while start < len(points):
        tasks.current_task().raise_if_cancelled()
        chunk = points[start : start + size]
        found = None
        if len(chunk) > 1:
            with network.queue:
                found = _if_it_fits(network, ids, chunk, baseline, objectives)
            if found is None:
                size = 1
                continue
        yield from [one(chunk[0], baseline, objectives)] if found is None else found.cpu().numpy()
        start += len(chunk)


def points_at_once(tokens: int, memory: Memory, device: torch.device) -> int:
    """Returns how many points of a sequence run together: at least 1.

    Args:
        tokens: of the sequence.
        memory: what a graph may take.
        device: where the model runs.
    """
    limit = _MOST_TOKENS.get(device.type, _MOST_TOKENS_ELSEWHERE) // tokens
    if limit < 2 or memory.attempts(tokens)[0]:
        return 1
    fitting = int(_SHARE * memory.free_bytes() / max(memory.costs.graph(tokens), 1))
    return max(1, min(limit, fitting))


def _if_it_fits(
    network: Network,
    ids: Sequence[int],
    points: Sequence[float],
    baseline: Float32[NumpyArray, " dim"],
    objectives: Sequence[Objective],
) -> Float32[Tensor, "points objectives tokens dim"] | None:
    """Returns the gradients; None if memory ran out."""
    try:
        return gradients_at(network, ids, points, baseline, objectives)
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        return None


def gradients_at(
    network: Network,
    ids: Sequence[int],
    points: Sequence[float],
    baseline: Float32[NumpyArray, " dim"],
    objectives: Sequence[Objective],
) -> Float32[Tensor, "points objectives tokens dim"]:
    """Returns d objective / dx at x = baseline + point * (embeddings - baseline).

    All points run in one forward pass, and each objective in one backward pass for all of them.

    Args:
        network: the model.
        ids: the sequence of token ids.
        points: 0 for the baseline, 1 for the embeddings.
        baseline: the embedding that stands for each token at point 0.
        objectives: what is differentiated; there is a term.
    """
    states = len(points) * len(ids) * network.dim
    with malloc_tuning.for_sequence(network.device.type, states, recomputed=False):
        rows, hidden = _forward(network, ids, points, baseline)
        gradients = _backward(network, rows, hidden, objectives)
    for number, objective in enumerate(objectives):
        # A causal model cannot see what follows; attention may leave rounding errors there.
        gradients[:, number, objective.end :] = 0
    return gradients


def _forward(
    network: Network,
    ids: Sequence[int],
    points: Sequence[float],
    baseline: Float32[NumpyArray, " dim"],
) -> tuple[Float[Tensor, "rows dim"], Float[Tensor, "points tokens hidden"]]:
    """Returns the embeddings at all points, one after the other, and the last hidden states."""
    embeddings = network.table_rows(torch.tensor(ids, device=network.device)).float()
    start = torch.as_tensor(baseline).to(embeddings)
    scales = torch.tensor(points, device=embeddings.device)[:, None, None]
    rows = (embeddings * scales + start * (1 - scales)).flatten(0, 1).to(network.dtype)
    rows.requires_grad_()
    index = torch.arange(len(rows), device=rows.device).view(len(points), len(ids))
    with torch.enable_grad():
        return rows, network.body(network.embed(rows, index), batched=False)


def _backward(
    network: Network,
    rows: Float[Tensor, "rows dim"],
    hidden: Float[Tensor, "points tokens hidden"],
    objectives: Sequence[Objective],
) -> Float32[Tensor, "points objectives tokens dim"]:
    terms, weights = weight_matrix(objectives)
    places = torch.tensor([term.position - 1 for term in terms], device=hidden.device)
    into_hidden = _head_gradients(network, hidden[:, places].detach(), terms)
    found = []
    for number, row in enumerate(torch.as_tensor(weights).to(into_hidden)):
        seeds = torch.zeros_like(hidden)
        seeds.index_add_(1, places, row[:, None] * into_hidden)  # Terms may share a position.
        is_last = number == len(objectives) - 1
        (gradient,) = torch.autograd.grad(hidden, rows, seeds, retain_graph=not is_last)
        found.append(gradient.float().view(*hidden.shape[:2], -1))
    return torch.stack(found, dim=1)


def _head_gradients(
    network: Network, states: Float[Tensor, "points terms hidden"], terms: Sequence[Term]
) -> Float[Tensor, "points terms hidden"]:
    """Returns d logprob / d hidden of each term at each point."""
    flat = states.flatten(0, 1)
    tokens = torch.tensor([term.token for term in terms], device=flat.device).repeat(len(states))
    parts = []
    for start in range(0, len(flat), MAX_ROWS):
        targets = tokens[start : start + MAX_ROWS]
        needed = flat[start : start + MAX_ROWS].detach().requires_grad_()
        with torch.enable_grad():
            total = target_logprobs(network.head(needed).float(), targets).sum()
        parts.append(torch.autograd.grad(total, needed)[0])
    return torch.cat(parts).view_as(states)
