"""Removes the contribution of one layer at one token, and prints the effect on the answer.

    python demos/intercept.py

A gradient map shows where the model is sensitive; an intervention changes the computation. Each
row is a layer, with the change of the target's log-probability when the token's hidden state
passes the layer unchanged.
"""

from seqsal.models.arrays import Array
from seqsal.models.causal_lm import LayerInterceptFn
from seqsal.models.frameworks import load
from seqsal.models.objective import Term
from seqsal.options import Options

PROMPT = "Taste-likes: Cheese\nTaste-dislikes: Can't eat eggs\nSuggestion: Omelette\nAnalysis:"
TARGET = " It is made with eggs, which you cannot eat."
WORD = " eggs"


def without_layer(layer: int, token: int) -> LayerInterceptFn:
    """Returns a function that makes one token skip a layer; layers are counted from 1."""
    layer_input: Array = None

    def intercept(x: Array, i: int) -> Array:
        nonlocal layer_input
        if i == layer - 1:
            layer_input = x
        if i == layer:
            x = x.clone()
            x[:, token] = layer_input[:, token]
        return x

    return intercept


def main() -> None:
    """Prints a line for each layer."""
    lm = load("embedded:small", Options())
    prompt, sequence = lm.encode(PROMPT), lm.encode(PROMPT, TARGET)
    token = prompt.pieces.index(WORD)
    terms = [Term(i, sequence.ids[i]) for i in range(len(prompt), len(sequence))]

    def logprob(intercept: LayerInterceptFn | None = None) -> float:
        return float(lm.trace(sequence.ids, intercept).logprobs(terms).sum())

    full = logprob()
    print(f"log p of {TARGET!r}: {full:.3f}. Without a layer at the token {WORD!r}:")
    for layer in range(1, 7):
        print(f"  layer {layer}: {logprob(without_layer(layer, token)) - full:+.3f}")


if __name__ == "__main__":
    main()
