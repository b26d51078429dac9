"""Logits by a tied token embedding, without a transposed copy of its table.

keras-hub multiplies by the transposed table, which takes TensorFlow 2.21 twice as long.
"""

from typing import Any

import keras
from jaxtyping import Float

from seqsal.models import accelerate
from seqsal.models.arrays import Array


def logits(embedding: Any, hidden: Float[Array, "rows dim"]) -> Float[Array, "rows vocabulary"]:
    """Returns the logits of hidden states, with the final soft cap of the model.

    Args:
        embedding: a `keras_hub.layers.ReversibleEmbedding`.
        hidden: the last hidden states.
    """
    is_plain = embedding.tie_weights and embedding.reverse_dtype is None
    if not is_plain or not accelerate.enabled("tied_head"):
        return embedding(hidden[None], reverse=True)[0]
    columns = keras.ops.matmul(embedding.embeddings, keras.ops.transpose(hidden))
    result = keras.ops.transpose(columns)
    cap = embedding.logit_soft_cap
    return result if cap is None else keras.ops.tanh(result / cap) * cap
