"""Linearized: gradient times input of the network with attention, norms and gates held constant."""

from typing import Final

from seqsal.attribution.method import GradientMethod, builtin_info
from seqsal.attribution.methods.grad_dot_input import grad_dot_input

METHOD: Final = GradientMethod(builtin_info("linearized"), grad_dot_input, linearized=True)
