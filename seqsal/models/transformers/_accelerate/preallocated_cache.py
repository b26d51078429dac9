"""A cache of keys and values with memory for the tokens that follow.

`DynamicLayer` of Transformers copies the keys and values of all rows for each new token, which
takes half of the time of a batch of answers on a CPU.
"""

from typing import Final

import transformers
from torch import Tensor
from transformers.cache_utils import DynamicLayer

from seqsal.models import accelerate

_LEAST: Final = 16
"""Tokens. The smallest number that memory is allocated for in advance."""


def apply(cache: transformers.DynamicCache) -> None:
    """Makes a cache whose layers are all `DynamicLayer` write new tokens in place.

    Args:
        cache: a cache with keys and values, which is used without gradients; layers that do so
            already are left as they are.
    """
    if accelerate.enabled("preallocated_cache"):
        cache.layers = [
            layer if isinstance(layer, PreallocatedLayer) else PreallocatedLayer(layer)
            for layer in cache.layers
        ]


class PreallocatedLayer(DynamicLayer):  # type: ignore[misc]
    """A layer of the cache; its keys and values are the first part of a larger array."""

    def __init__(self, layer: DynamicLayer) -> None:
        """Takes the keys and values of a layer."""
        super().__init__()
        self.lazy_initialization(layer.keys, layer.values)
        self.keys, self.values = layer.keys, layer.values
        self._arrays: tuple[Tensor, Tensor] | None = None

    def update(
        self, key_states: Tensor, value_states: Tensor, *_: object, **__: object
    ) -> tuple[Tensor, Tensor]:
        """Adds keys and values [rows, heads, tokens, dim], and returns those of all tokens."""
        start = self.keys.shape[-2]
        end = start + key_states.shape[-2]
        arrays = self._arrays
        # The keys are no longer in the array after rows were chosen, repeated or reordered.
        if (
            arrays is None
            or end > arrays[0].shape[-2]
            or self.keys.data_ptr() != arrays[0].data_ptr()
        ):
            arrays = self._arrays = (_enlarged(self.keys, end), _enlarged(self.values, end))
        for array, states in zip(arrays, (key_states, value_states), strict=True):
            array[..., start:end, :] = states
        self.keys, self.values = (array[..., :end, :] for array in arrays)
        return self.keys, self.values


def _enlarged(states: Tensor, tokens: int) -> Tensor:
    """Returns a copy of keys or values in an array for some tokens and a quarter more."""
    size = tokens + max(tokens // 4, _LEAST)
    array = states.new_empty((*states.shape[:-2], size, states.shape[-1]))
    array[..., : states.shape[-2], :] = states
    return array
