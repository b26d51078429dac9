"""Gradients at points between a baseline and a sequence's embeddings, several points at a time."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import keras
import numpy as np
from jaxtyping import Float32

from seqsal.models.arrays import Array, NumpyArray
from seqsal.models.costs import Costs
from seqsal.models.head_gradients import MAX_ROWS
from seqsal.models.keras.network import Network
from seqsal.models.keras.runtime.base import Context, Runtime
from seqsal.models.objective import Objective, Term, weight_matrix
from seqsal.models.progress import tasks

_MOST_TOKENS: Final = 1024
"""Tokens of a batch on a CPU, which is busy with so many."""
_MOST_TOKENS_ON_ACCELERATOR: Final = 16_384
_SHARE: Final = 0.1
"""Share of the free memory for the graphs and gradients of a batch."""

_OnePoint = Callable[
    [float, Float32[NumpyArray, " dim"], Sequence[Objective]],
    Float32[NumpyArray, "objectives tokens dim"],
]


def in_batches(
    network: Network,
    runtime: Runtime,
    ids: Sequence[int],
    points: Sequence[float],
    baseline: Float32[NumpyArray, " dim"],
    objectives: Sequence[Objective],
    *,
    most: int,
    one: _OnePoint,
) -> Iterator[Float32[NumpyArray, "objectives tokens dim"]]:
    """Yields the gradients at each point, in order; requests of others may run between batches.

    Args:
        network: the model.
        runtime: runs it.
        ids: the sequence of token ids.
        points: as in `gradients_at`.
        baseline: as in `gradients_at`.
        objectives: as in `gradients_at`.
        most: points of a batch.
        one: computes a point alone.

    Raises:
        CancelledError: the current task was cancelled.
    """
    # Batches of equal size: a backend may compile each size.
    batches = -(-len(points) // most)
    size = -(-len(points) // batches)
    for start in range(0, len(points), size):
        tasks.current_task().raise_if_cancelled()
        chunk = points[start : start + size]
        if len(chunk) == 1:
            yield one(chunk[0], baseline, objectives)
            continue
        with network.queue:
            found = gradients_at(network, runtime, ids, chunk, baseline, objectives)
        yield from found


def points_at_once(tokens: int, objectives: int, runtime: Runtime, costs: Costs) -> int:
    """Returns how many points of a sequence run together: at least 1.

    Args:
        tokens: of the sequence.
        objectives: differentiated at a time.
        runtime: runs the model.
        costs: what a sequence costs in memory.
    """
    most = _MOST_TOKENS_ON_ACCELERATOR if runtime.on_accelerator() else _MOST_TOKENS
    needed = costs.graph(tokens) + objectives * costs.backward(tokens)
    return max(1, min(most // tokens, int(_SHARE * runtime.free_bytes() / max(needed, 1))))


def gradients_at(
    network: Network,
    runtime: Runtime,
    ids: Sequence[int],
    points: Sequence[float],
    baseline: Float32[NumpyArray, " dim"],
    objectives: Sequence[Objective],
) -> Float32[NumpyArray, "points objectives tokens dim"]:
    """Returns d objective / dx at x = baseline + point * (embeddings - baseline).

    All points run in one forward pass, and all objectives in one backward pass.

    Args:
        network: the model.
        runtime: runs it.
        ids: the sequence of token ids.
        points: 0 for the baseline, 1 for the embeddings.
        baseline: the embedding that stands for each token at point 0.
        objectives: what is differentiated; there is a term.
    """
    length = runtime.padded_length(len(ids))
    context = _context(ids, min(length, network.max_tokens or length), len(points))
    x, vjps = _between(network, context[0], points, baseline), []
    for segment in network.segments:
        x, vjp = runtime.forward_with_vjp(segment, x, context)
        vjps.append(vjp)
    gradients = _seeds(network, runtime, x, objectives)
    for vjp in reversed(vjps):
        gradients = vjp(gradients)
    gradients = keras.ops.cast(gradients[:, :, : len(ids)], "float32")
    found: NumpyArray = keras.ops.convert_to_numpy(keras.ops.swapaxes(gradients, 0, 1)).copy()
    for number, objective in enumerate(objectives):
        # A causal model does not see what follows; attention may leave rounding errors there.
        found[:, number, objective.end :] = 0
    return found


def _context(ids: Sequence[int], length: int, points: int) -> Context:
    padding = (0, length - len(ids))
    rows = np.pad(np.asarray(ids), padding), np.pad(np.ones(len(ids)), padding)
    ids_of_all, mask = (np.tile(row, (points, 1)) for row in rows)
    return _integers(ids_of_all), _integers(mask)


def _between(
    network: Network, ids: Array, points: Sequence[float], baseline: Float32[NumpyArray, " dim"]
) -> Array:
    """Returns the embeddings [points, tokens, dim] at all points."""
    rows = network.table_rows(ids)
    scales = np.asarray(points, np.float32)[:, None, None]
    moved = keras.ops.cast(rows, "float32") * scales + baseline * (1 - scales)
    return keras.ops.cast(moved, _dtype(rows))


def _seeds(
    network: Network, runtime: Runtime, hidden: Array, objectives: Sequence[Objective]
) -> Array:
    """Returns d objective / d hidden states, [objectives, points, tokens, dim]."""
    terms, weights = weight_matrix(objectives)
    rows = _head_gradients(network, runtime, hidden, terms)
    seeds = np.zeros((len(objectives), *hidden.shape), np.float32)
    for k, term in enumerate(terms):  # Terms may share a position.
        seeds[:, :, term.position - 1] += weights[:, k, None, None] * rows[:, k]
    return keras.ops.convert_to_tensor(seeds, dtype=_dtype(hidden))


def _head_gradients(
    network: Network, runtime: Runtime, hidden: Array, terms: Sequence[Term]
) -> Float32[NumpyArray, "points terms hidden"]:
    """Returns d logprob / d hidden of each term at each point."""
    positions = np.array([term.position - 1 for term in terms])
    states = keras.ops.take(hidden, _integers(positions), axis=1)
    flat = keras.ops.reshape(states, (-1, hidden.shape[-1]))
    tokens = np.tile([term.token for term in terms], len(hidden))
    parts = [
        runtime.logprob_gradients(
            network.head,
            flat[start : start + MAX_ROWS],
            _integers(tokens[start : start + MAX_ROWS]),
        )
        for start in range(0, len(tokens), MAX_ROWS)
    ]
    rows = keras.ops.cast(keras.ops.concatenate(parts), "float32")
    found: NumpyArray = keras.ops.convert_to_numpy(rows)
    return found.reshape(len(hidden), len(terms), -1)


def _integers(array: NumpyArray) -> Array:
    return keras.ops.convert_to_tensor(array, dtype="int32")


def _dtype(x: Array) -> str:
    name: str = keras.backend.standardize_dtype(x.dtype)
    return name
