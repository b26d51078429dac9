"""Gradients of objectives on one sequence, and those of their sums.

Objectives without a common term add up, and so do their gradients. So a paragraph whose sentences
were explained before needs no backward pass, and `grad_l2` of it is right: norms do not add,
gradients do.
"""

import functools
import operator
from collections import OrderedDict

from jaxtyping import Float32

from seqsal.models.arrays import Array
from seqsal.models.objective import Objective


class GradientCache:
    """Gradients by objective, the least recently used evicted first, within a budget of bytes."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._gradients: OrderedDict[Objective, Array] = OrderedDict()

    @property
    def nbytes(self) -> int:
        """Bytes of all cached gradients."""
        return sum(int(gradient.nbytes) for gradient in self._gradients.values())

    def add(self, objective: Objective, gradient: Float32[Array, "tokens dim"]) -> None:
        """Caches the gradient of an objective, as far as the budget allows."""
        # A copy: a view would hold the memory of the batch it was computed in.
        self._gradients[objective] = gradient + 0
        self._gradients.move_to_end(objective)
        while self.nbytes > self._budget:
            self._gradients.popitem(last=False)

    def find(self, objective: Objective) -> Float32[Array, "tokens dim"] | None:
        """Returns the gradient of a cached objective or of a sum of cached ones, or None.

        Selections are mostly nested, as words are in sentences; so the largest parts are taken
        first, which finds a sum of nested parts wherever there is one.
        """
        parts = [objective] if objective in self._gradients else self._parts(objective)
        if parts is None:
            return None
        for part in parts:
            self._gradients.move_to_end(part)
        return functools.reduce(operator.add, [self._gradients[part] for part in parts])

    def _parts(self, objective: Objective) -> list[Objective] | None:
        left, parts = set(objective.weights), list[Objective]()
        for part in sorted(self._gradients, key=lambda each: len(each.weights), reverse=True):
            if part.weights <= left:
                left -= part.weights
                parts.append(part)
        return None if left else parts
