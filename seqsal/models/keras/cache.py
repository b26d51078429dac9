"""The cache of keys and values of any keras-hub causal model.

Its arrays differ between models: some have one array, some have one for each layer.
"""

import dataclasses
import functools
from typing import Any

import keras

from seqsal.models.patching import patched_attribute


@dataclasses.dataclass(frozen=True)
class CacheArray:
    """One array of a cache.

    Attributes:
        shape: an example of its shape.
        dtype: the type of its values.
        rows_axis: the axis of the rows.
        tokens_axis: the axis of the tokens.
    """

    shape: tuple[int, ...]
    dtype: str
    rows_axis: int
    tokens_axis: int

    def sized(self, rows: int | None, tokens: int | None) -> tuple[int | None, ...]:
        """Returns the shape for a number of rows and tokens, or for any (None)."""
        sizes = {self.rows_axis: rows, self.tokens_axis: tokens}
        return tuple(sizes.get(axis, size) for axis, size in enumerate(self.shape))


class CacheShape:
    """Creates and repeats caches of a model."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def zeros(self, rows: int, tokens: int) -> Any:
        """Returns an empty cache for a number of rows and tokens."""
        return keras.tree.map_structure(
            lambda array: keras.ops.zeros(array.sized(rows, tokens), dtype=array.dtype),
            self.arrays,
        )

    def repeated(self, cache: Any, times: int) -> Any:
        """Returns a cache in which each row is repeated."""
        if times == 1:
            return cache
        return keras.tree.map_structure(
            lambda array, value: keras.ops.repeat(value, times, axis=array.rows_axis),
            self.arrays,
            cache,
        )

    @functools.cached_property
    def arrays(self) -> Any:
        """The cache's arrays, in the model's own structure; two examples determine the axes."""
        small, large = _cache(self._model, 1, 2), _cache(self._model, 3, 5)

        def compare(one: Any, other: Any) -> CacheArray:
            sizes = list(zip(one.shape, other.shape, strict=True))
            dtype = keras.backend.standardize_dtype(one.dtype)
            return CacheArray(tuple(one.shape), dtype, sizes.index((1, 3)), sizes.index((2, 5)))

        return keras.tree.map_structure(compare, small, large)


def _cache(model: Any, rows: int, tokens: int) -> Any:
    """Returns the empty cache that a model creates when it starts to generate."""
    ids = keras.ops.zeros((rows, tokens), dtype="int32")
    mask = keras.ops.ones((rows, tokens), dtype="bool")

    def catch(token_ids: Any, cache: Any, *_: Any, **__: Any) -> None:
        raise _Caught(cache)

    with patched_attribute(model, "call_with_cache", catch):
        try:
            model.generate_step({"token_ids": ids, "padding_mask": mask}, stop_token_ids=None)
        except _Caught as caught:
            return caught.cache
    raise TypeError(f"{type(model).__name__} generates without a cache.")


class _Caught(Exception):
    """Carries a cache out of a model's generation."""

    def __init__(self, cache: Any) -> None:
        super().__init__()
        self.cache = cache
