"""The top of a network for some rows: its last layer, and the norm after it.

A log-probability depends on one row of the last hidden states. Of all other rows the last layer
has to give keys and values alone, which keras-hub's layers give as their cache: a layer is called
for the whole sequence, and then for a stretch of rows as while it generates. What the first call
computes beside the cache is never run where a graph is compiled, and never gone back through.
"""

import inspect
from collections.abc import Sequence
from typing import Any, Final

import keras

from seqsal.models.arrays import Array
from seqsal.models.keras.cache import CacheArray, CacheShape
from seqsal.models.keras.segment import Kind, Segment

_CACHE_ARGUMENTS: Final = ("cache", "self_attention_cache", "attention_cache")
_EXAMPLE: Final = 16
"""Tokens of the example that it is tried on."""


def top_rows(model: Any, segments: Sequence[Segment]) -> Segment | None:
    """Returns the last two segments as one that gives a stretch of rows.

    Args:
        model: a `keras_nlp.models.CausalLM`.
        segments: its parts; the last one treats each row for itself.

    Returns:
        A segment that reads, beside the hidden states, the positions of its rows; or None where
        the last layer does not keep the keys and values of all tokens in one array, or computes
        something else with them, as GPT-NeoX does in keras-hub 0.32.
    """
    last, ending = segments[-2:]
    layer, *others = last.kind.layers
    names = None if others else _argument_names(layer)
    if names is None:
        return None
    cache = CacheShape(model).arrays
    if not _is_one_array(cache, len(model.backbone.transformer_layers)):
        return None
    kind = TopRows(layer, names, cache, ending.kind)
    top = Segment((*last.weights, *ending.weights), kind)
    return top if _agree(top, last, ending) else None


class TopRows(Kind):
    """The top of a network as a function of its weights."""

    def __init__(self, layer: Any, names: tuple[str, str], cache: CacheArray, ending: Kind) -> None:
        """Takes the parts.

        Args:
            layer: the last layer.
            names: of its arguments for the cache and for where in it the rows begin.
            cache: the cache of the whole model, [rows, layers, 2, tokens, heads, dim].
            ending: what follows the layer.
        """
        super().__init__(layer, "top_rows")
        self._layer, self._names = layer, names
        self._heads, self._cache_dtype, self._ending = cache.shape[-2:], cache.dtype, ending

    def __call__(self, weights: Sequence[Array], x: Array, *context: Array) -> Array:
        """Returns the last hidden states [targets, rows, dim] of a stretch of rows.

        Args:
            weights: values for the variables.
            x: the hidden states before the layer, [targets, tokens, dim].
            *context: the positions of the rows, [targets, rows], one after the other and the
                same for all targets.
        """
        (positions,) = context
        start, (targets, rows) = positions[0, 0], keras.ops.shape(positions)
        _, tokens, dim = keras.ops.shape(x)
        own = len(self._layer.variables)
        values = zip(self._layer.variables, weights[:own], strict=True)
        with keras.StatelessScope(state_mapping=list(values)):
            empty = keras.ops.zeros((targets, 2, tokens, *self._heads), dtype=self._cache_dtype)
            _, cache = self._cached(x, empty, 0)
            stretch = keras.ops.slice(x, (0, start, 0), (targets, rows, dim))
            y, _ = self._cached(stretch, cache, start)
        return self._ending(weights[own:], y, positions, positions)

    def _cached(self, x: Array, cache: Array, index: Array | int) -> tuple[Array, Array]:
        """Returns the layer's output for rows that begin at an index, and its cache with them."""
        name, index_name = self._names
        y, cache = self._layer(x, **{name: cache, index_name: index}, training=False)
        return y, cache


def _argument_names(layer: Any) -> tuple[str, str] | None:
    """Returns what a layer calls its cache and the index in it."""
    parameters = inspect.signature(layer.call).parameters
    pairs = [(name, f"{name}_update_index") for name in _CACHE_ARGUMENTS]
    return next((pair for pair in pairs if set(pair) <= set(parameters)), None)


def _is_one_array(cache: Any, layers: int) -> bool:
    """Returns whether a cache is one array [rows, layers, 2, tokens, heads, dim]."""
    return (
        isinstance(cache, CacheArray)
        and len(cache.shape) == 6
        and cache.shape[1:3] == (layers, 2)
        and (cache.rows_axis, cache.tokens_axis) == (0, 3)
    )


def _agree(top: Segment, last: Segment, ending: Segment) -> bool:
    """Returns whether the top gives the rows that its two segments give."""
    x, ids, mask = last.kind.example(_EXAMPLE)
    expected = ending.run(last.run(x, ids, mask), ids, mask)[:, _EXAMPLE // 2 :]
    rows = keras.ops.arange(_EXAMPLE // 2, _EXAMPLE, dtype="int32")[None]
    expected, actual = (
        keras.ops.convert_to_numpy(keras.ops.cast(y, "float32"))
        for y in (expected, top.run(x, rows))
    )
    precise = keras.backend.standardize_dtype(x.dtype) in ("float32", "float64")
    return bool(abs(actual - expected).max() < (1e-4 if precise else 2e-2) * abs(expected).max())
