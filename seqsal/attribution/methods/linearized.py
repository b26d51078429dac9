"""Linearized: gradient times input of the network with attention, norms and gates held constant."""

from collections.abc import Sequence
from typing import Final

from jaxtyping import Float64

from seqsal.attribution.method import GradientMethod, Run, builtin_info
from seqsal.attribution.methods.grad_dot_input import grad_dot_input
from seqsal.models.arrays import NumpyArray
from seqsal.models.objective import Objective


class Linearized(GradientMethod):
    """Scores a token by its share of the linearized network's output.

    The scores of all tokens add up to d s / d h . h over the last hidden states h, in a model
    without biases and learned positions. What these add falls on no token.
    """

    def __init__(self) -> None:
        super().__init__(builtin_info("linearized"), grad_dot_input, linearized=True)

    def totals(
        self, run: Run, objectives: Sequence[Objective]
    ) -> Float64[NumpyArray, " objectives"]:
        """Returns for each objective what the scores of all tokens add up to, without biases."""
        return run.head_products(objectives)


METHOD: Final = Linearized()
