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
from seqsal.models.transformers.attention_patterns import AttentionPatterns
from seqsal.models.transformers.linearized_operations import (
    Activation,
    Attention,
    Constant,
    Halved,
    Linearization,
    Norm,
)


@contextlib.contextmanager
def linearizable(
    modules: Iterable[torch.nn.Module],
    switch: Linearization,
    offsets: "Offsets | None" = None,
    row_sparse: torch.nn.Module | None = None,
) -> Iterator[None]:
    """Makes the operations of some modules follow a switch in their backward pass.

    Args:
        modules: the layers and the norms around them; none is inside another.
        switch: decides when a backward pass runs.
        offsets: collects what is added to the hidden states that does not depend on them.
        row_sparse: the one of them whose attention computes only the rows with a gradient.
    """
    with contextlib.ExitStack() as stack:
        for module in modules:
            mode = _Mode(switch, offsets, row_sparse=module is row_sparse)
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

    def __init__(self, switch: Linearization, offsets: Offsets | None, *, row_sparse: bool) -> None:
        super().__init__()
        self._switch, self._offsets, self._row_sparse = switch, offsets, row_sparse
        self._paused, self._calls = False, list[Callable[..., Any]]()

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if self._paused:
            self._calls.append(func)
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
            self._paused, self._calls = True, []
            try:
                return func(x, *others, **kwargs)
            finally:
                self._paused = False

        output = run(input)
        # A module's activation may be one call of a function.
        gate = _GATES.get(func) or (_GATES.get(self._calls[0]) if len(self._calls) == 1 else None)
        linearized: Tensor = Activation.apply(output, input, gate or _ratio(run), self._switch)  # type: ignore[no-untyped-call]
        return linearized

    def _attention(
        self, query: Tensor, key: Tensor, value: Tensor, *args: Any, **kwargs: Any
    ) -> Tensor:
        patterns = None
        if not self._row_sparse:
            patterns = AttentionPatterns.of(query, key, value, *args, **kwargs)
        if patterns is None:
            query, key = self._constant(query), self._constant(key)
            return F.scaled_dot_product_attention(query, key, value, *args, **kwargs)
        output = F.scaled_dot_product_attention(query, key, value, *args, **kwargs)
        attended: Tensor = Attention.apply(output, value, patterns, self._switch)  # type: ignore[no-untyped-call]
        return attended

    def _halved(self, output: Tensor) -> Tensor:
        halved: Tensor = Halved.apply(output, self._switch)  # type: ignore[no-untyped-call]
        return halved

    def _constant(self, output: Tensor) -> Tensor:
        constant: Tensor = Constant.apply(output, self._switch)  # type: ignore[no-untyped-call]
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
        normed: Tensor = Norm.apply(output, input, weight, dims, eps, centred, self._switch)  # type: ignore[no-untyped-call]
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
_GATES: Final[dict[Callable[..., Tensor], Callable[[Tensor], Tensor]]] = {F.silu: torch.sigmoid}
"""f(x) / x of such functions, where it has a form that takes less time."""
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


def _ratio(run: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """Returns the function f(x) / x of an activation f; 0 where x is 0."""
    return lambda x: run(x).div_(x).nan_to_num_(0.0, 0.0, 0.0)


def _is_inverse(_base: Any, exponent: Any = None, *_: Any) -> bool:
    """Returns whether a power is the scale of a norm, such as variance ** -0.5."""
    return isinstance(exponent, int | float) and exponent < 0
