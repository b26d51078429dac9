"""Gradients in, scores out: the maths of input salience, for any array library.

The functions use only operators and methods that NumPy, PyTorch and JAX arrays share, so
that scores are made where the gradients are, and only scores have to travel.

With s the log-probability of the selected tokens and e_i the embedding of token i:

* `grad_l2` is |ds/de_i|, "GradNorm L2" (Poerner et al. 2018, https://aclanthology.org/P18-1032);
* `grad_dot_input` is ds/de_i . e_i, "Grad . Input" (Denil et al. 2014, arXiv 1412.6815). A
  positive score supports the selection: a little more of this embedding makes it likelier.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from jaxtyping import Float32

from seqsal.models.arrays import Array, NumpyArray
from seqsal.shared import fields as spec


def grad_l2(
    gradients: Float32[Array, "targets tokens dim"], embeddings: Float32[Array, "tokens dim"]
) -> Float32[Array, "targets tokens"]:
    """Returns how strongly each token can move the selection, never negative.

    >>> g = np.array([[[3.0, 4.0], [0.0, 0.0]]], np.float32)
    >>> grad_l2(g, np.ones((2, 2), np.float32)).tolist()
    [[5.0, 0.0]]
    """
    del embeddings  # Only the direction to the loss counts, not where the token stands.
    return (gradients * gradients).sum(axis=-1) ** 0.5


def grad_dot_input(
    gradients: Float32[Array, "targets tokens dim"], embeddings: Float32[Array, "tokens dim"]
) -> Float32[Array, "targets tokens"]:
    """Returns how much each token's embedding pushes the selection up (+) or down (-).

    >>> g = np.array([[[3.0, 4.0], [-1.0, 0.0]]], np.float32)
    >>> grad_dot_input(g, np.ones((2, 2), np.float32)).tolist()
    [[7.0, -1.0]]
    """
    return (gradients * embeddings).sum(axis=-1)


METHODS: Final[Mapping[str, Callable[[Array, Array], Array]]] = {
    spec.GRAD_L2: grad_l2,
    spec.GRAD_DOT_INPUT: grad_dot_input,
}
"""Salience methods by the name of their output field."""

METHOD_VERSIONS: Final[Mapping[str, int]] = {spec.GRAD_L2: 1, spec.GRAD_DOT_INPUT: 1}
"""Raised where a method gives other numbers than before, so that kept ones are not shown."""


def selection_weights(
    mask: Sequence[float | int], num_tokens: int
) -> Float32[NumpyArray, " tokens"]:
    """Returns the weight of each token's log-probability in the selection's sum.

    The first token of a sequence is predicted from nothing, so that a selection that
    reaches over it explains the other tokens.

    Args:
        mask: one 0 or 1 for each token of the sequence, special tokens included.
        num_tokens: how many tokens the sequence has.

    Returns:
        The mask in float32, with 0 for the first token.

    Raises:
        ValueError: the mask has another length, holds other values, or selects nothing
            that the model predicts.
    """
    if len(mask) != num_tokens:
        raise ValueError(
            f"target_mask must hold one value for each token: expected {num_tokens}, got"
            f" {len(mask)}. Tokenize this prompt and target again, and mask those tokens."
        )
    weights = np.asarray(mask, np.float32)
    if not np.isin(weights, (0.0, 1.0)).all():
        odd = weights[~np.isin(weights, (0.0, 1.0))][0]
        raise ValueError(f"target_mask must hold only 0 and 1, got {odd:g}.")
    if not weights.any():
        raise ValueError(
            "target_mask must select at least one token, got only zeros. Select what to explain."
        )
    weights[0] = 0.0
    if not weights.any():
        raise ValueError(
            "target_mask selects only the first token, which the model does not predict from"
            " anything. Select a later token."
        )
    return weights
