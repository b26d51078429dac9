"""`CausalLM` on Keras, for every causal model of keras-hub."""

import functools
from collections.abc import Iterator, Sequence
from typing import Any

import keras
from absl import logging
from jaxtyping import Float32

from seqsal.models import encodings
from seqsal.models.arrays import NumpyArray
from seqsal.models.capabilities import Ranges, gradients_at_point
from seqsal.models.causal_lm import Encoding, Generation, GenerationOptions, LayerInterceptFn
from seqsal.models.chat.template import ChatTemplate
from seqsal.models.costs import Costs
from seqsal.models.device_queue import DeviceQueue
from seqsal.models.keras import path_gradients, runtime, variants
from seqsal.models.keras.generation import Generator
from seqsal.models.keras.linearization_check import linearization_error
from seqsal.models.keras.memory import cached_segments, measure_costs
from seqsal.models.keras.network import Network
from seqsal.models.keras.tokenizer import Tokenizer, own_tokenizer
from seqsal.models.keras.trace import KerasTrace
from seqsal.models.limits import answer_limit, check_fits, check_vocabulary
from seqsal.models.objective import Objective, Term
from seqsal.models.pieces import Decode
from seqsal.models.streaming import ResponseStream
from seqsal.models.thinking import ThinkingMarks, opened_by
from seqsal.models.thinking_marks import hidden_ids
from seqsal.shared.messages import parse_messages, plain_text


class KerasCausalLM:
    """A causal model of keras-hub and its tokenizer as a `CausalLM`."""

    def __init__(
        self,
        model: Any,
        tokenizer: Tokenizer | None = None,
        *,
        end_ids: Sequence[int] = (),
        context_length: int | None = None,
        gradient_checkpointing: str = "auto",
        chat: ChatTemplate | None = None,
        marks: Sequence[ThinkingMarks] = (),
        chat_template: bool = False,
        system_prompt: str = "",
    ) -> None:
        """Freezes the weights of a loaded model.

        Args:
            model: a `keras_nlp.models.CausalLM`.
            tokenizer: texts to tokens and back; None for that of the model's preprocessor.
            end_ids: tokens that end an answer, in addition to those of the tokenizer.
            context_length: most tokens of a sequence; None for the bound of the model.
            gradient_checkpointing: on: segments are recomputed in a backward pass; off: their
                graphs are cached; auto: they are cached if that takes little memory.
            chat: the chat template of the model; None for none.
            marks: the marks between which the model writes its thinking.
            chat_template: whether to render plain prompts in it, as one message of the user.
                Prompts in message form always are.
            system_prompt: the system message before that one; empty for none.

        Raises:
            ValueError: it is not a model for text only, it has no tokenizer, or chat_template is
                set, and there is no template or an unsuitable one.
        """
        self.model = model
        self._tokenizer = tokenizer or own_tokenizer(model)
        self.thinking_marks = tuple(marks)
        self._network, self._runtime = Network(model), runtime.current()
        self._checkpointing = gradient_checkpointing
        bounds = [bound for bound in (context_length, self._network.max_tokens) if bound]
        self._context_length = min(bounds) if bounds else None
        self._generator = Generator(
            model,
            self._runtime,
            [*end_ids, *self._tokenizer.end_ids],
            self._network.max_tokens,
        )
        self._chat_or_none = chat
        self.applies_chat_template, self._system_prompt = chat_template, system_prompt
        if chat_template:
            self._chat.encode_message("check", system_prompt=system_prompt)

    @property
    def context_length(self) -> int | None:
        """Most tokens of a sequence, or None if the model has no bound."""
        return self._context_length

    @property
    def free_bytes(self) -> int:
        """Memory that is free now where the model runs."""
        return self._runtime.free_bytes()

    @property
    def depends_on_length(self) -> bool:
        """Whether rotary embeddings depend on the length, as in some Phi-3 models."""
        return getattr(self._network.model.backbone, "rope_scaling_type", None) is not None

    @functools.cached_property
    def linearization_error(self) -> str | None:
        """Why the model has no linearized gradients; None if it has them."""
        with self.queue:
            error = linearization_error(self._network, self._runtime)
        if error is not None:
            logging.warning("The method linearized is not offered. %s", error)
        return error

    @property
    def queue(self) -> DeviceQueue:
        """The lock to hold while the model runs; all models of Keras share it."""
        return self._network.queue

    def encode(self, prompt: str, target: str = "") -> Encoding:
        """Returns the tokens of a prompt and the target after it.

        Raises:
            ValueError: the chat template does not take the prompt, or there is none.
        """
        messages = parse_messages(prompt)
        if messages is not None:
            return self._chat.encode(messages, target)
        text = plain_text(prompt)
        if self.applies_chat_template:
            return self._chat.encode_message(text, target, system_prompt=self._system_prompt)
        return self._tokenizer.encode(text + target)

    @property
    def has_chat_template(self) -> bool:
        """Whether prompts in message form can be encoded."""
        return self._chat_or_none is not None

    @property
    def has_special_marks(self) -> bool:
        """Whether special tokens that mark thinking have a text in the model's answers."""
        return self._hidden_ids is not None

    @functools.cached_property
    def _hidden_ids(self) -> frozenset[int] | None:
        return hidden_ids(self._tokenizer.special_tokens, self.thinking_marks)

    @functools.cached_property
    def _decode(self) -> Decode:
        """Ids to the text of an answer: marks of thinking have a text, even if they are special."""
        return functools.partial(self._tokenizer.decode, hidden=self._hidden_ids)

    @property
    def _chat(self) -> ChatTemplate:
        if self._chat_or_none is None:
            raise ValueError(
                "Messages need a chat template, and this model on Keras has none: presets of"
                " keras-hub come without. Pass a folder that has one: a checkpoint of Transformers,"
                " or a preset with the chat_template.jinja and the tokenizer_config.json of its"
                " original beside its config.json. Or write the prompt as plain text: with a"
                " backslash before its first line, if that line looks like a role."
            )
        return self._chat_or_none

    def embed(self, ids: Sequence[int]) -> Float32[NumpyArray, "tokens dim"]:
        """Returns the token embeddings of some ids, without a forward pass.

        Raises:
            ValueError: the vocabulary has no such token.
        """
        check_vocabulary(ids, self._network.table_size)
        rows = self._network.table_rows(keras.ops.convert_to_tensor([list(ids)], dtype="int32"))
        embeddings: NumpyArray = keras.ops.convert_to_numpy(keras.ops.cast(rows[0], "float32"))
        return embeddings

    def text_after(self, ids: Sequence[int], token: int) -> str:
        """Returns the text that a token adds to a sequence."""
        return encodings.continuation(self._decode, [token], ids).text

    def generate(
        self, prompts: Sequence[Encoding], options: GenerationOptions
    ) -> list[list[Generation]]:
        """Returns the answers to each prompt, the likeliest first.

        Greedy answers to prompts of about the same length are generated as one batch. Samples are
        drawn for each prompt alone, so that they do not depend on the rest of the batch.

        Raises:
            ValueError: a prompt leaves no room for an answer in the context.
            CancelledError: the current task was cancelled.
        """
        for prompt in prompts:
            check_fits(len(prompt), self.context_length, what="The prompt", spare=1)
        answers: dict[int, list[Generation]] = {}
        for members in self._batches(prompts, options):
            limit = min(self._answer_limit(prompts[i], options) for i in members)
            ids = [prompts[i].ids for i in members]
            opened = [opened_by(prompts[i], self.thinking_marks) for i in members]
            with self.queue:
                stream = ResponseStream(
                    self._decode, ids, self._generator.end_ids, self.queue, opened[0]
                )
                generated = self._generator.answers(
                    ids, limit, options, stream, self._decode, self.thinking_marks, opened
                )
            for i, several in zip(members, generated, strict=True):
                answers[i] = [
                    Generation(
                        encodings.continuation(self._decode, tokens, prompts[i].ids),
                        logprob,
                    )
                    for tokens, logprob in several
                ]
        return [answers[i] for i in range(len(prompts))]

    def trace(
        self, ids: Sequence[int], layer_intercept_fn: LayerInterceptFn | None = None
    ) -> KerasTrace:
        """Returns the forward pass over a sequence of token ids.

        Raises:
            ValueError: the sequence does not fit into the context or into memory.
        """
        check_fits(len(ids), self.context_length, what="The prompt with its target")
        with self.queue:
            cached = cached_segments(len(ids), self._costs, self.free_bytes, self._checkpointing)
            return KerasTrace(
                self._network,
                self._runtime,
                ids,
                costs=self._costs,
                cached=cached if self._runtime.caches_graphs else 0,
                intercept=layer_intercept_fn,
            )

    def logprobs_without(
        self, ids: Sequence[int], removals: Sequence[Ranges], terms: Sequence[Term]
    ) -> Iterator[Float32[NumpyArray, " terms"]]:
        """Yields the log-probabilities of terms on a sequence without some of its tokens.

        Several shortened texts run in one batch, except on JAX, which would compile each number
        of them; see `seqsal.models.capabilities.logprobs_without`.

        Raises:
            ValueError: the sequence does not fit into the context or into memory.
            CancelledError: the current task was cancelled.
        """
        check_fits(len(ids), self.context_length, what="The prompt with its target")
        with self.queue:
            costs = self._costs
        yield from variants.in_batches(
            self._network,
            self._runtime,
            costs,
            ids,
            removals,
            terms,
            depends_on_length=self.depends_on_length,
        )

    def path_gradients(
        self,
        ids: Sequence[int],
        points: Sequence[float],
        baseline: Float32[NumpyArray, " dim"],
        objectives: Sequence[Objective],
    ) -> Iterator[Float32[NumpyArray, "objectives tokens dim"]]:
        """Yields d objective / dx at points of the path from a baseline to the embeddings.

        Several points run in one batch as far as memory allows, and one at a time where graphs
        are recomputed; see `seqsal.models.capabilities.path_gradients`.

        Raises:
            ValueError: the sequence does not fit into the context or into memory.
            CancelledError: the current task was cancelled.
        """
        check_fits(len(ids), self.context_length, what="The prompt with its target")
        most = 1
        if self._checkpointing != "on":
            most = path_gradients.points_at_once(
                len(ids), len(objectives), self._runtime, self._costs
            )
        yield from path_gradients.in_batches(
            self._network,
            self._runtime,
            ids,
            points,
            baseline,
            objectives,
            most=most,
            one=functools.partial(gradients_at_point, self, ids),
        )

    @functools.cached_property
    def _costs(self) -> Costs:
        return measure_costs(self._network, self._runtime)

    def _batches(self, prompts: Sequence[Encoding], options: GenerationOptions) -> list[list[int]]:
        """Returns the indices of the prompts of each batch.

        The rows of a batch start at the end of its shortest prompt, token by token, so the longest
        prompt may be longer by at most an answer; and all must have room for as many tokens.
        """
        groups: list[list[int]] = []
        for i in sorted(range(len(prompts)), key=lambda i: len(prompts[i])):
            first = prompts[groups[-1][0]] if groups else None
            near = first is not None and (
                len(prompts[i]) - len(first) <= options.max_new_tokens
                and self._answer_limit(prompts[i], options) == self._answer_limit(first, options)
            )
            if near and not options.temperature:
                groups[-1].append(i)
            else:
                groups.append([i])
        return groups

    def _answer_limit(self, prompt: Encoding, options: GenerationOptions) -> int:
        return answer_limit(len(prompt), self.context_length, options.max_new_tokens)
