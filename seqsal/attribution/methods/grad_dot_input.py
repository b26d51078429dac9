"""Grad · Input: the gradient times the embedding of each token."""

from typing import Final

from jaxtyping import Float32

from seqsal.attribution.method import GradientMethod, builtin_info
from seqsal.models.arrays import Array


def grad_dot_input(
    gradients: Float32[Array, "objectives tokens dim"], embeddings: Float32[Array, "tokens dim"]
) -> Float32[Array, "objectives tokens"]:
    """Returns ds/de_i . e_i for each token i: how its embedding moves the objective s.

    A positive score supports the objective: a little more of this embedding makes it likelier.
    See Denil et al. 2014, arXiv 1412.6815.

    >>> import numpy as np
    >>> g = np.array([[[3.0, 4.0], [-1.0, 0.0]]], np.float32)
    >>> grad_dot_input(g, np.ones((2, 2), np.float32)).tolist()
    [[7.0, -1.0]]
    """
    return (gradients * embeddings).sum(axis=-1)


METHOD: Final = GradientMethod(builtin_info("grad_dot_input"), grad_dot_input)
