"""`CausalLM` on PyTorch and Transformers, for every causal model that Transformers loads."""

import contextlib
import functools
from collections.abc import Iterator, Sequence
from typing import Final

import torch
import transformers
from absl import logging
from jaxtyping import Float32

from seqsal.models import encodings
from seqsal.models.arrays import NumpyArray
from seqsal.models.capabilities import Ranges, gradients_at_point
from seqsal.models.causal_lm import Encoding, Generation, GenerationOptions, LayerInterceptFn
from seqsal.models.chat.template import ChatTemplate
from seqsal.models.device_queue import DeviceQueue
from seqsal.models.limits import (
    DoesNotFitError,
    answer_limit,
    check_fits,
    check_vocabulary,
    no_room_for_answer,
)
from seqsal.models.objective import Objective, Term
from seqsal.models.pieces import Decode
from seqsal.models.progress import tasks
from seqsal.models.pytorch import is_out_of_memory
from seqsal.models.streaming import ResponseStream
from seqsal.models.thinking import ThinkingMarks, opened_by
from seqsal.models.transformers import generation, path_gradients
from seqsal.models.transformers._accelerate import malloc_tuning
from seqsal.models.transformers.batch_trace import HFBatchTrace
from seqsal.models.transformers.linearization_check import linearization_error
from seqsal.models.transformers.memory import Memory
from seqsal.models.transformers.network import Network
from seqsal.models.transformers.prefix import prefix_cache
from seqsal.models.transformers.prefix_sharing import PrefixSharing
from seqsal.models.transformers.thinking import hidden_ids, thinking_marks
from seqsal.models.transformers.tokenizer import chat_template_of, decoder, encode
from seqsal.models.transformers.trace import HFTrace
from seqsal.models.transformers.variants import Variants
from seqsal.shared.messages import parse_messages, plain_text

_ROPES_BY_LENGTH: Final = ("longrope", "dynamic")
_VARIANTS: Final = 8
"""Most variants of a sequence that run before other requests get their turn."""


class HFCausalLM:
    """A Transformers model and its tokenizer as a `CausalLM`."""

    def __init__(
        self,
        model: transformers.PreTrainedModel,
        tokenizer: transformers.PreTrainedTokenizerBase,
        *,
        sequence_length: int | None = None,
        gradient_checkpointing: str = "auto",
        chat_template: bool = False,
        system_prompt: str = "",
    ) -> None:
        """Puts a loaded model in evaluation mode and freezes its weights.

        Args:
            model: a causal model of Transformers.
            tokenizer: its tokenizer.
            sequence_length: bound on the tokens of a sequence below the model's own context.
            gradient_checkpointing: on: layers save only their inputs and are recomputed in a
                backward pass; off: never; auto: only if the sequence would not fit into memory
                otherwise.
            chat_template: whether to render plain prompts in the tokenizer's chat template, as
                one message of the user. Prompts in message form always are.
            system_prompt: the system message before that one; empty for none.

        Raises:
            ValueError: chat_template is set, and the tokenizer has no template or an unsuitable
                one.
        """
        self._network = Network(model)
        self._eos_ids = _as_ids(model.generation_config.eos_token_id)
        # A checkpoint's own sampling settings must not leak into greedy generation.
        model.generation_config = transformers.GenerationConfig(
            eos_token_id=model.generation_config.eos_token_id,
            pad_token_id=self._eos_ids[0] if self._eos_ids else 0,
        )
        self.model, self.tokenizer = model, tokenizer
        self._sequence_length = sequence_length
        self._memory = Memory(self._network, gradient_checkpointing)
        self._sharing = PrefixSharing(self._network, self._memory)
        self.applies_chat_template, self._system_prompt = chat_template, system_prompt
        if chat_template:
            self._chat.encode_message("check", system_prompt=system_prompt)

    @property
    def context_length(self) -> int | None:
        """Most tokens of a sequence, or None where the model sets no bound."""
        config = self.model.config.get_text_config()
        bounds = [getattr(config, "max_position_embeddings", None), self._sequence_length]
        known = [bound for bound in bounds if bound]
        return min(known) if known else None

    @property
    def free_bytes(self) -> int:
        """Memory that is free now where the model runs."""
        return self._memory.free_bytes()

    @property
    def depends_on_length(self) -> bool:
        """Whether the rotary embedding of a token depends on the length of the sequence."""
        ropes = getattr(self.model.config.get_text_config(), "rope_parameters", None) or {}
        # Gemma 3 has parameters for each type of layer.
        each = (ropes, *(rope for rope in ropes.values() if isinstance(rope, dict)))
        return any(rope.get("rope_type") in _ROPES_BY_LENGTH for rope in each)

    @functools.cached_property
    def linearization_error(self) -> str | None:
        """Why the model has no linearized gradients; None if it has them."""
        with self.queue:
            error = linearization_error(self._network)
        if error is not None:
            logging.warning("The method linearized is not offered. %s", error)
        return error

    @property
    def dtype(self) -> torch.dtype:
        """The type that the model computes in."""
        return self._network.dtype

    @property
    def queue(self) -> DeviceQueue:
        """The lock to hold while the model runs; models on the same device share it."""
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
        return encode(self.tokenizer, text + target)

    @property
    def has_chat_template(self) -> bool:
        """Whether prompts in message form can be encoded."""
        return bool(getattr(self.tokenizer, "chat_template", None)) and self.tokenizer.is_fast

    @functools.cached_property
    def thinking_marks(self) -> tuple[ThinkingMarks, ...]:
        """The marks between which the model writes its thinking; none if it has none."""
        return thinking_marks(self.tokenizer)

    @property
    def has_special_marks(self) -> bool:
        """Whether special tokens that mark thinking have a text in the model's answers."""
        return hidden_ids(self.tokenizer, self.thinking_marks) is not None

    @functools.cached_property
    def _decode(self) -> Decode:
        """Ids to the text of an answer: marks of thinking have a text, even if they are special."""
        return decoder(self.tokenizer, hidden_ids(self.tokenizer, self.thinking_marks))

    @functools.cached_property
    def _chat(self) -> ChatTemplate:
        return chat_template_of(self.tokenizer, self.thinking_marks)

    def embed(self, ids: Sequence[int]) -> Float32[NumpyArray, "tokens dim"]:
        """Returns the token embeddings of some ids, without a forward pass.

        Raises:
            ValueError: the vocabulary has no such token.
        """
        check_vocabulary(ids, self._network.table_size)
        rows = self._network.table_rows(torch.tensor(ids, device=self._network.device))
        embeddings: NumpyArray = rows.detach().float().cpu().numpy()
        return embeddings

    def text_after(self, ids: Sequence[int], token: int) -> str:
        """Returns the text that a token adds to a sequence."""
        return encodings.continuation(self._decode, [token], ids).text

    def logprobs_without(
        self, ids: Sequence[int], removals: Sequence[Ranges], terms: Sequence[Term]
    ) -> Iterator[Float32[NumpyArray, " terms"]]:
        """Yields the log-probabilities of terms on a sequence without some of its tokens.

        The tokens before the first removed one run once for all variants, except where hidden
        states depend on the length of the sequence.

        Raises:
            DoesNotFitError: memory ran out.
            CancelledError: the current task was cancelled.
        """
        check_fits(len(ids), self.context_length, what="The prompt with its target")
        variants = Variants(self._network, ids, shares_prefix=not self.depends_on_length)
        start, size = 0, 1
        try:
            while start < len(removals):
                tasks.current_task().raise_if_cancelled()
                with self.queue:
                    rows = variants.logprobs(removals[start : start + size], terms)
                yield from rows
                # Few at first, so that the first result comes soon.
                start, size = start + size, min(2 * size, _VARIANTS)
        finally:
            malloc_tuning.return_free_memory()

    def path_gradients(
        self,
        ids: Sequence[int],
        points: Sequence[float],
        baseline: Float32[NumpyArray, " dim"],
        objectives: Sequence[Objective],
    ) -> Iterator[Float32[NumpyArray, "objectives tokens dim"]]:
        """Yields d objective / dx at points of the path from a baseline to the embeddings.

        Several points run in one batch as far as memory allows; see
        `seqsal.models.capabilities.path_gradients`.

        Raises:
            DoesNotFitError: memory ran out.
            CancelledError: the current task was cancelled.
        """
        check_fits(len(ids), self.context_length, what="The prompt with its target")
        one = functools.partial(gradients_at_point, self, ids)
        yield from path_gradients.in_batches(
            self._network, self._memory, ids, points, baseline, objectives, one
        )

    def generate(
        self, prompts: Sequence[Encoding], options: GenerationOptions
    ) -> list[list[Generation]]:
        """Returns the answers to each prompt, the likeliest first.

        Greedy answers are generated as one batch of padded prompts, unless a prompt is so long
        that its answer has less room than the others. Samples are drawn for each prompt alone,
        so that they do not depend on the rest of the batch.

        Raises:
            ValueError: a prompt leaves no room for an answer in the context.
            DoesNotFitError: memory ran out.
            CancelledError: the current task was cancelled.
        """
        for prompt in prompts:
            check_fits(len(prompt), self.context_length, what="The prompt", spare=1)
        limits = {self._answer_limit(prompt, options) for prompt in prompts}
        if len(prompts) > 1 and (options.temperature or len(limits) > 1):
            return [self.generate([prompt], options)[0] for prompt in prompts]
        ids = [prompt.ids for prompt in prompts]
        with self.queue:
            opened = [opened_by(prompt, self.thinking_marks) for prompt in prompts]
            stream = ResponseStream(self._decode, ids, self._eos_ids, self.queue, opened[0])
            try:
                answers = generation.generate(
                    self.model,
                    ids,
                    limits.pop(),
                    options,
                    self._eos_ids,
                    stream,
                    self._decode,
                    self.thinking_marks,
                    opened,
                    self._prefix(ids),
                )
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
                longest = max(map(len, prompts))
                raise DoesNotFitError(no_room_for_answer(longest, self.free_bytes)) from None
        return [
            [
                Generation(encodings.continuation(self._decode, ids, prompt.ids), p)
                for ids, p in answers_to_one
            ]
            for answers_to_one, prompt in zip(answers, prompts, strict=True)
        ]

    def trace(
        self, ids: Sequence[int], layer_intercept_fn: LayerInterceptFn | None = None
    ) -> HFTrace:
        """Returns the forward pass over a sequence of token ids.

        If the whole graph would not fit into memory, layers save only their inputs and are
        recomputed in each backward pass.

        Raises:
            ValueError: the sequence does not fit into the context or into memory.
        """
        check_fits(len(ids), self.context_length, what="The prompt with its target")
        with self.queue:
            return HFTrace(
                self._network,
                ids,
                self._memory,
                intercept=layer_intercept_fn,
                prefix=None if layer_intercept_fn else self._sharing.prefix_of(ids),
            )

    def shared_prefix(
        self, sequences: Sequence[Sequence[int]]
    ) -> contextlib.AbstractContextManager[None]:
        """Makes traces share the forward pass over what some sequences begin with.

        Args:
            sequences: token ids; a trace may have more tokens after them.
        """
        return self._sharing.over(() if self.depends_on_length else sequences)

    def batch_traces(
        self, sequences: Sequence[Sequence[int]]
    ) -> Iterator[tuple[list[int], HFBatchTrace]]:
        """Yields forward passes over several sequences at a time, with the numbers of these.

        Only sequences that begin with what the traces of this thread share are in one.
        """
        return self._sharing.batches(sequences)

    def _prefix(
        self, prompts: Sequence[Sequence[int]]
    ) -> tuple[int, transformers.DynamicCache] | None:
        """Returns what several prompts begin with in common, computed once; None if nothing is."""
        if len(prompts) < 2 or self.depends_on_length:
            return None
        return prefix_cache(self._network, prompts, len(prompts))

    def _answer_limit(self, prompt: Encoding, options: GenerationOptions) -> int:
        return answer_limit(len(prompt), self.context_length, options.max_new_tokens)


def _as_ids(token_id: int | list[int] | None) -> list[int]:
    if token_id is None:
        return []
    return [token_id] if isinstance(token_id, int) else list(token_id)
