"""`CausalLM` on PyTorch and Transformers, for every causal model that Transformers loads."""

from collections.abc import Sequence
from typing import Any, Final

import torch
import transformers
from jaxtyping import Bool, Float, Float32, Int
from torch import Tensor

from seqsal.models.arrays import NumpyArray
from seqsal.models.causal_lm import Encoding, Generation, GenerationOptions, LayerInterceptFn
from seqsal.models.device_queue import DeviceQueue
from seqsal.models.limits import DoesNotFitError, answer_limit, check_fits, no_room_for_answer
from seqsal.models.streaming import Writing
from seqsal.models.torch_memory import has_run_out
from seqsal.models.transformers import tokenizer as tokenizer_lib
from seqsal.models.transformers.chat import ChatTemplate
from seqsal.models.transformers.memory import Memory
from seqsal.models.transformers.network import Network
from seqsal.models.transformers.trace import HFTrace

_ROPES_BY_LENGTH: Final = ("longrope", "dynamic")


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
        """Takes over a loaded model: puts it in evaluation mode and freezes its weights.

        Args:
            model: a causal model of Transformers.
            tokenizer: its tokenizer.
            sequence_length: bound on the tokens of a sequence below the model's own context.
            gradient_checkpointing: on: layers keep only their inputs and run again in a backward
                pass; off: never; auto: where the sequence would not fit into memory otherwise.
            chat_template: whether prompts are put into the tokenizer's chat template.
            system_prompt: the system's message in that template; empty for none.

        Raises:
            ValueError: the template is missing or does not fit.
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
        self._chat = ChatTemplate(tokenizer, system_prompt) if chat_template else None

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
        """Whether its positions turn otherwise in a longer sequence."""
        ropes = getattr(self.model.config.get_text_config(), "rope_parameters", None) or {}
        # Gemma 3 has parameters for each type of layer.
        each = (ropes, *(rope for rope in ropes.values() if isinstance(rope, dict)))
        return any(rope.get("rope_type") in _ROPES_BY_LENGTH for rope in each)

    @property
    def dtype(self) -> torch.dtype:
        """The type that it computes in."""
        return self._network.dtype

    @property
    def queue(self) -> DeviceQueue:
        """To be held while the model runs; shared by all on the same device."""
        return self._network.queue

    def encode(self, prompt: str, target: str = "") -> Encoding:
        """Returns the tokens of a prompt and what stands after it."""
        if self._chat is not None:
            return self._chat.encode(prompt, target)
        return tokenizer_lib.encode(self.tokenizer, prompt + target)

    def embed(self, ids: Sequence[int]) -> Float32[NumpyArray, "tokens dim"]:
        """Returns the token embeddings of some ids, without a forward pass."""
        rows = self._network.table_rows(torch.tensor(ids, device=self._network.device))
        embeddings: NumpyArray = rows.detach().float().cpu().numpy()
        return embeddings

    def generate(
        self, prompts: Sequence[Encoding], options: GenerationOptions
    ) -> list[list[Generation]]:
        """Returns the answers to each prompt, the likeliest first.

        Greedy answers are written together, with the prompts padded to one length, unless a
        prompt is so long that its answer has less room than the others'. Samples are drawn for
        each prompt alone, so that they do not depend on what else is asked.

        Raises:
            ValueError: a prompt leaves no room for an answer in the context.
            DoesNotFitError: memory ran out.
            CancelledError: nobody waits for the task any more.
        """
        for prompt in prompts:
            check_fits(len(prompt), self.context_length, what="The prompt", spare=1)
        limits = {self._answer_limit(prompt, options) for prompt in prompts}
        if len(prompts) > 1 and (options.temperature or len(limits) > 1):
            return [self.generate([prompt], options)[0] for prompt in prompts]
        ids = [prompt.ids for prompt in prompts]
        with self.queue:
            writing = Writing(tokenizer_lib.decoder(self.tokenizer), ids, self._eos_ids)
            try:
                answers = self._generate_ids(ids, limits.pop(), options, writing)
            except RuntimeError as error:
                if not has_run_out(error):
                    raise
                longest = max(map(len, prompts))
                raise DoesNotFitError(no_room_for_answer(longest, self.free_bytes)) from None
        return [
            [
                Generation(tokenizer_lib.encode_continuation(self.tokenizer, ids, prompt.ids), p)
                for ids, p in answers_to_one
            ]
            for answers_to_one, prompt in zip(answers, prompts, strict=True)
        ]

    def trace(
        self, ids: Sequence[int], layer_intercept_fn: LayerInterceptFn | None = None
    ) -> HFTrace:
        """Returns the forward pass over a sequence of token ids.

        Where the whole graph would not fit into memory, layers keep only their inputs and are
        run again in each backward pass.

        Raises:
            ValueError: the sequence does not fit into the context or into memory.
        """
        check_fits(len(ids), self.context_length, what="The prompt with its target")
        with self.queue:
            return HFTrace(self._network, ids, self._memory, intercept=layer_intercept_fn)

    def _answer_limit(self, prompt: Encoding, options: GenerationOptions) -> int:
        return answer_limit(len(prompt), self.context_length, options.max_new_tokens)

    def _generate_ids(
        self,
        prompts: list[tuple[int, ...]],
        limit: int,
        options: GenerationOptions,
        writing: Writing,
    ) -> list[list[tuple[list[int], float]]]:
        """Returns, for each prompt, the ids and the log-probability of its answers."""
        ids, mask = _padded(prompts)
        device = self._network.device
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            torch.manual_seed(options.seed)
            steps = _Steps(writing)
            output = self.model.generate(
                input_ids=ids.to(device),
                attention_mask=mask.to(device),
                max_new_tokens=limit,
                num_return_sequences=options.num_samples,
                return_dict_in_generate=True,
                logits_processor=transformers.LogitsProcessorList([steps.see]),
                stopping_criteria=transformers.StoppingCriteriaList([steps.take]),
                **_sampling(options),
            )
        written = output.sequences[:, ids.shape[1] :]
        logprobs = steps.logprobs[:, : written.shape[1]]
        answers = [
            self._until_end(tokens, each)
            for tokens, each in zip(written.tolist(), logprobs.tolist(), strict=True)
        ]
        n = options.num_samples
        groups = [answers[i : i + n] for i in range(0, len(answers), n)]
        return [sorted(group, key=lambda answer: -answer[1]) for group in groups]

    def _until_end(self, ids: list[int], logprobs: list[float]) -> tuple[list[int], float]:
        """Returns the ids before the token that ends the answer, and the log-probability."""
        end = next((i for i, token in enumerate(ids) if token in self._eos_ids), len(ids))
        return ids[:end], sum(logprobs[: end + 1])


class _Steps:
    """Has a writing take each token, and keeps its log-probability.

    Transformers would keep the logits of every step: with a vocabulary of 262k that is 134 MB for
    an answer of 128 tokens, and as much again for each further sample.
    """

    def __init__(self, writing: Writing) -> None:
        self._writing, self._logprobs = writing, list[Float32[Tensor, "answers"]]()
        self._logits: Float[Tensor, "answers vocabulary"] | None = None

    @property
    def logprobs(self) -> Float32[Tensor, "answers steps"]:
        """The log-probability of each token, whatever the temperature."""
        return torch.stack(self._logprobs, dim=1)

    def see(
        self, input_ids: Int[Tensor, "answers tokens"], logits: Float[Tensor, "answers vocabulary"]
    ) -> Float[Tensor, "answers vocabulary"]:
        """Looks at the logits of the next token, before they are made ready for sampling."""
        self._logits = logits
        return logits

    def take(
        self, input_ids: Int[Tensor, "answers tokens"], scores: Any, **_: Any
    ) -> Bool[Tensor, " answers"]:
        """Takes the token that was chosen; stops nothing by itself."""
        assert self._logits is not None
        logprobs = torch.log_softmax(self._logits.float(), dim=-1)
        self._logprobs.append(logprobs.gather(-1, input_ids[:, -1:])[:, 0])
        self._writing.add(input_ids[:, -1].tolist())
        return torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)


def _padded(
    prompts: list[tuple[int, ...]],
) -> tuple[Int[Tensor, "prompts tokens"], Int[Tensor, "prompts tokens"]]:
    """Returns token ids padded from the left, and the mask of those that count."""
    longest = max(map(len, prompts))
    ids = torch.zeros(len(prompts), longest, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, prompt in enumerate(prompts):
        ids[row, longest - len(prompt) :] = torch.tensor(prompt)
        mask[row, longest - len(prompt) :] = 1
    return ids, mask


def _sampling(options: GenerationOptions) -> dict[str, Any]:
    if not options.temperature:
        return {"do_sample": False}
    # top_k = 0: Transformers would keep only the 50 likeliest tokens.
    return {
        "do_sample": True,
        "temperature": options.temperature,
        "top_p": options.top_p,
        "top_k": 0,
    }


def _as_ids(token_id: int | list[int] | None) -> list[int]:
    if token_id is None:
        return []
    return [token_id] if isinstance(token_id, int) else list(token_id)
