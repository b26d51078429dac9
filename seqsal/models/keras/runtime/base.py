"""What a backend of Keras must offer, so that the trace over it is written once."""

import functools
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import keras

from seqsal.models.arrays import Array
from seqsal.models.keras.network import Head
from seqsal.models.keras.segment import Segment

Context = tuple[Array, ...]
"""What a segment reads beside the hidden state, integers all: the token ids and a mask that is 1
for each token and 0 for padding at the right end, both [1, tokens]; or, at the top of the network,
the positions of the rows that it gives, [1, rows]."""


Pull = Callable[[Array], Array]
"""Takes the gradients of several targets from the output of a function back to its input, both
[targets, 1, tokens, dim]. It holds what the way back needs."""


Step = Callable[[Array, Any, int], tuple[Array, Any]]
"""Runs token ids [rows, tokens] that stand at an index, and returns their logits and the cache."""


@runtime_checkable
class Runtime(Protocol):
    """Runs and differentiates the parts of a network on one backend.

    Attributes:
        keeps_graphs: whether what `keep` holds saves time in the way back.
        compiles_lengths: whether each new length compiles anew.
    """

    keeps_graphs: bool
    compiles_lengths: bool

    def padded_length(self, tokens: int) -> int:
        """Returns how many tokens a sequence is padded to, so that lengths share compiled code."""

    def padded_rows(self, rows: int) -> int:
        """Returns how many rows the top of a network gives, so that numbers share compiled code."""

    def forward(self, segment: Segment, x: Array, context: Context) -> Array:
        """Returns a segment's output, and keeps nothing."""

    def keep(self, segment: Segment, x: Array, context: Context) -> tuple[Array, Pull]:
        """Returns a segment's output and the way back, for which what it computed is kept."""

    def rerun(self, segment: Segment, x: Array, context: Context, seeds: Array) -> Array:
        """Returns the gradients at a segment's input by running it again."""

    def through(self, function: Callable[[Array], Array], x: Array) -> tuple[Array, Pull]:
        """Returns the output of a function of the user and the way back."""

    def logprobs(self, head: Head, hidden: Array, targets: Array) -> Array:
        """Returns the log-probability [rows] of each target given its hidden state."""

    def slopes(self, head: Head, hidden: Array, targets: Array) -> Array:
        """Returns d logprob / d hidden state, [rows, dim]."""

    def kept_bytes(self, segment: Segment, x: Array, context: Context) -> int:
        """Returns about what `keep` would hold, where it may be with a constant for the weights."""

    def step(self, model: Any, cache: Any) -> Step:
        """Returns a model's step with a cache of arrays like `CacheShape.arrays`."""

    def on_accelerator(self) -> bool:
        """Returns whether models run on a GPU or a TPU."""

    def free_bytes(self) -> int:
        """Returns the memory that is free now where the model runs."""


@functools.cache
def current() -> Runtime:
    """Returns the runtime of the backend that Keras runs on."""
    name = keras.config.backend()
    if name == "tensorflow":
        from seqsal.models.keras.runtime.tensorflow import TensorFlowRuntime

        return TensorFlowRuntime()
    if name == "jax":
        from seqsal.models.keras.runtime.jax import JaxRuntime

        return JaxRuntime()
    if name == "torch":
        from seqsal.models.keras.runtime.torch import TorchRuntime

        return TorchRuntime()
    raise ValueError(f"Keras must run on tensorflow, torch or jax; it runs on {name}.")


def target_logprobs(head: Head, weights: tuple[Array, ...], hidden: Array, targets: Array) -> Array:
    """Returns the log-probability of each target, by the operations of any backend."""
    logits = head(weights, hidden)
    chosen = keras.ops.take_along_axis(logits, targets[:, None], axis=-1)[:, 0]
    return chosen - keras.ops.logsumexp(logits, axis=-1)
