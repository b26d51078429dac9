"""Backward passes that treat attention patterns, norms and gates as constants.

The forward pass is the model's own. While a `Linearization` is active, a backward pass on the same
graph is that of the linearized network: attention patterns and the scales of norms are constants,
an activation is its input times a constant, and each factor of a gated product gets half of the
gradient. What is left is linear in the token embeddings, so that the products of gradients and
embeddings add up to the output (the detached Jacobian of Golden 2025, arXiv 2505.24293; for the
halves see `_Halved`).

The operations are found while the model runs, by a `TorchFunctionMode` in each layer, so that no
architecture is known by name. `docs/faithfulness.md` compares the rules with others.
"""

import contextlib
import functools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from seqsal.models.patching import patched_attribute


class Linearization:
    """The switch of a graph's operations.

    Attributes:
        active: whether backward passes are those of the linearized network.
    """

    def __init__(self) -> None:
        self.active = False

    @contextlib.contextmanager
    def activated(self) -> Iterator[None]:
        """Makes backward passes those of the linearized network."""
        self.active = True
        try:
            yield
        finally:
            self.active = False


@contextlib.contextmanager
def linearizable(
    modules: Iterable[torch.nn.Module],
    switch: Linearization,
    offsets: "Offsets | None" = None,
) -> Iterator[None]:
    """Makes the operations of some modules follow a switch in their backward pass.

    Args:
        modules: the layers and the norms around them; none is inside another.
        switch: decides when a backward pass runs.
        offsets: collects what is added to the hidden states that does not depend on them.
    """
    with contextlib.ExitStack() as stack:
        for module in modules:
            mode = _Mode(switch, offsets)
            forward = functools.partial(_in_mode, mode, module, module.forward)
            stack.enter_context(patched_attribute(module, "forward", forward))
            if offsets is not None:
                stack.enter_context(offsets.biases_of(module))
        yield


class Offsets:
    """The part of a linearized network's output that its input does not give.

    Biases and other constants that are added to hidden states have it.

    Attributes:
        started: whether additions count by now; those before the first layer do not.
        total: after a backward pass, the sum of constant * gradient over all additions.
    """

    def __init__(self) -> None:
        self.started, self.total = False, 0.0

    @contextlib.contextmanager
    def biases_of(self, module: torch.nn.Module) -> Iterator[None]:
        """Collects the biases that a module's parts add."""

        def add(part: torch.nn.Module, _args: Any, output: Any) -> None:
            if isinstance(part.bias, Tensor):
                self.add(output, part.bias)

        handles = [
            part.register_forward_hook(add)
            for part in module.modules()
            if isinstance(getattr(part, "bias", None), Tensor)
        ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def add(self, output: Tensor, constant: Tensor | float) -> None:
        """Registers that a constant was added, with `output` as the sum."""
        if self.started and output.requires_grad:
            hook = functools.partial(self._count, constant)
            output.register_hook(hook)  # type: ignore[no-untyped-call]

    def _count(self, constant: Tensor | float, gradient: Tensor | None) -> None:
        if gradient is not None:  # None below a constant of the linearized network.
            self.total += float((gradient * constant).sum())


def _in_mode(
    mode: "_Mode",
    module: torch.nn.Module,
    forward: Callable[..., Any],
    *args: Any,
    **kwargs: Any,
) -> Any:
    """Runs a module in a mode; also when gradient checkpointing recomputes it, much later."""
    with contextlib.ExitStack() as stack:
        for part in module.modules():
            if _is_activation(part):
                activation = functools.partial(mode.activation, part.forward)
                stack.enter_context(patched_attribute(part, "forward", activation))
        stack.enter_context(mode)
        return forward(*args, **kwargs)


def _is_activation(module: torch.nn.Module) -> bool:
    """Returns whether a module is an activation as a whole, such as `NewGELUActivation`."""
    has_parts = any(True for _ in module.children()) or any(True for _ in module.parameters())
    return not has_parts and bool(_ACTIVATION_NAMES.search(type(module).__name__.lower()))


class _Mode(TorchFunctionMode):
    """Makes functions of PyTorch follow the switch."""

    def __init__(self, switch: Linearization, offsets: Offsets | None) -> None:
        super().__init__()
        self._switch, self._offsets, self._paused = switch, offsets, False

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if self._paused or not torch.is_grad_enabled():
            return func(*args, **kwargs)
        if func is F.scaled_dot_product_attention:
            return self._attention(*args, **kwargs)
        if func in _ELEMENTWISE:
            return self.activation(func, *args, **kwargs)
        if func is F.layer_norm or func is F.rms_norm:
            return self._norm(func, *args, **kwargs)
        output = func(*args, **kwargs)
        if self._offsets is not None:
            self._collect(func, output, args)
        if func in _CONSTANTS or (func in _POWERS and _is_inverse(*args)):
            return self._constant(output)
        varying = [each for each in args if isinstance(each, Tensor) and each.requires_grad]
        if varying and all(hasattr(each, _MARK) for each in varying):
            for each in output if isinstance(output, tuple) else (output,):
                setattr(each, _MARK, True)  # A function of constants is a constant.
        elif func in _PRODUCTS and len(varying) == 2:
            return output if any(hasattr(each, _MARK) for each in varying) else self._halved(output)
        return output

    def activation(self, func: Callable[..., Tensor], *args: Any, **kwargs: Any) -> Tensor:
        """Returns func(input), in the linearized network input * constant."""
        if self._paused or not torch.is_grad_enabled():
            return func(*args, **kwargs)
        input, *others = args if args else [kwargs.pop("input")]

        def run(x: Tensor) -> Tensor:
            self._paused = True
            try:
                return func(x, *others, **kwargs)
            finally:
                self._paused = False

        linearized: Tensor = _Activation.apply(run(input), input, run, self._switch)  # type: ignore[no-untyped-call]
        return linearized

    def _attention(
        self, query: Tensor, key: Tensor, value: Tensor, *args: Any, **kwargs: Any
    ) -> Tensor:
        query, key = self._constant(query), self._constant(key)
        return F.scaled_dot_product_attention(query, key, value, *args, **kwargs)

    def _halved(self, output: Tensor) -> Tensor:
        halved: Tensor = _Halved.apply(output, self._switch)  # type: ignore[no-untyped-call]
        return halved

    def _constant(self, output: Tensor) -> Tensor:
        constant: Tensor = _Constant.apply(output, self._switch)  # type: ignore[no-untyped-call]
        setattr(constant, _MARK, True)
        return constant

    def _norm(
        self,
        func: Callable[..., Tensor],
        input: Tensor,
        normalized_shape: Sequence[int],
        weight: Tensor | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> Tensor:
        output = func(input, normalized_shape, weight, *args, **kwargs)
        centred = func is F.layer_norm
        given = dict(zip(("bias", "eps") if centred else ("eps",), args, strict=False)) | kwargs
        eps = given.get("eps")
        if eps is None:
            eps = 1e-5 if centred else torch.finfo(input.dtype).eps
        dims = tuple(range(-len(normalized_shape), 0))
        normed: Tensor = _Norm.apply(output, input, weight, dims, eps, centred, self._switch)  # type: ignore[no-untyped-call]
        return normed

    def _collect(self, func: Callable[..., Any], output: Any, args: tuple[Any, ...]) -> None:
        """Registers the constant that a function adds, if it adds one."""
        assert self._offsets is not None
        if func in _SUMS:
            for each in args[:2]:
                if not isinstance(each, Tensor) or not each.requires_grad:
                    sign = -1 if func in _DIFFERENCES and each is args[1] else 1
                    self._offsets.add(output, sign * each)


_MARK: Final = "_seqsal_constant"
"""The attribute of a tensor that is a constant of the linearized network."""

_ACTIVATION_NAMES: Final = re.compile("gelu|silu|swish|relu|mish|tanh|activation")

_ELEMENTWISE: Final = {
    F.silu, F.gelu, F.relu, F.leaky_relu, F.elu, F.relu6, F.mish, F.softplus, F.hardtanh, F.tanh,
    torch.relu, torch.tanh, Tensor.relu, Tensor.tanh,
}  # fmt: skip
"""Functions f(x) that become x * constant."""
_CONSTANTS: Final = {
    torch.rsqrt, Tensor.rsqrt, F.softmax, torch.softmax, Tensor.softmax, torch.sigmoid,
    Tensor.sigmoid, F.sigmoid, torch.reciprocal, Tensor.reciprocal,
}  # fmt: skip
"""Functions whose result becomes a constant: attention patterns, scales and gates."""
_PRODUCTS: Final = {torch.mul, torch.multiply, Tensor.mul, Tensor.multiply, Tensor.__mul__,
                    Tensor.__rmul__, Tensor.__imul__}  # fmt: skip
_POWERS: Final = {torch.pow, Tensor.pow, Tensor.__pow__}
_DIFFERENCES: Final = {torch.sub, Tensor.sub, Tensor.__sub__, Tensor.__isub__}
_SUMS: Final = _DIFFERENCES | {torch.add, Tensor.add, Tensor.__add__, Tensor.__radd__,
                               Tensor.__iadd__}  # fmt: skip


def _is_inverse(_base: Any, exponent: Any = None, *_: Any) -> bool:
    """Returns whether a power is the scale of a norm, such as variance ** -0.5."""
    return isinstance(exponent, int | float) and exponent < 0


class _Constant(torch.autograd.Function):
    """The identity; in the linearized network no gradient passes."""

    @staticmethod
    def forward(ctx: Any, input: Tensor, switch: Linearization) -> Tensor:
        ctx.switch = switch
        ctx.set_materialize_grads(False)
        return input.view_as(input)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, None]:
        return (None if ctx.switch.active else gradients[0]), None


class _Halved(torch.autograd.Function):
    """The identity on a product of two paths; in the linearized network half of the gradient.

    Each factor is then a constant for the other one, and the two halves add up to the product.
    """

    @staticmethod
    def forward(ctx: Any, input: Tensor, switch: Linearization) -> Tensor:
        ctx.switch = switch
        ctx.set_materialize_grads(False)
        return input.view_as(input)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, None]:
        (gradient,) = gradients
        if gradient is None or not ctx.switch.active:
            return gradient, None
        return gradient / 2, None


class _Activation(torch.autograd.Function):
    """The output of an activation; in the linearized network its input times output / input.

    The input is saved by the activation's own operations anyway; the output is computed again,
    since it may be twice as large as all that the other operations of a layer save.
    """

    @staticmethod
    def forward(
        ctx: Any,
        output: Tensor,
        input: Tensor,
        run: Callable[[Tensor], Tensor],
        switch: Linearization,
    ) -> Tensor:
        ctx.run, ctx.switch = run, switch
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(input)
        return output.view_as(output)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        if gradient is None or not ctx.switch.active:
            return gradient, None, None, None
        (input,) = ctx.saved_tensors
        gate = ctx.run(input).div_(input).nan_to_num_(0.0)  # 0 / 0 where the input is 0.
        return None, gradient * gate, None, None


class _Norm(torch.autograd.Function):
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
        ctx.switch, ctx.dims, ctx.eps, ctx.centred = switch, dims, eps, centred
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(input, weight)
        return output.view_as(output)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
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
