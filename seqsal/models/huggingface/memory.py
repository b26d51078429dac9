"""Whether a sequence fits into memory, told before it is run."""

import dataclasses
from typing import Final

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
        ValueError: it does not fit even so.
    """
    budget = free_bytes * _SHARE
    if costs.graph(tokens) <= budget:
        return False
    if costs.checkpointed(tokens) <= budget:
        return True
    raise ValueError(too_large(tokens, costs.checkpointed(tokens), free_bytes))


def too_large(tokens: int, needed_bytes: int, free_bytes: int) -> str:
    """Returns what to tell of a sequence that does not fit into memory."""
    return (
        f"Salience of {tokens} tokens needs about {needed_bytes / 1e9:.1f} GB of memory, and"
        f" {free_bytes / 1e9:.1f} GB are free. Shorten the prompt, load a smaller model, or load"
        " this one with --precision=bfloat16."
    )
