"""Has the layers of keras-hub use attention as one operation, and that operation be one of ours.

By itself Keras does so in part: models of the Gemma family on a GPU alone, GPT-2 not at all, and
on TensorFlow no model.
"""

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final

import keras

from seqsal.models.arrays import Array
from seqsal.models.keras.segment import Kind
from seqsal.models.patching import replaced

Attention = Callable[..., Array]
"""A function with the arguments of `keras.ops.dot_product_attention`."""
_AVAILABLE: Final = "fused_attention_op_available"


@contextlib.contextmanager
def fused_attention(kind: Kind, module: Any, attention: Attention) -> Iterator[None]:
    """Computes the attention of a segment so, and that of everything else as before afterwards.

    Args:
        kind: the segment.
        module: Keras' own, in which a backend's `dot_product_attention` is.
        attention: stands for that.
    """
    changes = [(module, "dot_product_attention", attention)]
    changes += [each for layer in kind.flat_layers for each in _fusing(layer)]
    with contextlib.ExitStack() as stack:
        for change in changes:
            stack.enter_context(replaced(*change))
        yield


def _fusing(layer: Any) -> Iterator[tuple[Any, str, Any]]:
    """Yields what must be set for a layer to use the one operation: of what, its name, the value.

    A layer that drops out while it is trained does not use it, even where it is not trained.
    Scores with a cap are not what the operation computes.
    """
    if getattr(layer, "logit_soft_cap", None) is not None:
        return
    if isinstance(layer, keras.layers.MultiHeadAttention):
        yield layer, "_dropout", 0.0
    elif hasattr(layer, "_use_fused_attention_op"):
        yield layer, "dropout", 0
        yield layer, "_use_fused_attention_op", _yes
    elif hasattr(layer, "_compute_attention"):
        own_module = sys.modules[type(layer).__module__]
        if hasattr(own_module, _AVAILABLE):
            yield own_module, _AVAILABLE, _yes


def _yes() -> bool:
    return True
