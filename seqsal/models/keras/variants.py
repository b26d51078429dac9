"""Variants of a sequence without some of its tokens, several at a time and without graphs."""

from collections.abc import Iterator, Sequence
from typing import Final

import keras
import numpy as np
from jaxtyping import Float32

from seqsal.models.arrays import Array, NumpyArray
from seqsal.models.capabilities import Ranges, kept_positions
from seqsal.models.costs import Costs
from seqsal.models.head_gradients import MAX_ROWS
from seqsal.models.keras.memory import cached_segments
from seqsal.models.keras.network import Network
from seqsal.models.keras.runtime.base import Runtime
from seqsal.models.objective import Term
from seqsal.models.progress import tasks

_MOST_TOKENS: Final = 512
"""Tokens of a batch on a CPU, which is busy with so many."""
_MOST_TOKENS_ON_ACCELERATOR: Final = 16_384
_SHARE: Final = 0.1
"""Share of the free memory for a batch."""


def in_batches(
    network: Network,
    runtime: Runtime,
    costs: Costs,
    ids: Sequence[int],
    removals: Sequence[Ranges],
    terms: Sequence[Term],
    *,
    depends_on_length: bool,
) -> Iterator[Float32[NumpyArray, " terms"]]:
    """Yields the log-probabilities of terms for each variant, in order.

    Requests of others may run between batches.

    Args:
        network: the model.
        runtime: runs it.
        costs: what a sequence costs in memory.
        ids: the whole sequence.
        removals: the tokens that each variant lacks; none holds a term's token.
        terms: with positions in the whole sequence.
        depends_on_length: whether hidden states depend on the length of the sequence. Each
            variant then runs alone, and with padding only where a trace of it has some.

    Raises:
        DoesNotFitError: a variant does not fit into memory.
        CancelledError: the current task was cancelled.
    """
    if not removals:
        return
    end = max(term.position for term in terms) + 1
    kept = [kept_positions(ranges, end) for ranges in removals]
    longest = max(map(len, kept))
    most = variants_at_once(longest, runtime, costs)
    if depends_on_length:
        most = 1
    # Where each length is compiled, all variants have one.
    one_length = runtime.compiles_each_length and not depends_on_length
    start, size = 0, 1
    while start < len(kept):
        tasks.current_task().raise_if_cancelled()
        chunk = kept[start : start + size]
        length = longest if one_length else max(map(len, chunk))
        with network.queue:
            rows = _logprobs(network, runtime, ids, chunk, terms, length)
        yield from rows
        # Few at first, so that the first result comes soon.
        start, size = start + len(chunk), min(2 * size, most)


def variants_at_once(tokens: int, runtime: Runtime, costs: Costs) -> int:
    """Returns how many variants run together: at least 1.

    Args:
        tokens: of the longest variant.
        runtime: runs the model.
        costs: what a sequence costs in memory.

    Raises:
        DoesNotFitError: not even one fits into memory.
    """
    free = runtime.free_bytes()
    cached_segments(tokens, costs, free, "on")
    if runtime.compiles_each_length:
        # A new number of rows is compiled for seconds; a batch saves some milliseconds a variant.
        return 1
    most = _MOST_TOKENS_ON_ACCELERATOR if runtime.on_accelerator() else _MOST_TOKENS
    return max(1, min(most // tokens, int(_SHARE * free / max(costs.backward(tokens), 1))))


def _logprobs(
    network: Network,
    runtime: Runtime,
    ids: Sequence[int],
    kept: Sequence[Sequence[int]],
    terms: Sequence[Term],
    length: int,
) -> Float32[NumpyArray, "variants terms"]:
    """Returns the log-probabilities of terms on the tokens at some positions.

    Args:
        network: the model.
        runtime: runs it.
        ids: the whole sequence.
        kept: the positions of each variant.
        terms: with positions in the whole sequence.
        length: to which variants are padded at least.
    """
    padded = runtime.padded_length(length)
    tokens = np.zeros((len(kept), min(padded, network.max_tokens or padded)), np.int32)
    for row, positions in zip(tokens, kept, strict=True):
        row[: len(positions)] = [ids[position] for position in positions]
    # The tokens of a causal model do not attend to what follows, so padding needs no mask.
    context = (_integers(tokens), _integers(np.ones_like(tokens)))
    hidden = network.table_rows(context[0])
    for segment in network.segments:
        hidden = runtime.forward(segment, hidden, context)
    places = [np.searchsorted(positions, [term.position for term in terms]) for positions in kept]
    rows = np.stack(places) - 1 + tokens.shape[1] * np.arange(len(kept))[:, None]
    flat = keras.ops.reshape(hidden, (-1, hidden.shape[-1]))
    targets = np.tile([term.token for term in terms], len(kept))
    found = _of_rows(network, runtime, flat, rows.ravel(), targets)
    return found.reshape(rows.shape)


def _of_rows(
    network: Network, runtime: Runtime, hidden: Array, rows: NumpyArray, targets: NumpyArray
) -> Float32[NumpyArray, " targets"]:
    """Returns the log-probability of each target given the hidden state of its row."""
    parts = []
    for start in range(0, len(rows), MAX_ROWS):
        part = slice(start, start + MAX_ROWS)
        states = keras.ops.take(hidden, _integers(rows[part]), axis=0)
        parts.append(runtime.logprobs(network.head, states, _integers(targets[part])))
    logprobs = keras.ops.cast(keras.ops.concatenate(parts), "float32")
    found: NumpyArray = keras.ops.convert_to_numpy(logprobs)
    return found


def _integers(array: NumpyArray) -> Array:
    return keras.ops.convert_to_tensor(array, dtype="int32")
