"""Registers a custom attribution method and serves the page with it.

    python demos/new_method.py [--port=5432]

A gradient method is a formula over gradients and embeddings, with a description. Once registered,
it is available on the page with its label and sign, in `seqsal.explain`, in notebook views, in
saved results and in the store. A package registers a method without this script, through an entry
point in the group "seqsal.methods":

    [project.entry-points."seqsal.methods"]
    grad_cosine = "my_package.my_module:METHOD"
"""

import sys

import seqsal
from seqsal.__main__ import main
from seqsal.models.arrays import Array


def grad_cosine(gradients: Array, embeddings: Array) -> Array:
    """Returns the cosine of the angle between gradient and embedding of each token.

    Unlike Grad · Input, it does not depend on the norm of the embedding.
    """
    product = (gradients * embeddings).sum(-1)
    length = (gradients**2).sum(-1) ** 0.5 * (embeddings**2).sum(-1) ** 0.5
    return product / (length + 1e-12)


METHOD = seqsal.GradientMethod(
    seqsal.MethodInfo(
        name="grad_cosine",
        label="Grad cosine",
        help="The cosine similarity of gradient and embedding at each token, from -1 to 1.",
        signed=True,
    ),
    grad_cosine,
)

if __name__ == "__main__":
    seqsal.register_method(METHOD)
    main(sys.argv)
