"""Segments on JAX: compiled once for each kind and bucket of lengths, with a vjp closure each.

What a user's layer_intercept_fn gets here is traced: it computes with it as with any array, and
looks at its values through `jax.debug.callback`.
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
from seqsal.models.keras.runtime.base import Context, Pull, Step, target_logprobs
from seqsal.models.keras.segment import Kind, Segment

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

    keeps_graphs = True
    compiles_lengths = True

    def __init__(self) -> None:
        self._forward = jax.jit(_run, static_argnums=0)
        self._rerun = jax.jit(_run_back, static_argnums=0)
        self._logprobs = jax.jit(target_logprobs, static_argnums=0)
        self._slopes = jax.jit(_slopes, static_argnums=0)

    def padded_length(self, tokens: int) -> int:
        """Returns the bucket of a length."""
        return padded_length(tokens)

    def padded_rows(self, rows: int) -> int:
        """Returns the bucket of a number of rows."""
        return _padded_rows(rows)

    def forward(self, segment: Segment, x: Array, context: Context) -> Array:
        """Returns a segment's output, and keeps nothing."""
        y: Array = self._forward(segment.kind, _values(segment), x, *context)
        return y

    def keep(self, segment: Segment, x: Array, context: Context) -> tuple[Array, Pull]:
        """Returns a segment's output and its vjp closure.

        It is not compiled as a whole: then the weights would be copied into its results.
        """
        return self.through(functools.partial(self.forward, segment, context=context), x)

    def rerun(self, segment: Segment, x: Array, context: Context, seeds: Array) -> Array:
        """Returns the gradients at a segment's input by running it again."""
        padded = _pad_targets(seeds)
        values = _values(segment)
        back: Array = self._rerun(segment.kind, values, x, context, padded)
        return back[: len(seeds)]

    def through(self, function: Callable[[Array], Array], x: Array) -> tuple[Array, Pull]:
        """Returns the output of a function and its vjp closure."""
        y, back = jax.vjp(function, x)
        return y, functools.partial(_backward, back)

    def logprobs(self, head: Head, hidden: Array, targets: Array) -> Array:
        """Returns the log-probability of each target given its hidden state."""
        values, rows = _values(head), len(hidden)
        logprobs: Array = self._logprobs(head, values, *_pad_rows(hidden, targets))[:rows]
        return logprobs

    def slopes(self, head: Head, hidden: Array, targets: Array) -> Array:
        """Returns d logprob / d hidden state."""
        values, rows = _values(head), len(hidden)
        slopes: Array = self._slopes(head, values, *_pad_rows(hidden, targets))[:rows]
        return slopes

    def kept_bytes(self, segment: Segment, x: Array, context: Context) -> int:
        """Returns what `keep` would hold, weights included, without running it."""
        back = jax.eval_shape(
            lambda values, x: jax.vjp(lambda x: _run(segment.kind, values, x, *context), x)[1],
            _values(segment),
            x,
        )
        return sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(back))

    def step(self, model: Any, cache: Any) -> Step:
        """Returns a model's compiled step with a cache."""
        del cache  # Its form shows when it comes.

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


def _run(kind: Kind, values: Sequence[Array], x: Array, *context: Array) -> Array:
    y: Array = kind(values, x, *context)
    return y


def _run_back(
    kind: Kind, values: Sequence[Array], x: Array, context: Context, seeds: Array
) -> Array:
    _, back = jax.vjp(lambda x: _run(kind, values, x, *context), x)
    gradients: Array = jax.vmap(back)(seeds)[0]
    return gradients


def _slopes(head: Head, values: tuple[Array, ...], hidden: Array, targets: Array) -> Array:
    slopes: Array = jax.grad(lambda rows: target_logprobs(head, values, rows, targets).sum())(
        hidden
    )
    return slopes


def _backward(back: Callable[[Array], tuple[Array]], seeds: Array) -> Array:
    """Returns what a vjp closure for one target makes of several."""
    gradients: Array = jax.vmap(back)(_pad_targets(seeds))[0]
    return gradients[: len(seeds)]


def _pad_targets(seeds: Array) -> Array:
    """Returns the seeds with targets of zeros up to a power of two."""
    targets = 2 ** (len(seeds) - 1).bit_length()
    return _pad(seeds, targets)


def _pad_rows(hidden: Array, targets: Array) -> tuple[Array, Array]:
    rows = _padded_rows(len(hidden))
    return _pad(hidden, rows), _pad(targets, rows)


def _padded_rows(rows: int) -> int:
    return next((bucket for bucket in _HEAD_ROWS if bucket >= rows), padded_length(rows))


def _pad(array: Array, length: int) -> Array:
    return jnp.pad(array, [(0, length - len(array)), *[(0, 0)] * (array.ndim - 1)])
