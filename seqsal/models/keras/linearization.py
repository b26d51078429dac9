"""Layers whose backward pass treats attention patterns, norms and gates as constants.

Within `linearized_operations` the layers of keras-hub compute the values that they always compute,
but are differentiated as the linearized network: attention patterns and the scales of norms are
constants, an activation is its input times a constant, and each factor of a gated product gets half
of the gradient. The rules are those of `seqsal.models.transformers.linearization`.

The operations are those of `keras.ops`, which look up the function of the backend by name, and the
operator `*` of the backend's tensors. So no architecture is known by name, and the rules are the
same on every backend.
"""

import contextlib
import functools
import importlib
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any, Final

import keras

from seqsal.models.arrays import Array
from seqsal.models.patching import patched_attribute

Operation = Callable[..., Array]

_CONSTANTS: Final = {"nn": ("softmax", "sigmoid"), "math": ("rsqrt",), "numpy": ("reciprocal",)}
"""Functions whose result becomes a constant: attention patterns, scales and gates."""
_ACTIVATIONS: Final = {
    "nn": (
        "relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "hard_silu", "tanh",
        "hard_tanh", "softplus", "softsign",
    ),
    "numpy": ("tanh",),
}  # fmt: skip
"""Functions f(x) that become x * constant."""
_TENSORS: Final = {
    "torch": ("torch", "Tensor"),
    "tensorflow": ("tensorflow", "Tensor"),
    "jax": ("jax.core", "Tracer"),
}
"""The class that has the operator of a backend's tensors, while functions are differentiated."""
_LAYERS: Final = ("keras", "keras_hub")
"""Packages whose products are those of layers. JAX caches its own functions with the products in
them, and on PyTorch other models may run in other threads."""


@contextlib.contextmanager
def linearized_operations() -> Iterator[None]:
    """Makes the operations of Keras those of the linearized network within the context."""
    backend = keras.config.backend()
    modules = {
        name: importlib.import_module(f"keras.src.backend.{backend}.{name}")
        for name in ("nn", "math", "numpy")
    }
    rules = _Rules()
    changes: list[tuple[Any, str, Callable[[Operation], Operation]]] = [
        (modules["nn"], "dot_product_attention", rules.attention),
        (modules["numpy"], "multiply", rules.product),
        (modules["numpy"], "power", rules.power),
        # On PyTorch, norms of such axes are fused; the others are made of operations above.
        (importlib.import_module("keras.src.ops.nn"), "is_continuous_axis", lambda _: _false),
    ]
    for functions, rule in ((_CONSTANTS, rules.constant), (_ACTIVATIONS, rules.activation)):
        changes += [
            (modules[key], name, rule) for key, names in functions.items() for name in names
        ]
    module, name = _TENSORS[backend]
    tensor = getattr(importlib.import_module(module), name)
    changes += [(tensor, operator, rules.operator) for operator in ("__mul__", "__rmul__")]
    with contextlib.ExitStack() as stack:
        for owner, name, change in changes:
            stack.enter_context(patched_attribute(owner, name, change(getattr(owner, name))))
        yield


class _Rules:
    """Operations of the linearized network, each made from that of the backend."""

    def __init__(self) -> None:
        # By identity, with a reference, so that no other tensor gets the same identity.
        self._constants: dict[int, Array] = {}

    def constant(self, operation: Operation) -> Operation:
        """Returns an operation whose result is a constant."""

        @functools.wraps(operation)
        def run(*args: Any, **kwargs: Any) -> Array:
            output = keras.ops.stop_gradient(operation(*args, **kwargs))
            self._constants[id(output)] = output
            return output

        return run

    def power(self, operation: Operation) -> Operation:
        """Returns a power that is a constant if it is the scale of a norm, variance ** -0.5."""
        inverse = self.constant(operation)

        @functools.wraps(operation)
        def run(base: Any, exponent: Any) -> Array:
            is_inverse = isinstance(exponent, int | float) and exponent < 0
            return (inverse if is_inverse else operation)(base, exponent)

        return run

    def activation(self, operation: Operation) -> Operation:
        """Returns f(x) as x * constant."""

        @functools.wraps(operation)
        def run(x: Any, *args: Any, **kwargs: Any) -> Array:
            x = keras.ops.convert_to_tensor(x)
            start = keras.ops.stop_gradient(x)
            output = operation(start, *args, **kwargs)
            is_zero = start == 0
            gate = keras.ops.where(is_zero, 0, output / keras.ops.where(is_zero, 1, start))
            return output + (x - start) * keras.ops.cast(gate, output.dtype)

        return run

    def attention(self, operation: Operation) -> Operation:
        """Returns attention whose patterns are constants."""

        @functools.wraps(operation)
        def run(query: Any, key: Any, *args: Any, **kwargs: Any) -> Array:
            query, key = keras.ops.stop_gradient(query), keras.ops.stop_gradient(key)
            return operation(query, key, *args, **kwargs)

        return run

    def product(self, operation: Operation) -> Operation:
        """Returns a product that gives each of its factors half of the gradient.

        Each factor is then a constant for the other one, and the two halves add up to the product.
        """

        @functools.wraps(operation)
        def run(one: Any, other: Any) -> Array:
            output = operation(one, other)
            constants = [id(factor) in self._constants for factor in (one, other)]
            if not any(constants):
                return _halved(output) if _is_gated(one, other) else output
            if all(constants) or _is_weight(other if constants[0] else one):
                self._constants[id(output)] = output
            return output

        return run

    def operator(self, operation: Operation) -> Operation:
        """Returns the product for the operator `*` in layers."""
        product = self.product(operation)
        # Type checks in tests add a frame to a function, but not to a lambda.
        return lambda one, other: (product if _is_layer(sys._getframe(1)) else operation)(
            one, other
        )


def _is_layer(frame: types.FrameType) -> bool:
    package: str = frame.f_globals.get("__name__", "").partition(".")[0]
    return package in _LAYERS


def _is_gated(one: Any, other: Any) -> bool:
    """Returns whether two factors both depend on the hidden states: they have the same shape."""
    if not (keras.ops.is_tensor(one) and keras.ops.is_tensor(other)):
        return False
    return len(one.shape) > 1 and tuple(one.shape) == tuple(other.shape)


def _is_weight(factor: Any) -> bool:
    """Returns whether a factor is a number, a variable, or the same for all tokens."""
    return not keras.ops.is_tensor(factor) or all(size == 1 for size in factor.shape[:-1])


def _halved(output: Array) -> Array:
    return (output + keras.ops.stop_gradient(output)) / 2


def _false(_axis: Any) -> bool:
    return False
