"""Adds an attribution method of your own, and serves the page with it.

    python demos/new_method.py [--port=5432]

A method is a formula over gradients and embeddings, and its description. Registered, it is on the
page with its label and sign, in `seqsal.explain`, in notebook views, in saved results and in the
store. A package registers it without this script by an entry point of the group "seqsal.methods":

    [project.entry-points."seqsal.methods"]
    grad_cosine = "my_package.my_module:METHOD"
"""

import sys

import seqsal
from seqsal.__main__ import main
from seqsal.models.arrays import Array


def grad_cosine(gradients: Array, embeddings: Array) -> Array:
    """Returns the cosine of the angle between gradient and embedding of each token.

    Unlike Grad · Input it does not depend on how long the embedding is.
    """
    product = (gradients * embeddings).sum(-1)
    length = (gradients**2).sum(-1) ** 0.5 * (embeddings**2).sum(-1) ** 0.5
    return product / (length + 1e-12)


METHOD = seqsal.GradientMethod(
    seqsal.MethodInfo(
        name="grad_cosine",
        label="Grad cosine",
        help="How well the gradient at each token points along its embedding, from -1 to 1.",
        signed=True,
    ),
    grad_cosine,
)

if __name__ == "__main__":
    seqsal.register_method(METHOD)
    main(sys.argv)
