"""Takes one layer's contribution away at one token, and shows what that does to the answer.

    python demos/intercept.py

A gradient map says where the model is sensitive; this changes the computation itself. Each row
is a layer: by how much the log-probability of the target moves when the token's hidden state
leaves the layer as it came in.
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
    """Returns a function that sends a token past a layer, which is counted from 1."""
    came_in: Array = None

    def intercept(x: Array, i: int) -> Array:
        nonlocal came_in
        if i == layer - 1:
            came_in = x
        if i == layer:
            x = x.clone()
            x[:, token] = came_in[:, token]
        return x

    return intercept


def main() -> None:
    """Writes a line for each layer."""
    lm = load("embedded:small", Options())
    prompt, sequence = lm.encode(PROMPT), lm.encode(PROMPT, TARGET)
    token = prompt.pieces.index(WORD)
    terms = [Term(i, sequence.ids[i]) for i in range(len(prompt), len(sequence))]

    def logprob(intercept: LayerInterceptFn | None = None) -> float:
        return float(lm.trace(sequence.ids, intercept).logprobs(terms).sum())

    whole = logprob()
    print(f"log p of {TARGET!r}: {whole:.3f}. Without a layer at the token {WORD!r}:")
    for layer in range(1, 7):
        print(f"  layer {layer}: {logprob(without_layer(layer, token)) - whole:+.3f}")


if __name__ == "__main__":
    main()
