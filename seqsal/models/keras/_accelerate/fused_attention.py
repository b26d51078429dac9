"""Makes the layers of keras-hub compute attention by one operation, from this package.

Keras itself does so in part: models of the Gemma family on a GPU only, GPT-2 never, and no model
on TensorFlow. The operations are in `attention_tensorflow` and `attention_torch`.
"""

import contextlib
import importlib
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final

import keras

from seqsal.models import accelerate
from seqsal.models.arrays import Array
from seqsal.models.keras.segment import SegmentFunction
from seqsal.models.patching import patched_attribute

Attention = Callable[..., Array]
"""A function with the arguments of `keras.ops.dot_product_attention`."""
_AVAILABLE: Final = "fused_attention_op_available"


@contextlib.contextmanager
def fused_attention(
    function: SegmentFunction, attention: Attention | None = None
) -> Iterator[None]:
    """Replaces the attention of a segment within the context.

    Args:
        function: the segment's function.
        attention: the operation; None for that of the backend, TensorFlow or PyTorch.
    """
    if not accelerate.enabled("fused_attention"):
        yield
        return
    backend = keras.config.backend()
    if attention is None:
        attention = importlib.import_module(f"{__package__}.attention_{backend}").attention
    keras_nn = importlib.import_module(f"keras.src.backend.{backend}.nn")
    changes = [(keras_nn, "dot_product_attention", attention)]
    changes += [change for layer in function.flat_layers for change in _changes(layer)]
    with contextlib.ExitStack() as stack:
        for change in changes:
            stack.enter_context(patched_attribute(*change))
        yield


def _changes(layer: Any) -> Iterator[tuple[Any, str, Any]]:
    """Yields the owner, name and value of each attribute that makes a layer use the operation.

    A layer with dropout does not use it, even in inference. The operation does not compute a soft
    cap of the scores.
    """
    if getattr(layer, "logit_soft_cap", None) is not None:
        return
    if isinstance(layer, keras.layers.MultiHeadAttention):
        yield layer, "_dropout", 0.0
    elif hasattr(layer, "_use_fused_attention_op"):
        yield layer, "dropout", 0
        yield layer, "_use_fused_attention_op", _true
    elif hasattr(layer, "_compute_attention"):
        own_module = sys.modules[type(layer).__module__]
        if hasattr(own_module, _AVAILABLE):
            yield own_module, _AVAILABLE, _true


def _true() -> bool:
    return True
