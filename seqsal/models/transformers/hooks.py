"""Temporary changes to a PyTorch model while it runs."""

import contextlib
import functools
from collections.abc import Iterable, Iterator
from typing import Any

import torch
import torch.utils.checkpoint
from jaxtyping import Float, Int
from torch import Tensor

from seqsal.models.causal_lm import LayerInterceptFn
from seqsal.models.patching import replaced


def embedded(
    module: torch.nn.Module, rows: Float[Tensor, "rows dim"], index: Int[Tensor, "*ids"]
) -> Float[Tensor, "*ids hidden"]:
    """Returns what an embedding module makes of rows in the place of its table.

    Args:
        module: a `torch.nn.Embedding`, or one that scales what it looks up.
        rows: of a table.
        index: which of them.
    """
    # The row at padding_idx would get no gradient.
    with replaced(module, "padding_idx", None):
        result: Tensor = torch.func.functional_call(module, {"weight": rows}, (index,))
    return result


@contextlib.contextmanager
def intercepted(layers: Iterable[torch.nn.Module], intercept: LayerInterceptFn) -> Iterator[None]:
    """Sends the output of transformer layer i through intercept(x, i), i = 1..N."""

    def hook(number: int) -> Any:
        def replace(_module: torch.nn.Module, _args: Any, output: Any) -> Any:
            if isinstance(output, tuple):
                return (intercept(output[0], number), *output[1:])
            return intercept(output, number)

        return replace

    handles = [
        layer.register_forward_hook(hook(number)) for number, layer in enumerate(layers, start=1)
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextlib.contextmanager
def checkpointed(layers: Iterable[torch.nn.Module]) -> Iterator[None]:
    """Has each layer keep only its input, and run again in a backward pass.

    Transformers has this for training only; here the model stays in evaluation mode.
    """
    with contextlib.ExitStack() as stack:
        for layer in layers:
            again = functools.partial(
                torch.utils.checkpoint.checkpoint, layer.forward, use_reentrant=False
            )
            stack.enter_context(replaced(layer, "forward", again))
        yield
