"""Temporary changes to a Transformers model, without which its parts could not run alone.

They are for correctness; changes for speed are in `_accelerate/`.
"""

import contextlib
import functools
from collections.abc import Iterable, Iterator
from typing import Any

import torch
import torch.utils.checkpoint
import transformers
from jaxtyping import Float, Int
from torch import Tensor
from transformers.modeling_outputs import BaseModelOutputWithPastAndCrossAttentions

from seqsal.models.causal_lm import LayerInterceptFn
from seqsal.models.patching import patched_attribute


def embed_rows(
    module: torch.nn.Module, rows: Float[Tensor, "rows dim"], index: Int[Tensor, "*ids"]
) -> Float[Tensor, "*ids hidden"]:
    """Returns the output of an embedding module that has given rows as its table.

    Args:
        module: a `torch.nn.Embedding`, or one that scales what it looks up.
        rows: the table.
        index: the rows to look up.
    """
    # The row at padding_idx would get no gradient.
    with patched_attribute(module, "padding_idx", None):
        result: Tensor = torch.func.functional_call(module, {"weight": rows}, (index,))
    return result


def head_logits(
    model: transformers.PreTrainedModel, hidden: Float[Tensor, "rows hidden"]
) -> Float[Tensor, "rows vocabulary"]:
    """Returns a model's logits for the last hidden states of some rows.

    The model's own forward runs with its decoder replaced, so that everything it does after the
    last layer (soft-capping, scaling) is part of the result.
    """
    output = BaseModelOutputWithPastAndCrossAttentions(last_hidden_state=hidden[None])
    with patched_attribute(model.get_decoder(), "forward", lambda *_, **__: output):
        logits: Tensor = model(inputs_embeds=hidden[None], use_cache=False).logits
    return logits[0]


@contextlib.contextmanager
def intercepted(layers: Iterable[torch.nn.Module], intercept: LayerInterceptFn) -> Iterator[None]:
    """Passes the output of transformer layer i through intercept(x, i), i = 1..N."""

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
    """Makes layers save only their inputs and recompute the rest in a backward pass.

    Transformers has gradient checkpointing for training mode only; here the model stays in
    evaluation mode.
    """
    with contextlib.ExitStack() as stack:
        for layer in layers:
            recomputed = functools.partial(
                torch.utils.checkpoint.checkpoint, layer.forward, use_reentrant=False
            )
            stack.enter_context(patched_attribute(layer, "forward", recomputed))
        yield
