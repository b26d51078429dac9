"""The protocols of an adapter: `CausalLM` and `Trace`.

A `CausalLM` encodes, generates and traces. A `Trace` is one forward pass that retains its graph,
so that each further selection on the same sequence costs a backward pass only.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from jaxtyping import Float32

from seqsal.models.arrays import Array, NumpyArray
from seqsal.models.device_queue import DeviceQueue
from seqsal.models.objective import Objective, Term

LayerInterceptFn = Callable[[Array, int], Array]
"""Called as f(x, i) with x of shape [1, tokens, dim]: the token embeddings at i = 0, the output
of transformer layer i at i = 1..N (Tenney et al. 2024, Figure B.1). The model continues with
the array that it returns."""


@dataclasses.dataclass(frozen=True)
class MessageSpan:
    """The tokens [start, stop) of a message, of a part of one, or of a document in it.

    Attributes:
        role: system, user, assistant, tool or document.
        start: the first token of its text.
        stop: the one after the last.
    """

    role: str
    start: int
    stop: int

    def to_json(self) -> dict[str, Any]:
        """Returns the fields in which servers, kernels and files write it."""
        return {"role": self.role, "tokens": [self.start, self.stop]}

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "MessageSpan":
        """Returns the span of the result of `to_json`."""
        return cls(fields["role"], *fields["tokens"])


@dataclasses.dataclass(frozen=True)
class Encoding:
    """Token ids, and the exact piece of text of each.

    Attributes:
        ids: the token ids.
        pieces: the slice of the text of each token, or the name of a special token.
        special: True for each token that the tokenizer added, which has no text.
        messages: the messages of a prompt in message form, in order; empty for a plain prompt.
        thinking: the tokens [start, stop) of each block of thinking in the target, in order; see
            `seqsal.models.thinking`.
        omitted: the characters [start, stop) of the messages' joined contents that the chat
            template leaves out: the thinking of earlier answers. They are not in `text`.
    """

    ids: tuple[int, ...]
    pieces: tuple[str, ...]
    special: tuple[bool, ...]
    messages: tuple[MessageSpan, ...] = ()
    thinking: tuple[tuple[int, int], ...] = ()
    omitted: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        if not len(self.ids) == len(self.pieces) == len(self.special):
            raise ValueError(
                "An encoding needs a piece and a special mark for each id; got"
                f" {len(self.ids)} ids, {len(self.pieces)} pieces, {len(self.special)} marks."
            )

    def __len__(self) -> int:
        return len(self.ids)

    def __add__(self, other: "Encoding") -> "Encoding":
        """Returns the tokens of this encoding followed by those of the other.

        Neither the messages nor the thinking of the other are kept.
        """
        return Encoding(
            self.ids + other.ids,
            self.pieces + other.pieces,
            self.special + other.special,
            self.messages,
            self.thinking,
            self.omitted,
        )

    def without(self, ranges: Sequence[tuple[int, int]]) -> "Encoding":
        """Returns the tokens that are in none of some ranges [start, stop).

        Neither the messages nor the thinking are kept.
        """
        removed = {i for start, stop in ranges for i in range(start, stop)}
        kept = [i for i in range(len(self)) if i not in removed]
        return Encoding(
            tuple(self.ids[i] for i in kept),
            tuple(self.pieces[i] for i in kept),
            tuple(self.special[i] for i in kept),
        )

    @property
    def text(self) -> str:
        """The text that was encoded, to the byte: the pieces of all tokens that are not special."""
        return "".join(p for p, s in zip(self.pieces, self.special, strict=True) if not s)

    def text_before(self, target: str) -> str:
        """Returns the text before a target that ends it: what was read of the prompt.

        Of messages it is their contents, joined.
        """
        text = self.text
        return text[: len(text) - len(target)]


@dataclasses.dataclass(frozen=True)
class Generation:
    """An answer and its tokens, without the end token.

    Attributes:
        encoding: the tokens, with the text that each adds.
        logprob: the log-probability of the answer given the prompt, in nats, with the end token
            if there was one.
    """

    encoding: Encoding
    logprob: float

    @property
    def text(self) -> str:
        """The text of the answer: prompt + text is what the model generated."""
        return self.encoding.text


@dataclasses.dataclass(frozen=True, kw_only=True)
class GenerationOptions:
    """Options of generation.

    Attributes:
        max_new_tokens: most tokens of an answer.
        num_samples: number of answers to a prompt.
        temperature: 0 for the greedy answer; otherwise the divisor of the logits before sampling.
        top_p: samples are drawn from the likeliest tokens with this total probability.
        seed: seed of the samples of each prompt.
        stop: texts that end an answer before them; see `seqsal.models.stop`.

    Raises:
        ValueError: num_samples is above 1 at temperature 0, where all samples are the same, or a
            stop text is empty.
    """

    max_new_tokens: int = 128
    num_samples: int = 1
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    stop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.num_samples > 1 and not self.temperature:
            raise ValueError(
                f"num_samples={self.num_samples} needs a temperature above 0: at temperature 0"
                " every sample is the same. Set --temperature, for example 0.8."
            )
        if not all(self.stop):
            raise ValueError(
                "A stop text must not be empty: it would end every answer at once. Remove it from"
                f" {list(self.stop)}."
            )


@runtime_checkable
class Trace(Protocol):
    """One forward pass over a sequence, retained for backward passes."""

    @property
    def embeddings(self) -> Float32[Array, "tokens dim"]:
        """The token embeddings e, before the model scales them or adds positions."""

    @property
    def nbytes(self) -> int:
        """Bytes of the retained graph, beyond the model's weights."""

    def logprobs(self, terms: Sequence[Term]) -> Float32[Array, " terms"]:
        """Returns the log-probability of each term."""

    def gradients(
        self, objectives: Sequence[Objective], *, linearized: bool = False
    ) -> Float32[Array, "objectives tokens dim"]:
        """Returns d objective / d embeddings for each objective.

        It is exactly 0 from the objective's `end` on: a causal model does not see later tokens.

        Args:
            objectives: what is differentiated.
            linearized: whether the derivative is that of the linearized network, in whose backward
                pass attention patterns, norms and gates are constants; see
                `seqsal.models.capabilities.linearization_error`.
        """

    def likeliest(self, position: int, count: int) -> list[tuple[Term, float]]:
        """Returns the likeliest terms at a position, the likeliest first, with their logprobs."""

    def expect(self, terms: Sequence[Term]) -> None:
        """Announces the terms of later objectives, the next first.

        A head with a large vocabulary takes about as long for 32 rows as for one, so a
        trace may compute them together.
        """

    def to_numpy(self, array: Array) -> NumpyArray:
        """Returns an array of the framework as a NumPy array."""


@runtime_checkable
class CausalLM(Protocol):
    """A causal language model of any framework."""

    @property
    def context_length(self) -> int | None:
        """Most tokens of a sequence, or None if the model has no bound."""

    @property
    def free_bytes(self) -> int:
        """Memory that is free now where the model runs."""

    @property
    def depends_on_length(self) -> bool:
        """Whether hidden states depend on the length of the sequence, as with LongRoPE."""

    @property
    def queue(self) -> DeviceQueue:
        """The lock to hold while the model runs; models on the same device share it."""

    def encode(self, prompt: str, target: str = "") -> Encoding:
        """Returns the tokens of a prompt and the target after it.

        Tokens that the tokenizer or a chat template adds are special; the pieces of the others,
        joined, are prompt + target. Of a prompt in message form (`seqsal.shared.messages`) they
        are the contents + target, and a plain prompt loses the backslash before a role line.

        Raises:
            ValueError: the prompt is in message form, which the model can not read.
        """

    def embed(self, ids: Sequence[int]) -> Float32[NumpyArray, "tokens dim"]:
        """Returns the token embeddings e of some ids, without a forward pass.

        Raises:
            ValueError: the vocabulary has no such token.
        """

    def generate(
        self, prompts: Sequence[Encoding], options: GenerationOptions
    ) -> list[list[Generation]]:
        """Returns the answers to each prompt, the likeliest first.

        The text of a single answer is streamed to the current task
        (`seqsal.models.progress.tasks`).

        Raises:
            ValueError: a prompt leaves no room for an answer in the context.
            CancelledError: the current task was cancelled.
        """

    def trace(
        self, ids: Sequence[int], layer_intercept_fn: LayerInterceptFn | None = None
    ) -> Trace:
        """Returns the forward pass over a sequence of token ids.

        Raises:
            ValueError: the sequence does not fit into the context or into memory.
        """


@dataclasses.dataclass(frozen=True, kw_only=True)
class Estimate:
    """The estimated costs of salience for a sequence, before the model is loaded.

    Attributes:
        tokens: tokens of the sequence.
        parameters: number of the model's weights.
        weight_bytes: memory of the weights.
        graph_bytes: memory of a retained forward pass.
        checkpointed_bytes: the same with gradient checkpointing.
        head_bytes: memory of the logits of a selection of 20 tokens.
        forward_seconds: time of the forward pass.
        backward_seconds: time of a backward pass, which is the time of a later selection.
        free_bytes: memory that is free on the device now.
        device: where the model would run.
        dtype: the type that the model would compute in.
        context_length: most tokens of a sequence, or None if the model has no bound.
        fits: whether the sequence fits, with gradient checkpointing if needed.
        checkpoints: whether it fits only with gradient checkpointing.
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
