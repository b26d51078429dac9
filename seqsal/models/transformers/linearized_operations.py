"""Operations with two backward passes: that of the model, and that of the linearized network.

Each has the output of the model's own operation as an input, to which the gradient goes in a
backward pass of the model; `linearization.py` says which operations they replace.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from seqsal.models.transformers.attention_patterns import AttentionPatterns


class Linearization:
    """The switch of a graph's operations.

    Attributes:
        active: whether backward passes are those of the linearized network.
        keeps_constants: whether operations that run now keep the constants that a backward pass of
            the linearized network computes, for further backward passes.
    """

    def __init__(self) -> None:
        self.active = self.keeps_constants = False

    @contextlib.contextmanager
    def activated(self) -> Iterator[None]:
        """Makes backward passes those of the linearized network."""
        self.active = True
        try:
            yield
        finally:
            self.active = False


class _Identity(torch.autograd.Function):
    """The identity, whose subclasses have two backward passes."""

    @staticmethod
    def forward(ctx: Any, input: Tensor, switch: Linearization) -> Tensor:
        """Returns the output of the model's own operation."""
        ctx.switch = switch
        ctx.set_materialize_grads(False)
        return input.view_as(input)


class Constant(_Identity):
    """The identity; in the linearized network no gradient passes."""

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, None]:
        """Returns the gradients of the inputs, as the switch says."""
        return (None if ctx.switch.active else gradients[0]), None


class Halved(_Identity):
    """The identity on a product of two paths; in the linearized network half of the gradient.

    Each factor is then a constant for the other one, and the two halves add up to the product.
    """

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, None]:
        """Returns the gradients of the inputs, as the switch says."""
        (gradient,) = gradients
        if gradient is None or not ctx.switch.active:
            return gradient, None
        return gradient / 2, None


class Activation(torch.autograd.Function):
    """The output of an activation; in the linearized network its input times a gate.

    The input is saved by the activation's own operations anyway; the gate, output / input, is
    computed in the backward pass, since it may be twice as large as all that the other operations
    of a layer save.
    """

    @staticmethod
    def forward(
        ctx: Any,
        output: Tensor,
        input: Tensor,
        gate: Callable[[Tensor], Tensor],
        switch: Linearization,
    ) -> Tensor:
        """Returns the output of the model's own operation."""
        ctx.gate, ctx.switch = gate, switch
        ctx.kept = _Kept(switch)
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(input)
        return output.view_as(output)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        """Returns the gradients of the inputs, as the switch says."""
        (gradient,) = gradients
        if gradient is None or not ctx.switch.active:
            return gradient, None, None, None
        (input,) = ctx.saved_tensors
        return None, gradient * ctx.kept.get(lambda: ctx.gate(input)), None, None


class Norm(torch.autograd.Function):
    """The output of a norm; in the linearized network its scale is a constant."""

    @staticmethod
    def forward(
        ctx: Any,
        output: Tensor,
        input: Tensor,
        weight: Tensor | None,
        dims: tuple[int, ...],
        eps: float,
        centred: bool,
        switch: Linearization,
    ) -> Tensor:
        """Returns the output of the model's own operation."""
        ctx.switch, ctx.dims, ctx.eps, ctx.centred = switch, dims, eps, centred
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(input, weight)
        return output.view_as(output)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        """Returns the gradients of the inputs, as the switch says."""
        (gradient,) = gradients
        if gradient is None or not ctx.switch.active:
            return gradient, None, None, None, None, None, None
        input, weight = ctx.saved_tensors
        if weight is not None:
            gradient = gradient * weight
        states = input.float()
        if ctx.centred:
            states = states - states.mean(ctx.dims, keepdim=True)
        scale = (states.square().mean(ctx.dims, keepdim=True) + ctx.eps).rsqrt()
        into = gradient * scale.to(gradient.dtype)
        if ctx.centred:
            into = into - into.mean(ctx.dims, keepdim=True)
        return None, into, None, None, None, None, None


class Attention(torch.autograd.Function):
    """The output of attention; in the linearized network its patterns are constants."""

    @staticmethod
    def forward(
        ctx: Any,
        output: Tensor,
        value: Tensor,
        patterns: AttentionPatterns,
        switch: Linearization,
    ) -> Tensor:
        """Returns the output of the model's own operation."""
        ctx.patterns, ctx.switch = patterns, switch
        ctx.kept = _Kept(switch)
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(*patterns.tensors)
        return output.view_as(output)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        """Returns the gradients of the inputs, as the switch says."""
        (gradient,) = gradients
        if gradient is None or not ctx.switch.active:
            return gradient, None, None, None
        matrix = ctx.kept.get(lambda: ctx.patterns.matrix(*ctx.saved_tensors))
        return None, ctx.patterns.into_value(gradient, matrix), None, None


class _Kept:
    """A constant that a backward pass computes, and keeps for the next one if that is wanted."""

    def __init__(self, switch: Linearization) -> None:
        self._keeps = switch.keeps_constants
        self._constant: Tensor | None = None

    def get(self, compute: Callable[[], Tensor]) -> Tensor:
        """Returns the constant."""
        if self._constant is not None:
            return self._constant
        constant = compute()
        if self._keeps:
            self._constant = constant
        return constant
