"""What a sequence takes in memory, and how much of its graph is kept."""

import dataclasses
from typing import Final

import keras
import numpy as np

from seqsal.models.arrays import Array
from seqsal.models.keras.network import Network
from seqsal.models.keras.runtime.base import Context, Runtime
from seqsal.models.limits import DoesNotFitError, too_large

_PROBES: Final = (16, 32, 64)
_SHARE_TO_KEEP: Final = 0.02
"""Share of the free memory that one kept graph may take: a cache holds several of them, and
running all segments again costs a third more."""
_SHARE_TO_RUN: Final = 0.7


@dataclasses.dataclass(frozen=True, kw_only=True)
class Costs:
    """What a sequence costs, in bytes.

    Attributes:
        per_token: what a kept graph holds for each token, in all segments.
        per_pair: what it holds for each pair of tokens: attention that is not fused, and masks.
        hidden: a token's hidden state between two segments.
        segments: how many segments there are.
    """

    per_token: float
    per_pair: float
    hidden: float
    segments: int

    def graph(self, tokens: int) -> int:
        """Returns the bytes of the graphs of all segments."""
        return round(tokens * (self.per_token + tokens * self.per_pair))

    def held(self, tokens: int, kept: int) -> int:
        """Returns the bytes of a sequence: the inputs of all segments, the graphs of some."""
        inputs = tokens * self.hidden * self.segments
        return round(inputs + self.graph(tokens) * kept / self.segments)

    def target(self, tokens: int) -> int:
        """Returns about the bytes of one target in a backward pass through one segment."""
        return round(2 * self.graph(tokens) / self.segments)


def measure(network: Network, runtime: Runtime) -> Costs:
    """Returns what a sequence costs, from a layer and three short sequences."""
    layer, segments = network.segments[len(network.segments) // 2], len(network.segments)
    totals = []
    for tokens in _PROBES:
        context, x = _probe(network, tokens)
        totals.append(segments * runtime.kept_bytes(layer, x, context))
    # The constant is for the weights, which are held anyway.
    per_pair, per_token, _ = np.polyfit(_PROBES, totals, 2)
    return Costs(
        per_token=max(0.0, float(per_token)),
        per_pair=max(0.0, float(per_pair)),
        hidden=float(x.shape[-1] * np.dtype(_numpy_name(x)).itemsize),
        segments=segments,
    )


def kept_segments(tokens: int, costs: Costs, free_bytes: int, checkpointing: str) -> int:
    """Returns of how many segments, counted from the last, the graphs are kept.

    >>> costs = Costs(per_token=100.0, per_pair=0.0, hidden=1.0, segments=5)
    >>> [kept_segments(100, costs, free, "auto") for free in (10**5, 3 * 10**5, 10**6)]
    [1, 3, 5]

    Args:
        tokens: how many tokens the sequence has.
        costs: what a sequence costs.
        free_bytes: the memory that is free.
        checkpointing: off: of all; on: of none; auto: of as many as take little of the memory.

    Raises:
        DoesNotFitError: the sequence does not fit.
    """
    segment = max(1, costs.graph(tokens) // costs.segments)
    fitting = min(costs.segments, int(_SHARE_TO_KEEP * free_bytes) // segment)
    kept = {"on": 0, "off": costs.segments}.get(checkpointing, fitting)
    needed = costs.held(tokens, kept) + costs.target(tokens)
    if needed > _SHARE_TO_RUN * free_bytes:
        raise DoesNotFitError(too_large(tokens, needed, free_bytes))
    return kept


def _probe(network: Network, tokens: int) -> tuple[Context, Array]:
    ids = keras.ops.zeros((1, tokens), dtype="int32")
    return (ids, keras.ops.ones_like(ids)), network.table_rows(ids)


def _numpy_name(x: Array) -> str:
    name = keras.backend.standardize_dtype(x.dtype)
    return "float16" if name == "bfloat16" else name  # NumPy has no type of that name.
