"""Whether a sequence fits into memory, told before it is run."""

import dataclasses
import functools
from typing import Final

import torch

from seqsal.models.limits import DoesNotFitError, too_large
from seqsal.models.torch_memory import free_bytes
from seqsal.models.transformers.graph import Graph
from seqsal.models.transformers.network import Network

_SHARE: Final = 0.7
"""Share of the free memory that an estimate may take; the rest is for what it does not see."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Costs:
    """What a sequence costs, in bytes.

    Attributes:
        per_token: what autograd keeps for each token, in all layers.
        per_pair: what it keeps for each pair of tokens: attention that is not fused, and masks.
        hidden: a token's hidden state between two layers.
        layers: how many layers there are.
    """

    per_token: float
    per_pair: float
    hidden: float
    layers: int

    def graph(self, tokens: int) -> int:
        """Returns the bytes of a sequence where everything is kept."""
        return round(tokens * (self.per_token + tokens * self.per_pair))

    def checkpointed(self, tokens: int) -> int:
        """Returns the bytes where layers keep only their inputs, one layer being run again."""
        return round(tokens * self.hidden * self.layers + 2 * self.graph(tokens) / self.layers)


def measure_costs(network: Network) -> Costs:
    """Returns what a sequence costs, measured on a short one and a longer one."""
    short, long = 16, 64
    first, second = (
        Graph(
            network,
            torch.zeros(tokens, dtype=torch.long, device=network.device),
            intercept=None,
            checkpoint=False,
        )
        for tokens in (short, long)
    )
    per_pair = max(0.0, (second.nbytes / long - first.nbytes / short) / (long - short))
    return Costs(
        per_token=first.nbytes / short - short * per_pair,
        per_pair=per_pair,
        hidden=first.hidden.nbytes / short,
        layers=len(network.layers),
    )


class Memory:
    """The memory of the device that a model runs on, and how a trace may use it."""

    def __init__(self, network: Network, checkpointing: str = "auto") -> None:
        """Looks at a model's device.

        Args:
            network: the model.
            checkpointing: on: layers keep only their inputs and run again in a backward pass;
                off: never; auto: where the sequence would not fit otherwise.
        """
        self._network, self._checkpointing = network, checkpointing

    @functools.cached_property
    def costs(self) -> Costs:
        """What a sequence costs, measured when it is first asked for."""
        return measure_costs(self._network)

    def free_bytes(self) -> int:
        """Returns the memory that is free now."""
        return free_bytes(self._network.device)

    def ways(self, tokens: int) -> tuple[bool, ...]:
        """Returns whether layers keep only their inputs; several answers are tried in order.

        Raises:
            DoesNotFitError: the sequence does not fit either way.
        """
        if self._checkpointing == "on":
            return (True,)
        if self._checkpointing == "off":
            return (False,)
        if needs_checkpoints(tokens, self.costs, self.free_bytes()):
            return (True,)
        return (False, True)  # The estimate may be too low, or others use the device.


def needs_checkpoints(tokens: int, costs: Costs, free_bytes: int) -> bool:
    """Returns whether layers must keep only their inputs for the sequence to fit.

    >>> costs = Costs(per_token=1000.0, per_pair=0.0, hidden=10.0, layers=10)
    >>> needs_checkpoints(70, costs, free_bytes=100_000)
    False
    >>> needs_checkpoints(71, costs, free_bytes=100_000)
    True

    Args:
        tokens: how many tokens the sequence has.
        costs: what a sequence costs.
        free_bytes: the memory that is free.

    Raises:
        DoesNotFitError: it does not fit even so.
    """
    budget = free_bytes * _SHARE
    if costs.graph(tokens) <= budget:
        return False
    if costs.checkpointed(tokens) <= budget:
        return True
    raise DoesNotFitError(too_large(tokens, costs.checkpointed(tokens), free_bytes))
