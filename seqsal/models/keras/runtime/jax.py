"""Segments on JAX: each function is compiled once per bucket of lengths, with vjp closures.

The arrays that a user's layer_intercept_fn receives are traced: it computes with them as with any
array, and reads their values through `jax.debug.callback`.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any, Final

import jax
import jax.numpy as jnp
import keras
import psutil
from jax import Array

from seqsal.models.keras.network import Head
from seqsal.models.keras.runtime.base import VJP, Context, Step, target_logprobs
from seqsal.models.keras.segment import Segment, SegmentFunction

_SHORTEST: Final = 32
_LENGTHS_PER_DOUBLING: Final = 4
_HEAD_ROWS: Final = (8, 32, 128)


def padded_length(tokens: int) -> int:
    """Returns the bucket of a length: four lengths between a power of two and the next.

    >>> [padded_length(tokens) for tokens in (5, 33, 64, 65, 1000)]
    [32, 40, 64, 80, 1024]
    """
    if tokens <= _SHORTEST:
        return _SHORTEST
    step: int = 2 ** ((tokens - 1).bit_length() - 1) // _LENGTHS_PER_DOUBLING
    return -(-tokens // step) * step


class JaxRuntime:
    """A `Runtime` on JAX."""

    caches_graphs = True
    compiles_each_length = True

    def __init__(self) -> None:
        self._forward = jax.jit(_run, static_argnums=0)
        self._recomputed_vjp = jax.jit(_run_back, static_argnums=0)
        self._logprobs = jax.jit(target_logprobs, static_argnums=0)
        self._logprob_gradients = jax.jit(_logprob_gradients, static_argnums=0)

    def padded_length(self, tokens: int) -> int:
        """Returns the bucket of a length."""
        return padded_length(tokens)

    def padded_rows(self, rows: int) -> int:
        """Returns the bucket of a number of rows."""
        return _padded_rows(rows)

    def forward(self, segment: Segment, x: Array, context: Context) -> Array:
        """Returns a segment's output without a graph."""
        y: Array = self._forward(segment.function, _values(segment), x, *context)
        return y

    def forward_with_vjp(self, segment: Segment, x: Array, context: Context) -> tuple[Array, VJP]:
        """Returns a segment's output and its vjp closure.

        It is not compiled as a whole: the weights would be copied into its results.
        """
        return self.vjp(functools.partial(self.forward, segment, context=context), x)

    def recomputed_vjp(self, segment: Segment, x: Array, context: Context, seeds: Array) -> Array:
        """Returns the gradients at a segment's input; the segment is recomputed."""
        padded = _pad_seeds(seeds)
        values = _values(segment)
        back: Array = self._recomputed_vjp(segment.function, values, x, context, padded)
        return back[: len(seeds)]

    def vjp(self, function: Callable[[Array], Array], x: Array) -> tuple[Array, VJP]:
        """Returns the output of a function and its vjp closure."""
        y, back = jax.vjp(function, x)
        return y, functools.partial(_backward, back)

    def logprobs(self, head: Head, hidden: Array, targets: Array) -> Array:
        """Returns the log-probability of each target given its hidden state."""
        values, rows = _values(head), len(hidden)
        logprobs: Array = self._logprobs(head, values, *_pad_rows(hidden, targets))[:rows]
        return logprobs

    def logprob_gradients(self, head: Head, hidden: Array, targets: Array) -> Array:
        """Returns d logprob / d hidden state."""
        values, rows = _values(head), len(hidden)
        slopes: Array = self._logprob_gradients(head, values, *_pad_rows(hidden, targets))[:rows]
        return slopes

    def saved_bytes(self, segment: Segment, x: Array, context: Context) -> int:
        """Returns the bytes that `forward_with_vjp` saves, weights included, without running it."""
        back = jax.eval_shape(
            lambda values, x: jax.vjp(lambda x: _run(segment.function, values, x, *context), x)[1],
            _values(segment),
            x,
        )
        return sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(back))

    def step(self, model: Any, cache: Any) -> Step:
        """Returns a model's compiled generation step."""
        del cache  # Its shape is known at the first call.

        @functools.partial(jax.jit, donate_argnums=2)
        def run(values: list[Array], ids: Array, cache: Any, index: Array) -> tuple[Array, Any]:
            mapping = list(zip(model.variables, values, strict=True))
            with keras.StatelessScope(state_mapping=mapping):
                logits, _, cache = model.call_with_cache(ids, cache, index)
            return logits, cache

        return lambda ids, cache, index: run(
            [variable.value for variable in model.variables], ids, cache, jnp.int32(index)
        )

    def on_accelerator(self) -> bool:
        """Returns whether models run on an accelerator."""
        return jax.default_backend() != "cpu"

    def free_bytes(self) -> int:
        """Returns the memory that is free on the device of the model."""
        device = jax.devices()[0]
        stats = None if device.platform == "cpu" else device.memory_stats()
        if stats and "bytes_limit" in stats:
            return int(stats["bytes_limit"] - stats["bytes_in_use"])
        return int(psutil.virtual_memory().available)


def _values(part: Segment | Head) -> tuple[Array, ...]:
    return tuple(variable.value for variable in part.weights)


def _run(kind: SegmentFunction, values: Sequence[Array], x: Array, *context: Array) -> Array:
    y: Array = kind(values, x, *context)
    return y


def _run_back(
    kind: SegmentFunction, values: Sequence[Array], x: Array, context: Context, seeds: Array
) -> Array:
    _, back = jax.vjp(lambda x: _run(kind, values, x, *context), x)
    gradients: Array = jax.vmap(back)(seeds)[0]
    return gradients


def _logprob_gradients(
    head: Head, values: tuple[Array, ...], hidden: Array, targets: Array
) -> Array:
    slopes: Array = jax.grad(lambda rows: target_logprobs(head, values, rows, targets).sum())(
        hidden
    )
    return slopes


def _backward(back: Callable[[Array], tuple[Array]], seeds: Array) -> Array:
    """Returns the gradients of several objectives by a vjp closure for one."""
    gradients: Array = jax.vmap(back)(_pad_seeds(seeds))[0]
    return gradients[: len(seeds)]


def _pad_seeds(seeds: Array) -> Array:
    """Returns the seeds, padded with zeros to a power of two."""
    return _pad(seeds, 2 ** (len(seeds) - 1).bit_length())


def _pad_rows(hidden: Array, targets: Array) -> tuple[Array, Array]:
    rows = _padded_rows(len(hidden))
    return _pad(hidden, rows), _pad(targets, rows)


def _padded_rows(rows: int) -> int:
    return next((bucket for bucket in _HEAD_ROWS if bucket >= rows), padded_length(rows))


def _pad(array: Array, length: int) -> Array:
    return jnp.pad(array, [(0, length - len(array)), *[(0, 0)] * (array.ndim - 1)])
