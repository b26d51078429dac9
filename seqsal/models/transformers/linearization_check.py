"""Checks whether the linearized network of a model is linear."""

import dataclasses
from typing import Any, Final

import torch
from torch import Tensor

from seqsal.models.transformers.linearization import Offsets
from seqsal.models.transformers.linearized_operations import Linearization
from seqsal.models.transformers.network import Network

_TOKENS: Final = 6
_TOLERANCES: Final = {torch.float32: 1e-3, torch.float16: 2e-2}
_WIDEST: Final = 8e-2
"""Largest error, as a share of the terms' absolute sum, for bfloat16."""


@dataclasses.dataclass(frozen=True)
class Completeness:
    """What the parts of a linearized network's output add up to, for one direction of the output.

    Attributes:
        output: the output of the last norm, times the direction.
        inputs: the sum of gradient * input over the input of the first layer.
        offsets: the sum of gradient * constant over what is added in between, such as biases.
        scale: the sum of the absolute contributions, which the error is compared with.
    """

    output: float
    inputs: float
    offsets: float
    scale: float

    @property
    def error(self) -> float:
        """The share of the output that is not explained."""
        return abs(self.output - self.inputs - self.offsets) / max(self.scale, 1e-30)


def measure_completeness(network: Network) -> Completeness:
    """Returns how completely the linearized network explains its output, on a few tokens."""
    vocabulary = network.table_size
    ids = torch.arange(1, _TOKENS + 1, device=network.device) * 7919 % vocabulary
    switch, offsets, inputs = Linearization(), Offsets(), list[Tensor]()

    def keep(_module: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        inputs.append(args[0] if args else kwargs["hidden_states"])
        offsets.started = True

    rows = network.table_rows(ids).requires_grad_()
    handle = network.layers[0].register_forward_pre_hook(keep, with_kwargs=True)
    try:
        with torch.enable_grad():
            hidden = network.body(
                network.embed(rows), batched=True, linearization=switch, offsets=offsets
            )
    finally:
        handle.remove()
    seed = torch.linspace(-1, 1, hidden.numel(), device=hidden.device).cos().view_as(hidden)
    with switch.activated():
        (gradient,) = torch.autograd.grad(hidden, inputs[0], seed.to(hidden.dtype))
    products = (gradient.double() * inputs[0].detach().double()).sum(dim=-1)
    return Completeness(
        output=float((seed * hidden.detach()).sum(dtype=torch.float64)),
        inputs=float(products.sum()),
        offsets=offsets.total,
        scale=float(products.abs().sum()) + abs(offsets.total),
    )


def linearization_error(network: Network) -> str | None:
    """Returns why a model has no linearized gradients; None if it has them."""
    try:
        found = measure_completeness(network)
    except Exception as error:  # A model's own code may raise anything in an unusual backward pass.
        return f"The linearized backward pass of {network.name} fails: {error}"
    if found.error <= _TOLERANCES.get(network.dtype, _WIDEST):
        return None
    return (
        f"The layers of {network.name} hold an operation that seqsal does not recognise as"
        " attention, norm, activation or gate: the contributions of the tokens add up to"
        f" {found.inputs + found.offsets:.4g}, not to the output, {found.output:.4g}."
    )
