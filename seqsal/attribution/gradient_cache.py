"""Gradients of selections on one sequence, from which those of their unions are sums.

With s the sum of log-probabilities over a selection, the gradients ds/de of two selections
without a common token add up to that of both together. So a paragraph whose sentences were
explained before needs no backward pass, and `grad_l2` of it is right: norms do not add,
gradients do.
"""

import functools
import operator
from collections import OrderedDict

from jaxtyping import Float32

from seqsal.models.arrays import Array

Selection = frozenset[int]
"""Positions of the selected tokens."""


class KnownGradients:
    """Gradients by selection, least recently used out first, within a budget of bytes."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._gradients: OrderedDict[Selection, Array] = OrderedDict()

    @property
    def nbytes(self) -> int:
        """Bytes that the gradients hold together."""
        return sum(int(gradient.nbytes) for gradient in self._gradients.values())

    def add(self, selection: Selection, gradient: Float32[Array, "tokens dim"]) -> None:
        """Keeps the gradient of a selection, as far as the budget goes."""
        # A copy: a view would hold the memory of the selections it was computed with.
        self._gradients[selection] = gradient + 0
        self._gradients.move_to_end(selection)
        while self.nbytes > self._budget:
            self._gradients.popitem(last=False)

    def find(self, selection: Selection) -> Float32[Array, "tokens dim"] | None:
        """Returns the gradient of a known selection or of a union of known ones, or None.

        Selections are mostly nested, as words are in sentences; so the largest parts are taken
        first, which finds a union of nested parts wherever there is one.
        """
        parts = [selection] if selection in self._gradients else self._parts(selection)
        if parts is None:
            return None
        for part in parts:
            self._gradients.move_to_end(part)
        return functools.reduce(operator.add, [self._gradients[part] for part in parts])

    def _parts(self, selection: Selection) -> list[Selection] | None:
        left, parts = set(selection), list[Selection]()
        for part in sorted(self._gradients, key=len, reverse=True):
            if part <= left:
                left -= part
                parts.append(part)
        return None if left else parts
