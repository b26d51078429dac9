"""Whether a sequence fits into memory, told before it is run."""

import dataclasses
from typing import Final

_SHARE: Final = 0.7
"""Share of the free memory that an estimate may take; the rest is for what it does not see."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Costs:
    """What a token of a sequence costs, in bytes.

    Attributes:
        graph: what autograd keeps of a token, in all layers.
        hidden: a token's hidden state between two layers.
        layers: how many layers there are.
    """

    graph: int
    hidden: int
    layers: int

    @property
    def checkpointed(self) -> int:
        """Bytes of a token where layers keep only their inputs, one layer being run again."""
        return self.hidden * self.layers + 2 * self.graph // self.layers


def needs_checkpoints(tokens: int, costs: Costs, free_bytes: int) -> bool:
    """Returns whether layers must keep only their inputs for the sequence to fit.

    >>> costs = Costs(graph=1000, hidden=10, layers=10)
    >>> needs_checkpoints(70, costs, free_bytes=100_000)
    False
    >>> needs_checkpoints(71, costs, free_bytes=100_000)
    True

    Args:
        tokens: how many tokens the sequence has.
        costs: what each costs.
        free_bytes: the memory that is free.

    Raises:
        ValueError: it does not fit even so.
    """
    budget = free_bytes * _SHARE
    if tokens * costs.graph <= budget:
        return False
    if tokens * costs.checkpointed <= budget:
        return True
    raise ValueError(too_large(tokens, tokens * costs.checkpointed, free_bytes))


def too_large(tokens: int, needed_bytes: int, free_bytes: int) -> str:
    """Returns what to tell of a sequence that does not fit into memory."""
    return (
        f"Salience of {tokens} tokens needs about {needed_bytes / 1e9:.1f} GB of memory, and"
        f" {free_bytes / 1e9:.1f} GB are free. Shorten the prompt, load a smaller model, or load"
        " this one with --precision=bfloat16."
    )
