"""Weights of half precision on a CPU, which computes with them in float32."""

import functools
import time
from collections.abc import Callable
from typing import Final

import torch
import transformers
from torch import Tensor, nn

from seqsal.models.transformers._accelerate.products import linear
from seqsal.models.transformers.hooks import embedded

_HALF: Final = (torch.bfloat16, torch.float16)

_LEAST: Final = 1 << 20
"""Numbers of a weight below which it is not worth being kept in half precision."""


def settle(model: transformers.PreTrainedModel, *, wide: bool) -> None:
    """Has a model on a CPU compute in float32, if it is to, or if the CPU would be slow otherwise.

    Its large weights stay in the type that they are in: what they stand for is the same to the
    last bit, and an 8 GB laptop has room for a model of two or three billion of them.

    Args:
        model: what is changed; the tensors of its weights are not, so others may share them.
        wide: whether it is to compute in float32 on any CPU. If not, it does on those only that
            imitate the model's type.
    """
    weights = [p for p in model.parameters() if p.is_floating_point()]
    if any(p.device.type != "cpu" for p in weights) or getattr(model, "hf_quantizer", None):
        return
    half = {p.dtype for p in weights} & set(_HALF)
    if wide or any(imitated(dtype) for dtype in half):
        widen(model)


@functools.cache
def imitated(dtype: torch.dtype) -> bool:
    """Returns whether this CPU is slower at products in a type than in float32.

    One without instructions for bfloat16 took fifty times as long.
    """
    return _seconds(dtype) > 2 * _seconds(torch.float32)


def _seconds(dtype: torch.dtype) -> float:
    """Returns the seconds of a product of two matrices, the best of three."""
    matrix = torch.ones(256, 256, dtype=dtype)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        matrix @ matrix
        times.append(time.perf_counter() - start)
    return min(times)


def widen(model: transformers.PreTrainedModel, least: int | None = None) -> None:
    """Has a model compute in float32, with its large weights in the type that they are in.

    Args:
        model: what is changed.
        least: how many numbers a weight must have to stay as it is; None for a million.
    """
    least = _LEAST if least is None else least
    made: dict[Tensor, nn.Parameter] = {}  # What was one tensor stays one: tied weights.
    for module in model.modules():
        for name, weight in module._parameters.items():
            if weight is None or not weight.is_floating_point() or weight.dtype == torch.float32:
                continue
            if _stays(model, module, name, least):
                continue
            if weight not in made:
                made[weight] = nn.Parameter(weight.float(), weight.requires_grad)
            module._parameters[name] = made[weight]
        for name, buffer in module._buffers.items():
            if buffer is not None and buffer.dtype in _HALF:
                module._buffers[name] = _exact(module, name, buffer)


def _stays(model: transformers.PreTrainedModel, module: nn.Module, name: str, least: int) -> bool:
    """Returns whether a weight stays as it is; if so, its module is made to widen it in use."""
    weight = module._parameters[name]
    if weight is None or weight.dtype not in _HALF or weight.numel() < least or name != "weight":
        return False
    if type(module) is nn.Linear:
        vars(module)["forward"] = functools.partial(_multiplied, module)
        return True
    if module is model.get_input_embeddings():
        vars(module)["forward"] = functools.partial(_looked_up, module)
        return True
    return False


def _exact(module: nn.Module, name: str, buffer: Tensor) -> Tensor:
    """Returns a buffer in float32; Gemma's scale as it was before it was rounded."""
    scalar = getattr(module, f"scalar_{name}", None)
    return buffer.float() if scalar is None else torch.tensor(scalar, dtype=torch.float32)


def _multiplied(module: nn.Linear, input: Tensor) -> Tensor:
    return linear(input.float(), module.weight, module.bias)


def _looked_up(module: nn.Embedding, ids: Tensor) -> Tensor:
    """Returns the embeddings of ids, widened before the module scales them."""
    forward: Callable[..., Tensor] = functools.partial(type(module).forward, module)
    if module.weight.dtype == torch.float32:  # Rows that a gradient is asked for.
        return forward(ids)
    rows = module.weight[ids.flatten()].float()
    return embedded(module, rows, torch.arange(ids.numel()).view_as(ids))
