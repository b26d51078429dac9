"""The last layer and the final norm, computed for a range of rows only.

A log-probability depends on one row of the last hidden states. For all other rows the last layer
needs only keys and values, which keras-hub's layers return as their cache: a layer is called for
the whole sequence, and then for a range of rows, as in generation. A compiled graph never runs the
other results of the first call, and the backward pass never goes through them.
"""

import inspect
from collections.abc import Sequence
from typing import Any, Final

import keras

from seqsal.models import accelerate
from seqsal.models.arrays import Array
from seqsal.models.keras.cache import CacheArray, CacheShape
from seqsal.models.keras.segment import Segment, SegmentFunction

_CACHE_ARGUMENTS: Final = ("cache", "self_attention_cache", "attention_cache")
_EXAMPLE: Final = 16
"""Tokens of the example that it is compared on."""


def top_rows(model: Any, segments: Sequence[Segment]) -> Segment | None:
    """Returns the last two segments as one that computes a range of rows.

    Args:
        model: a `keras_nlp.models.CausalLM`.
        segments: its segments; the last one computes each row independently.

    Returns:
        A segment whose context is the positions of its rows; or None if the speed-up is disabled,
        if the last layer has no cache of one array, or if its results differ with a cache, as with
        GPT-NeoX in keras-hub 0.32.
    """
    if not accelerate.enabled("top_rows"):
        return None
    last, ending = segments[-2:]
    layer, *others = last.function.layers
    names = None if others else _argument_names(layer)
    if names is None:
        return None
    cache = CacheShape(model).arrays
    if not _is_one_array(cache, len(model.backbone.transformer_layers)):
        return None
    function = TopRows(layer, names, cache, ending.function)
    top = Segment((*last.weights, *ending.weights), function)
    return top if _agree(top, last, ending) else None


class TopRows(SegmentFunction):
    """The last layer and the final norm as a function of their weights."""

    def __init__(
        self, layer: Any, names: tuple[str, str], cache: CacheArray, ending: SegmentFunction
    ) -> None:
        """Stores the parts.

        Args:
            layer: the last layer.
            names: its arguments for the cache and for the index of the first row.
            cache: the cache of the whole model, [rows, layers, 2, tokens, heads, dim].
            ending: what follows the layer.
        """
        super().__init__(layer, "top_rows")
        self._layer, self._names = layer, names
        self._heads, self._cache_dtype, self._ending = cache.shape[-2:], cache.dtype, ending

    def __call__(self, weights: Sequence[Array], x: Array, *context: Array) -> Array:
        """Returns the last hidden states [objectives, rows, dim] of a range of rows.

        Args:
            weights: values for the variables.
            x: the hidden states before the layer, [objectives, tokens, dim].
            *context: the positions of the rows, [objectives, rows], consecutive and the same for
                all objectives.
        """
        (positions,) = context
        start, (batch, rows) = positions[0, 0], keras.ops.shape(positions)
        _, tokens, dim = keras.ops.shape(x)
        own = len(self._layer.variables)
        values = zip(self._layer.variables, weights[:own], strict=True)
        with keras.StatelessScope(state_mapping=list(values)):
            empty = keras.ops.zeros((batch, 2, tokens, *self._heads), dtype=self._cache_dtype)
            _, cache = self._cached(x, empty, 0)
            selected = keras.ops.slice(x, (0, start, 0), (batch, rows, dim))
            y, _ = self._cached(selected, cache, start)
        return self._ending(weights[own:], y, positions, positions)

    def _cached(self, x: Array, cache: Array, index: Array | int) -> tuple[Array, Array]:
        """Returns the layer's output for rows from an index on, and the updated cache."""
        name, index_name = self._names
        y, cache = self._layer(x, **{name: cache, index_name: index}, training=False)
        return y, cache


def _argument_names(layer: Any) -> tuple[str, str] | None:
    """Returns the names of a layer's arguments for its cache and the index in it."""
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
    """Returns whether the top computes the same rows as its two segments."""
    x, ids, mask = last.function.example(_EXAMPLE)
    expected = ending.run(last.run(x, ids, mask), ids, mask)[:, _EXAMPLE // 2 :]
    rows = keras.ops.arange(_EXAMPLE // 2, _EXAMPLE, dtype="int32")[None]
    expected, actual = (
        keras.ops.convert_to_numpy(keras.ops.cast(y, "float32"))
        for y in (expected, top.run(x, rows))
    )
    precise = keras.backend.standardize_dtype(x.dtype) in ("float32", "float64")
    return bool(abs(actual - expected).max() < (1e-4 if precise else 2e-2) * abs(expected).max())
