"""How much memory a sequence takes, and of how many segments the graphs are cached."""

from typing import Final

import keras
import numpy as np

from seqsal.models.arrays import Array
from seqsal.models.costs import Costs
from seqsal.models.keras.network import Network
from seqsal.models.keras.runtime.base import Context, Runtime
from seqsal.models.limits import DoesNotFitError, too_large

_PROBES: Final = (16, 32, 64)
_SHARE_TO_CACHE: Final = 0.02
"""Share of the free memory that the cached graphs of one trace may take: a cache has several
traces, and recomputing all segments takes a third more time."""
_SHARE_TO_RUN: Final = 0.7


def measure_costs(network: Network, runtime: Runtime) -> Costs:
    """Returns the costs of a sequence, measured on one layer and three short sequences."""
    layer, segments = network.segments[len(network.segments) // 2], len(network.segments)
    totals = []
    for tokens in _PROBES:
        context, x = _probe(network, tokens)
        totals.append(segments * runtime.saved_bytes(layer, x, context))
    # The constant term is the weights, which are in memory anyway.
    per_pair, per_token, _ = np.polyfit(_PROBES, totals, 2)
    return Costs(
        per_token=max(0.0, float(per_token)),
        per_pair=max(0.0, float(per_pair)),
        hidden=float(x.shape[-1] * np.dtype(_numpy_name(x)).itemsize),
        layers=segments,
    )


def cached_segments(tokens: int, costs: Costs, free_bytes: int, checkpointing: str) -> int:
    """Returns the number of segments, from the last, whose graphs are cached.

    >>> costs = Costs(per_token=100.0, per_pair=0.0, hidden=1.0, layers=5)
    >>> [cached_segments(100, costs, free, "auto") for free in (10**5, 3 * 10**5, 10**6)]
    [1, 3, 5]

    Args:
        tokens: number of tokens.
        costs: the costs of a sequence; its layers are the segments.
        free_bytes: the memory that is free.
        checkpointing: off: all; on: none; auto: as many as take little of the memory.

    Raises:
        DoesNotFitError: the sequence does not fit.
    """
    segment = max(1, costs.graph(tokens) // costs.layers)
    fitting = min(costs.layers, int(_SHARE_TO_CACHE * free_bytes) // segment)
    cached = {"on": 0, "off": costs.layers}.get(checkpointing, fitting)
    needed = costs.cached(tokens, cached) + costs.backward(tokens)
    if needed > _SHARE_TO_RUN * free_bytes:
        raise DoesNotFitError(too_large(tokens, needed, free_bytes))
    return cached


def _probe(network: Network, tokens: int) -> tuple[Context, Array]:
    ids = keras.ops.zeros((1, tokens), dtype="int32")
    return (ids, keras.ops.ones_like(ids)), network.table_rows(ids)


def _numpy_name(x: Array) -> str:
    name = keras.backend.standardize_dtype(x.dtype)
    return "float16" if name == "bfloat16" else name  # NumPy has no type of that name.
