"""A second model on the weights of one that somebody else goes on using."""

import copy
from typing import Any

import torch
import transformers


def twin(model: transformers.PreTrainedModel) -> transformers.PreTrainedModel:
    """Returns a model with the same weights in the same memory, to be frozen and set up.

    Its mode, its generation settings and whether its weights are trained are its own, so that
    a model in the middle of its training stays as it is.
    """
    shared: dict[int, Any] = {id(buffer): buffer for buffer in model.buffers()}
    for weight in model.parameters():
        # Quantized weights are never trained, and have parts beside their values.
        plain = type(weight) is torch.nn.Parameter
        shared[id(weight)] = (
            torch.nn.Parameter(weight.detach(), requires_grad=False) if plain else weight
        )
    return copy.deepcopy(model, shared)


def weights_state(model: torch.nn.Module) -> int:
    """Returns a number that is another one after weights have been trained, loaded or moved."""
    return hash(
        tuple(
            (weight.data_ptr(), 0 if weight.is_inference() else weight._version)
            for weight in model.parameters()
        )
    )
