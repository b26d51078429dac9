"""Temporary changes to a PyTorch model while it runs."""

import contextlib
from collections.abc import Iterator
from typing import Any

import torch

from seqsal.models.base import LayerInterceptFn


@contextlib.contextmanager
def replaced(module: torch.nn.Module, name: str, value: Any) -> Iterator[None]:
    """Sets an attribute of one instance, and afterwards what was there before."""
    before = vars(module).get(name)
    setattr(module, name, value)
    try:
        yield
    finally:
        if before is None:
            delattr(module, name)
        else:
            setattr(module, name, before)


@contextlib.contextmanager
def intercepted(decoder: torch.nn.Module, intercept: LayerInterceptFn | None) -> Iterator[None]:
    """Sends the output of transformer layer i through intercept(x, i), i = 1..N."""
    if intercept is None:
        yield
        return

    def hook(number: int) -> Any:
        def replace(_module: torch.nn.Module, _args: Any, output: Any) -> Any:
            if isinstance(output, tuple):
                return (intercept(output[0], number), *output[1:])
            return intercept(output, number)

        return replace

    handles = [
        layer.register_forward_hook(hook(number))
        for number, layer in enumerate(_layers(decoder), start=1)
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _layers(decoder: torch.nn.Module) -> torch.nn.ModuleList:
    """Returns the transformer layers: the one list of modules that a decoder has."""
    for child in decoder.children():
        if isinstance(child, torch.nn.ModuleList) and len(child):
            return child
    raise ValueError(
        "layer_intercept_fn needs a model with a list of layers;"
        f" {type(decoder).__name__} has none."
    )
