"""GradNorm L2: the norm of the gradient at each token."""

from typing import Final

from jaxtyping import Float32

from seqsal.attribution.method import GradientMethod, builtin_info
from seqsal.models.arrays import Array


def grad_l2(
    gradients: Float32[Array, "objectives tokens dim"], embeddings: Float32[Array, "tokens dim"]
) -> Float32[Array, "objectives tokens"]:
    """Returns |ds/de_i| for each token i: how strongly it can move the objective s.

    e_i is the token's embedding. See Poerner et al. 2018, https://aclanthology.org/P18-1032.

    >>> import numpy as np
    >>> g = np.array([[[3.0, 4.0], [0.0, 0.0]]], np.float32)
    >>> grad_l2(g, np.ones((2, 2), np.float32)).tolist()
    [[5.0, 0.0]]
    """
    del embeddings  # The norm depends on the slope only.
    return (gradients * gradients).sum(axis=-1) ** 0.5


METHOD: Final = GradientMethod(builtin_info("grad_l2"), grad_l2)
