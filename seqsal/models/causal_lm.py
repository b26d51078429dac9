"""What a framework must offer, so that everything above it is written once.

A `CausalLM` encodes, generates and traces. A `Trace` is one forward pass that keeps its
graph, so that each further selection on the same sequence costs a backward pass only.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from jaxtyping import Float32

from seqsal.models.arrays import Array, NumpyArray
from seqsal.models.device_queue import DeviceQueue
from seqsal.models.objective import Objective, Term

LayerInterceptFn = Callable[[Array, int], Array]
"""Called as f(x, i) with x of shape [1, tokens, dim]: the token embeddings at i = 0, the output
of transformer layer i at i = 1..N (Tenney et al. 2024, Figure B.1). The model goes on with
what it returns."""


@dataclasses.dataclass(frozen=True)
class Encoding:
    """Token ids, with the exact piece of text that each of them stands for.

    Attributes:
        ids: the token ids.
        pieces: for each token its slice of the text, or for a special token its name.
        special: True where the tokenizer added a token that stands for no text.
    """

    ids: tuple[int, ...]
    pieces: tuple[str, ...]
    special: tuple[bool, ...]

    def __post_init__(self) -> None:
        if not len(self.ids) == len(self.pieces) == len(self.special):
            raise ValueError(
                "An encoding needs a piece and a special mark for each id; got"
                f" {len(self.ids)} ids, {len(self.pieces)} pieces, {len(self.special)} marks."
            )

    def __len__(self) -> int:
        return len(self.ids)

    def __add__(self, other: "Encoding") -> "Encoding":
        """Returns the tokens of this encoding followed by those of the other."""
        return Encoding(
            self.ids + other.ids, self.pieces + other.pieces, self.special + other.special
        )

    @property
    def text(self) -> str:
        """The text that was encoded, to the byte: the pieces without the special ones."""
        return "".join(p for p, s in zip(self.pieces, self.special, strict=True) if not s)


@dataclasses.dataclass(frozen=True)
class Generation:
    """An answer and the tokens it is made of, without the token that ended it.

    Attributes:
        encoding: the tokens, with what each adds to the text.
        logprob: the log-probability of the answer given the prompt, its end included where it
            came to one.
    """

    encoding: Encoding
    logprob: float

    @property
    def text(self) -> str:
        """The answer, so that prompt + answer reads as the model wrote it."""
        return self.encoding.text


@dataclasses.dataclass(frozen=True, kw_only=True)
class GenerationOptions:
    """How to write answers.

    Attributes:
        max_new_tokens: most tokens of an answer.
        num_samples: how many answers to a prompt.
        temperature: 0 for the greedy answer; else the logits are divided by it and sampled.
        top_p: samples are drawn from the likeliest tokens that hold this much probability.
        seed: the same seed gives the same samples for a prompt.

    Raises:
        ValueError: several samples are asked for at temperature 0, where all would be one.
    """

    max_new_tokens: int = 128
    num_samples: int = 1
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.num_samples > 1 and not self.temperature:
            raise ValueError(
                f"num_samples={self.num_samples} needs a temperature above 0: at temperature 0"
                " every sample is the same. Set --temperature, for example 0.8."
            )


@runtime_checkable
class Trace(Protocol):
    """One forward pass over a sequence, kept for backward passes."""

    @property
    def embeddings(self) -> Float32[Array, "tokens dim"]:
        """The token embeddings e, before the model scales them or adds positions."""

    @property
    def nbytes(self) -> int:
        """Bytes that the kept graph holds beyond the model's weights."""

    def logprobs(self, terms: Sequence[Term]) -> Float32[Array, " terms"]:
        """Returns the log-probability of each term."""

    def gradients(self, objectives: Sequence[Objective]) -> Float32[Array, "objectives tokens dim"]:
        """Returns d objective / d embeddings for each objective.

        It is exactly 0 from the objective's `end` on: a causal model can not see what follows.
        """

    def expect(self, terms: Sequence[Term]) -> None:
        """Announces the terms of later objectives, the next first.

        A head with a large vocabulary takes about as long for some rows as for one.
        """

    def to_numpy(self, array: Array) -> NumpyArray:
        """Returns an array of the framework as a NumPy array."""


@runtime_checkable
class CausalLM(Protocol):
    """A causal language model of any framework."""

    @property
    def context_length(self) -> int | None:
        """Most tokens of a sequence, or None where the model sets no bound."""

    @property
    def free_bytes(self) -> int:
        """Memory that is free now where the model runs."""

    @property
    def depends_on_length(self) -> bool:
        """Whether it makes something else of a text where more follows, as with LongRoPE."""

    @property
    def queue(self) -> DeviceQueue:
        """To be held while the model runs; shared by all that run where it does."""

    def encode(self, prompt: str, target: str = "") -> Encoding:
        """Returns the tokens of a prompt and what stands after it.

        Those that the tokenizer or a chat template adds are special; the others, joined, are
        prompt + target.
        """

    def embed(self, ids: Sequence[int]) -> Float32[NumpyArray, "tokens dim"]:
        """Returns the token embeddings e of some ids, without a forward pass."""

    def generate(
        self, prompts: Sequence[Encoding], options: GenerationOptions
    ) -> list[list[Generation]]:
        """Returns the answers to each prompt, the likeliest first.

        Meanwhile it reports the text of a single answer to the current task
        (`seqsal.models.progress.tasks`), and stops where that task is cancelled.
        """

    def trace(
        self, ids: Sequence[int], layer_intercept_fn: LayerInterceptFn | None = None
    ) -> Trace:
        """Returns the forward pass over a sequence of token ids."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Estimate:
    """What salience of a sequence would cost, foretold before a model is loaded.

    Attributes:
        tokens: tokens of the sequence.
        parameters: how many weights the model has.
        weight_bytes: memory of the weights.
        graph_bytes: memory of a kept forward pass.
        checkpointed_bytes: the same where layers keep only their inputs.
        head_bytes: memory of the logits of a selection of 20 tokens.
        forward_seconds: time of the forward pass.
        backward_seconds: time of a backward pass, which is all that a later selection takes.
        free_bytes: memory that is free on the device now.
        device: where the model would run.
        dtype: the type that it would compute in.
        context_length: most tokens of a sequence, or None where the model sets no bound.
        fits: whether the sequence would be explained; with layers run again where it must be.
        checkpoints: whether layers must run again for it to fit.
    """

    tokens: int
    parameters: int
    weight_bytes: int
    graph_bytes: int
    checkpointed_bytes: int
    head_bytes: int
    forward_seconds: float
    backward_seconds: float
    free_bytes: int
    device: str
    dtype: str
    context_length: int | None
    fits: bool
    checkpoints: bool
