"""Weights of half precision on a CPU that computes in float32.

Without it, all weights are converted to float32, which takes twice the memory.
"""

import functools
import sys
import time
from collections.abc import Callable
from typing import Final

import torch
import transformers
from torch import Tensor, nn

from seqsal.models import accelerate
from seqsal.models.transformers import patches
from seqsal.models.transformers._accelerate.products import linear

_HALF: Final = (torch.bfloat16, torch.float16)

_MIN_NUMBERS: Final = 1 << 20
"""Size of a weight from which on half precision is worth it."""

_MIN_SAVED_BYTES: Final = 128 << 20
"""Memory of all such weights from which on half precision is worth it.

To widen the shared table of SmolLM2 (28 million numbers) at each step took a tenth of the time of
generation, and would save 57 MB.
"""


def apply(model: transformers.PreTrainedModel, *, always: bool) -> None:
    """Makes a model on a CPU compute in float32, always or if the CPU emulates its type.

    Large weights keep their type, and are widened in use. Their values are the same to the last
    bit, and a laptop of 8 GB has room for two or three billion of them.

    Args:
        model: changed in place; the tensors of its weights are not, so other models may share
            them.
        always: whether to compute in float32 on every CPU. If not, only a CPU that emulates the
            model's type does.
    """
    weights = [p for p in model.parameters() if p.is_floating_point()]
    if any(p.device.type != "cpu" for p in weights) or getattr(model, "hf_quantizer", None):
        return
    half = {p.dtype for p in weights} & set(_HALF)
    if always or any(is_emulated(dtype) for dtype in half):
        widen(model)


@functools.cache
def is_emulated(dtype: torch.dtype) -> bool:
    """Returns whether products in a type take this CPU twice as long as in float32, or longer.

    A CPU without instructions for bfloat16 took fifty times as long.
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


def widen(model: transformers.PreTrainedModel, min_numbers: int | None = None) -> None:
    """Makes a model compute in float32, with its large weights in their own type.

    Args:
        model: changed in place.
        min_numbers: size of a weight from which on it keeps its type; None for a million, or for
            no weight at all if that saves little memory or the speed-up is disabled.
    """
    if min_numbers is None:
        min_numbers = _MIN_NUMBERS if _saves_memory(model) else sys.maxsize
    widened: dict[Tensor, nn.Parameter] = {}  # Tied weights stay tied.
    for module in model.modules():
        for name, weight in module._parameters.items():
            if weight is None or not weight.is_floating_point() or weight.dtype == torch.float32:
                continue
            if _keeps_type(model, module, name, min_numbers):
                continue
            if weight not in widened:
                widened[weight] = nn.Parameter(weight.float(), weight.requires_grad)
            module._parameters[name] = widened[weight]
        for name, buffer in module._buffers.items():
            if buffer is not None and buffer.dtype in _HALF:
                module._buffers[name] = _widened_buffer(module, name, buffer)


def _saves_memory(model: transformers.PreTrainedModel) -> bool:
    large = [p for p in model.parameters() if p.dtype in _HALF and p.numel() >= _MIN_NUMBERS]
    saved = sum(p.numel() * p.element_size() for p in large)
    return accelerate.enabled("mixed_precision") and saved >= _MIN_SAVED_BYTES


def _keeps_type(
    model: transformers.PreTrainedModel, module: nn.Module, name: str, min_numbers: int
) -> bool:
    """Returns whether a weight keeps its type; if so, its module is patched to widen it in use."""
    weight = module._parameters[name]
    if weight is None or weight.dtype not in _HALF or name != "weight":
        return False
    if weight.numel() < min_numbers:
        return False
    if type(module) is nn.Linear:
        vars(module)["forward"] = functools.partial(_linear, module)
        return True
    if module is model.get_input_embeddings():
        vars(module)["forward"] = functools.partial(_embedding, module)
        return True
    return False


def _widened_buffer(module: nn.Module, name: str, buffer: Tensor) -> Tensor:
    """Returns a buffer in float32; Gemma's embedding scale has its value before rounding."""
    scalar = getattr(module, f"scalar_{name}", None)
    return buffer.float() if scalar is None else torch.tensor(scalar, dtype=torch.float32)


def _linear(module: nn.Linear, input: Tensor) -> Tensor:
    return linear(input.float(), module.weight, module.bias)


def _embedding(module: nn.Embedding, ids: Tensor) -> Tensor:
    """Returns the embeddings of ids, widened before the module scales them."""
    forward: Callable[..., Tensor] = functools.partial(type(module).forward, module)
    if module.weight.dtype == torch.float32:  # Rows that need a gradient.
        return forward(ids)
    rows = module.weight[ids.flatten()].float()
    return patches.embed_rows(module, rows, torch.arange(ids.numel()).view_as(ids))
