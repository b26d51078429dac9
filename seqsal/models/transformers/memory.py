"""The memory of a device, and how much of it a sequence takes."""

import functools
from typing import Final

import torch

from seqsal.models.costs import Costs
from seqsal.models.limits import DoesNotFitError, too_large
from seqsal.models.pytorch import free_bytes
from seqsal.models.transformers.graph import Graph
from seqsal.models.transformers.network import Network

_SHARE: Final = 0.7
"""Share of the free memory that an estimate may take; the rest is for what it does not cover."""
_SHORT: Final = 16
_LONG: Final = 64


def measure_costs(network: Network) -> Costs:
    """Returns the costs of a sequence, measured on 16 and on 64 tokens."""
    first, second = (
        Graph(
            network,
            torch.zeros(tokens, dtype=torch.long, device=network.device),
            intercept=None,
            checkpoint=False,
        )
        for tokens in (_SHORT, _LONG)
    )
    per_pair = max(0.0, (second.nbytes / _LONG - first.nbytes / _SHORT) / (_LONG - _SHORT))
    return Costs(
        per_token=first.nbytes / _SHORT - _SHORT * per_pair,
        per_pair=per_pair,
        hidden=first.hidden.nbytes / _SHORT,
        layers=len(network.layers),
    )


class Memory:
    """The memory of a model's device, and how a trace may use it."""

    def __init__(self, network: Network, checkpointing: str = "auto") -> None:
        """Stores the arguments.

        Args:
            network: the model.
            checkpointing: on: layers save only their inputs and are recomputed in a backward
                pass; off: never; auto: only if the sequence would not fit otherwise.
        """
        self._network, self._checkpointing = network, checkpointing

    @functools.cached_property
    def costs(self) -> Costs:
        """The costs of a sequence, measured on first use."""
        return measure_costs(self._network)

    def free_bytes(self) -> int:
        """Returns the memory that is free now."""
        return free_bytes(self._network.device)

    def attempts(self, tokens: int) -> tuple[bool, ...]:
        """Returns whether to use gradient checkpointing, for each attempt in order.

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
    """Returns whether layers must save only their inputs for the sequence to fit.

    >>> costs = Costs(per_token=1000.0, per_pair=0.0, hidden=10.0, layers=10)
    >>> needs_checkpoints(70, costs, free_bytes=100_000)
    False
    >>> needs_checkpoints(71, costs, free_bytes=100_000)
    True

    Args:
        tokens: number of tokens.
        costs: the costs of a sequence.
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
