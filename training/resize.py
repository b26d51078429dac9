"""Initializes a model with the weights of a model of another size.

If the new model is wider, the added weights read at random and write zeros: the outputs do not
change, and all new weights get gradients (the idea is that of Chen et al. 2016, arXiv 1511.05641).
If it has fewer layers or neurons, some accuracy is lost, but training recovers it faster than
from random weights.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from transformers import LlamaForCausalLM

_READ_STD = 0.02


def resize(source: LlamaForCausalLM, target: LlamaForCausalLM, layers: Sequence[int]) -> None:
    """Replaces the weights of `target` by those of `source`.

    If `target` is at least as wide everywhere and gets all layers, its logits become those of
    `source`.

    Args:
        source: the model to copy.
        target: at least as wide as `source`, with the same head width and vocabulary. If its layers
            have fewer neurons, those with the largest weights are copied.
        layers: for each layer of `target` the index of a layer of `source`.

    Raises:
        ValueError: the shapes do not match.
    """
    old, new = source.config, target.config
    fits = (
        (old.head_dim, old.vocab_size) == (new.head_dim, new.vocab_size)
        and old.hidden_size <= new.hidden_size
        and old.num_attention_heads <= new.num_attention_heads
        and len(layers) == new.num_hidden_layers
        and set(layers) <= set(range(old.num_hidden_layers))
    )
    if not fits:
        raise ValueError(
            "A model can only be resized to one with the same vocabulary and head width that is as"
            f" wide or wider, with layers of its own; expected a source for {new}, got {old} and"
            f" layers {list(layers)}. Choose another size or other layers."
        )
    # The new zeros reduce the root mean square by which norms divide.
    thinner = (old.hidden_size / new.hidden_size) ** 0.5
    with torch.no_grad():
        _fill(target.model.embed_tokens.weight, source.model.embed_tokens.weight, reads=False)
        _fill_norm(target.model.norm.weight, source.model.norm.weight, thinner)
        for index, layer in zip(layers, target.model.layers, strict=True):
            _fill_layer(layer, source.model.layers[index], thinner)


def _fill_layer(layer: nn.Module, source: nn.Module, thinner: float) -> None:
    kept = _heaviest(
        source.get_submodule("mlp"), layer.get_parameter("mlp.up_proj.weight").shape[0]
    )
    for name, new in layer.named_parameters():
        old = source.get_parameter(name)
        if new.dim() == 1:
            _fill_norm(new, old, thinner)
        elif "down_proj" in name:
            _fill(new, old[:, kept], reads=False)
        elif "mlp" in name:
            _fill(new, old[kept], reads=True)
        else:
            _fill(new, old, reads="o_proj" not in name)


def _heaviest(mlp: nn.Module, count: int) -> Tensor:
    """Returns the numbers of the neurons that can change most, in order."""
    read = [mlp.get_parameter(f"{name}.weight").norm(dim=1) for name in ("gate_proj", "up_proj")]
    weight = read[0] * read[1] * mlp.get_parameter("down_proj.weight").norm(dim=0)
    heaviest: Tensor = weight.topk(min(count, len(weight))).indices.sort().values
    return heaviest


def _fill_norm(new: Tensor, old: Tensor, thinner: float) -> None:
    new.fill_(old.mean())
    new[: len(old)] = old
    new *= thinner


def _fill(new: Tensor, old: Tensor, *, reads: bool) -> None:
    new.normal_(0.0, _READ_STD) if reads else new.zero_()
    new[: old.shape[0], : old.shape[1]] = old
