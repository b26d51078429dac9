"""Attention as a map: two usual forms, as controls."""

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from benchmarks.faithfulness.items import Item
from benchmarks.faithfulness.models import Model
from seqsal.models.arrays import NumpyArray


def last_layer(model: Model, item: Item) -> NumpyArray:
    """Returns the attention of the last layer to each part: the mean over heads and the answer."""
    return _sums(_answer_rows(item, _attention(model, item)[-1]), item)


def rollout(model: Model, item: Item) -> NumpyArray:
    """Returns the attention rollout to each part (Abnar and Zuidema 2020, arXiv 2005.00928).

    Each layer passes on half of what it receives along its residual stream and half along the
    mean attention of its heads.
    """
    layers = _attention(model, item)
    row = torch.zeros(len(layers[0]))
    row[_rows(item)] = 1 / len(item.positions)
    for attention in reversed(layers):
        row = 0.5 * row + 0.5 * row @ attention
    return _sums(row, item)


@torch.no_grad()
def _attention(model: Model, item: Item) -> list[torch.Tensor]:
    """Returns the attention [tokens, tokens] of each layer, the mean over its heads."""
    network = model.lm.model
    ids = torch.tensor([[*item.ids, *item.answer[:-1]]])
    found: list[torch.Tensor] = []

    def hook(_module: Any, _args: Any, output: Any) -> Any:
        found.append(output[1][0].mean(0))
        return output[0], None  # The weights of all heads are not kept.

    with _eager(network):
        modules = [layer.self_attn for layer in network.get_decoder().layers]
        handles = [module.register_forward_hook(hook) for module in modules]
        try:
            network.get_decoder()(input_ids=ids, use_cache=False)
        finally:
            for handle in handles:
                handle.remove()
    return found


@contextlib.contextmanager
def _eager(network: Any) -> Iterator[None]:
    """Computes attention step by step, which alone gives its weights."""
    before = network.config._attn_implementation
    network.set_attn_implementation("eager")
    try:
        yield
    finally:
        network.set_attn_implementation(before)


def _rows(item: Item) -> list[int]:
    """Returns the positions that predict the explained tokens."""
    return [position - 1 for position in item.positions]


def _answer_rows(item: Item, attention: torch.Tensor) -> torch.Tensor:
    return attention[_rows(item)].mean(0)


def _sums(row: torch.Tensor, item: Item) -> NumpyArray:
    return np.array([float(row[start:end].sum()) for start, end in item.segments])
