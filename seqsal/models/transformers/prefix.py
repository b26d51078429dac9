"""What the prompts of a batch begin with in common: its keys and values are computed once."""

import itertools
from collections.abc import Sequence
from typing import Final

import torch
import transformers
from transformers.cache_utils import DynamicLayer

from seqsal.models.transformers._accelerate import preallocated_cache
from seqsal.models.transformers.graph import SharedPrefix
from seqsal.models.transformers.network import Network

_LEAST: Final = 16
"""Tokens. A shorter prefix is not worth a pass of its own."""


def shared_length(prompts: Sequence[Sequence[int]]) -> int:
    """Returns how many tokens all prompts begin with; at least one token of each is left.

    >>> shared_length([(1, 2, 3), (1, 2, 4, 5)]), shared_length([(1, 2), (1, 2)])
    (2, 1)
    """
    columns = zip(*(prompt[:-1] for prompt in prompts), strict=False)
    return sum(1 for _ in itertools.takewhile(lambda column: len(set(column)) == 1, columns))


def prefix_cache(
    network: Network, prompts: Sequence[Sequence[int]], rows: int
) -> tuple[int, transformers.DynamicCache] | None:
    """Returns the length of the prompts' common prefix, and its keys and values for some rows.

    Args:
        network: the model, whose hidden states do not depend on what follows.
        prompts: token ids.
        rows: the number of rows of the batch.

    Returns:
        None if there is one row, or too little in common, or where padding after the prefix would
        change what a layer attends to, as with sliding windows.
    """
    length = shared_length(prompts)
    if rows < 2 or length < _LEAST or not _attends_to_all(network):
        return None
    cache = network.new_cache()
    with torch.no_grad():
        network.states(torch.tensor([prompts[0][:length]], device=network.device), cache)
    cache.batch_repeat_interleave(rows)
    preallocated_cache.apply(cache)
    return length, cache


def shared_prefix(network: Network, sequences: Sequence[Sequence[int]]) -> SharedPrefix | None:
    """Returns the graph of what sequences begin with; None as in `prefix_cache`.

    Args:
        network: the model, whose hidden states do not depend on what follows.
        sequences: token ids; at least one token of each is left.
    """
    length = shared_length(sequences)
    if len(sequences) < 2 or length < _LEAST or not _attends_to_all(network):
        return None
    return SharedPrefix(network, sequences[0][:length])


def _attends_to_all(network: Network) -> bool:
    """Returns whether all layers attend to any token before, without windows or states."""
    layers = network.new_cache().layers
    return bool(layers) and all(type(layer) is DynamicLayer for layer in layers)
