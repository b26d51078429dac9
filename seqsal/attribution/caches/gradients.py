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
        self._gradients: OrderedDict[tuple[Objective, bool], Array] = OrderedDict()

    @property
    def nbytes(self) -> int:
        """Bytes of all cached gradients."""
        return sum(int(gradient.nbytes) for gradient in self._gradients.values())

    def add(
        self,
        objective: Objective,
        gradient: Float32[Array, "tokens dim"],
        *,
        linearized: bool = False,
    ) -> None:
        """Caches the gradient of an objective, as far as the budget allows.

        Args:
            objective: what was differentiated.
            gradient: the gradient.
            linearized: whether it is the gradient of the linearized network.
        """
        # A copy: a view would hold the memory of the batch it was computed in.
        self._gradients[objective, linearized] = gradient + 0
        self._gradients.move_to_end((objective, linearized))
        while self.nbytes > self._budget:
            self._gradients.popitem(last=False)

    def find(
        self, objective: Objective, *, linearized: bool = False
    ) -> Float32[Array, "tokens dim"] | None:
        """Returns the gradient of a cached objective or of a sum of cached ones, or None.

        Selections are mostly nested, as words are in sentences; so the largest parts are taken
        first, which finds a sum of nested parts wherever there is one.
        """
        key = objective, linearized
        keys = [key] if key in self._gradients else self._parts(objective, linearized)
        if keys is None:
            return None
        for each in keys:
            self._gradients.move_to_end(each)
        return functools.reduce(operator.add, [self._gradients[each] for each in keys])

    def _parts(self, objective: Objective, linearized: bool) -> list[tuple[Objective, bool]] | None:
        left, parts = set(objective.weights), list[tuple[Objective, bool]]()
        for key in sorted(self._gradients, key=lambda key: len(key[0].weights), reverse=True):
            if key[1] == linearized and key[0].weights <= left:
                left -= key[0].weights
                parts.append(key)
        return None if left else parts
