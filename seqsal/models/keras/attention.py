"""Has the layers of keras-hub use attention as one operation, and that operation be one of ours.

By itself Keras does so in part: models of the Gemma family on a GPU alone, GPT-2 not at all, and
on TensorFlow no model.
"""

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final

import keras

from seqsal.arrays import Array
from seqsal.models.keras.segment import Kind

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
    changes = [(vars(module), {"dot_product_attention": attention})]
    changes += [each for layer in kind.flat_layers for each in _fusing(layer)]
    with contextlib.ExitStack() as stack:
        for attributes, settings in changes:
            stack.callback(_restore, attributes, {name: attributes.get(name) for name in settings})
            attributes.update(settings)
        yield


def _fusing(layer: Any) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yields attributes and how they must be set for a layer to use the one operation.

    A layer that drops out while it is trained does not use it, even where it is not trained.
    Scores with a cap are not what the operation computes.
    """
    if getattr(layer, "logit_soft_cap", None) is not None:
        return
    if isinstance(layer, keras.layers.MultiHeadAttention):
        yield vars(layer), {"_dropout": 0.0}
    elif hasattr(layer, "_use_fused_attention_op"):
        yield vars(layer), {"dropout": 0, "_use_fused_attention_op": _yes}
    elif hasattr(layer, "_compute_attention"):
        own_module = vars(sys.modules[type(layer).__module__])
        if _AVAILABLE in own_module:
            yield own_module, {_AVAILABLE: _yes}


def _yes() -> bool:
    return True


def _restore(attributes: dict[str, Any], before: dict[str, Any]) -> None:
    for name, value in before.items():
        if value is None:
            del attributes[name]
        else:
            attributes[name] = value
