"""The protocol of a backend of Keras."""

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import keras

from seqsal.models.arrays import Array
from seqsal.models.keras.network import Head
from seqsal.models.keras.segment import Segment

Context = tuple[Array, ...]
"""The integer inputs of a segment: the token ids and a mask that is 1 for each token and 0 for
padding on the right, both [batch, tokens]; or, for the top of the network, the positions of its
rows, [1, rows]."""


VJP = Callable[[Array], Array]
"""A vector-Jacobian product: maps the gradients of several objectives at the output of a function
to those at its input, both [objectives, batch, tokens, dim]."""


Step = Callable[[Array, Any, int], tuple[Array, Any]]
"""Called with token ids [rows, tokens], a cache and the index of the first token; returns the
logits and the cache."""


@runtime_checkable
class Runtime(Protocol):
    """Runs and differentiates the parts of a network on one backend.

    Attributes:
        caches_graphs: whether the graph of `forward_with_vjp` saves time in a backward pass.
        compiles_each_length: whether each new length is compiled.
    """

    caches_graphs: bool
    compiles_each_length: bool

    def padded_length(self, tokens: int) -> int:
        """Returns the length that a sequence is padded to, so that lengths share compiled code."""

    def padded_rows(self, rows: int) -> int:
        """Returns the padded number of rows of the top, so that numbers share compiled code."""

    def forward(self, segment: Segment, x: Array, context: Context) -> Array:
        """Returns a segment's output without a graph."""

    def forward_with_vjp(self, segment: Segment, x: Array, context: Context) -> tuple[Array, VJP]:
        """Returns a segment's output and its VJP, with a cached graph if the backend has one."""

    def recomputed_vjp(self, segment: Segment, x: Array, context: Context, seeds: Array) -> Array:
        """Returns the gradients at a segment's input; the segment is recomputed."""

    def vjp(self, function: Callable[[Array], Array], x: Array) -> tuple[Array, VJP]:
        """Returns the output of a function of the user and its VJP."""

    def logprobs(self, head: Head, hidden: Array, targets: Array) -> Array:
        """Returns the log-probability [rows] of each target given its hidden state."""

    def logprob_gradients(self, head: Head, hidden: Array, targets: Array) -> Array:
        """Returns d logprob / d hidden state, [rows, dim]."""

    def saved_bytes(self, segment: Segment, x: Array, context: Context) -> int:
        """Returns about the bytes that `forward_with_vjp` saves, up to those of the weights."""

    def step(self, model: Any, cache: Any) -> Step:
        """Returns a model's generation step, for a cache of arrays like `CacheShape.arrays`."""

    def on_accelerator(self) -> bool:
        """Returns whether models run on a GPU or a TPU."""

    def free_bytes(self) -> int:
        """Returns the memory that is free now where the model runs."""


def target_logprobs(head: Head, weights: tuple[Array, ...], hidden: Array, targets: Array) -> Array:
    """Returns the log-probability of each target, on any backend."""
    logits = head(weights, hidden)
    chosen = keras.ops.take_along_axis(logits, targets[:, None], axis=-1)[:, 0]
    return chosen - keras.ops.logsumexp(logits, axis=-1)
