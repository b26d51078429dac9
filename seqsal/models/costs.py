"""The memory that the graph of a sequence takes."""

import dataclasses


@dataclasses.dataclass(frozen=True, kw_only=True)
class Costs:
    """The memory of a sequence as a function of its length, in bytes.

    Attributes:
        per_token: bytes that the graphs of all layers hold per token.
        per_pair: bytes that they hold per pair of tokens: attention without a fused kernel, masks.
        hidden: bytes of a token's hidden state between two layers.
        layers: number of layers, or of other parts that the network is cut into.
    """

    per_token: float
    per_pair: float
    hidden: float
    layers: int

    def graph(self, tokens: int) -> int:
        """Returns the bytes of the graphs of all layers."""
        return round(tokens * (self.per_token + tokens * self.per_pair))

    def cached(self, tokens: int, layers: int) -> int:
        """Returns the bytes of the inputs of all layers and the graphs of some."""
        inputs = tokens * self.hidden * self.layers
        return round(inputs + self.graph(tokens) * layers / self.layers)

    def backward(self, tokens: int) -> int:
        """Returns about the bytes of one objective's backward pass through one layer."""
        return round(2 * self.graph(tokens) / self.layers)

    def checkpointed(self, tokens: int) -> int:
        """Returns the bytes with gradient checkpointing: all inputs, one layer recomputed."""
        return round(tokens * self.hidden * self.layers + 2 * self.graph(tokens) / self.layers)
