"""A second model object over the weights of a model that its owner continues to use."""

import copy
from typing import Any

import torch
import transformers


def with_shared_weights(model: transformers.PreTrainedModel) -> transformers.PreTrainedModel:
    """Returns a model with the same weights in the same memory.

    Its mode, its generation settings and `requires_grad` of its weights are its own, so that a
    model in the middle of its training is not changed.
    """
    shared: dict[int, Any] = {id(buffer): buffer for buffer in model.buffers()}
    for weight in model.parameters():
        # Quantized weights are never trained, and have more parts than their values.
        plain = type(weight) is torch.nn.Parameter
        shared[id(weight)] = (
            torch.nn.Parameter(weight.detach(), requires_grad=False) if plain else weight
        )
    return copy.deepcopy(model, shared)


def weights_state(model: torch.nn.Module) -> int:
    """Returns a number that changes when weights are trained, loaded or moved."""
    return hash(
        tuple(
            (weight.data_ptr(), 0 if weight.is_inference() else weight._version)
            for weight in model.parameters()
        )
    )
