"""`CausalLM` on PyTorch and Transformers, for every causal model that Transformers loads."""

from collections.abc import Sequence

import psutil
import torch
import transformers

from seqsal.models.base import (
    Encoding,
    Generation,
    GenerationOptions,
    LayerInterceptFn,
    check_fits,
)
from seqsal.models.huggingface import tokenizer as tokenizer_lib
from seqsal.models.huggingface.network import Network
from seqsal.models.huggingface.trace import HFTrace


class HFCausalLM:
    """A Transformers model and its tokenizer as a `CausalLM`."""

    def __init__(
        self,
        model: transformers.PreTrainedModel,
        tokenizer: transformers.PreTrainedTokenizerBase,
        *,
        sequence_length: int | None = None,
    ) -> None:
        """Takes over a loaded model: puts it in evaluation mode and freezes its weights."""
        self._network = Network(model)
        self._eos_ids = _as_ids(model.generation_config.eos_token_id)
        # A checkpoint's own sampling settings must not leak into greedy generation.
        model.generation_config = transformers.GenerationConfig(
            eos_token_id=model.generation_config.eos_token_id,
            pad_token_id=self._eos_ids[0] if self._eos_ids else 0,
        )
        self.model, self.tokenizer = model, tokenizer
        self._sequence_length = sequence_length

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
        if self.model.device.type == "cuda":
            free, _total = torch.cuda.mem_get_info(self.model.device)
            return int(free)
        return int(psutil.virtual_memory().available)

    def encode(self, text: str) -> Encoding:
        """Returns the tokens of a text, with the special ones that the tokenizer adds."""
        return tokenizer_lib.encode(self.tokenizer, text)

    def generate(self, prompts: Sequence[Encoding], options: GenerationOptions) -> list[Generation]:
        """Returns the greedy answer to each prompt.

        Prompts are padded to one length and run together, unless one of them is so long that
        its answer has less room than the others'.

        Raises:
            ValueError: a prompt leaves no room for an answer in the context.
        """
        for prompt in prompts:
            check_fits(len(prompt), self.context_length, what="The prompt", spare=1)
        limits = [self._answer_limit(prompt, options) for prompt in prompts]
        if len(set(limits)) > 1:
            return [self.generate([prompt], options)[0] for prompt in prompts]
        with self._network.lock:
            answers = self._generate_ids([prompt.ids for prompt in prompts], limits[0])
        return [
            Generation(tokenizer_lib.encode_continuation(self.tokenizer, ids, prompt.ids))
            for ids, prompt in zip(answers, prompts, strict=True)
        ]

    def trace(
        self, ids: Sequence[int], layer_intercept_fn: LayerInterceptFn | None = None
    ) -> "HFTrace":
        """Returns the forward pass over a sequence of token ids.

        Raises:
            ValueError: the sequence does not fit into the context.
        """
        check_fits(len(ids), self.context_length, what="The prompt with its target")
        with self._network.lock:
            return HFTrace(self._network, ids, layer_intercept_fn)

    def _answer_limit(self, prompt: Encoding, options: GenerationOptions) -> int:
        if self.context_length is None:
            return options.max_new_tokens
        return min(options.max_new_tokens, self.context_length - len(prompt))

    def _generate_ids(self, prompts: list[tuple[int, ...]], limit: int) -> list[list[int]]:
        longest = max(map(len, prompts))
        ids = torch.zeros(len(prompts), longest, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, prompt in enumerate(prompts):
            ids[row, longest - len(prompt) :] = torch.tensor(prompt)
            mask[row, longest - len(prompt) :] = 1
        device = self._network.device
        output = self.model.generate(
            input_ids=ids.to(device),
            attention_mask=mask.to(device),
            do_sample=False,
            max_new_tokens=limit,
        )
        return [self._until_end(row) for row in output[:, longest:].tolist()]

    def _until_end(self, ids: list[int]) -> list[int]:
        ends = [i for i, token in enumerate(ids) if token in self._eos_ids]
        return ids[: ends[0]] if ends else ids


def _as_ids(token_id: int | list[int] | None) -> list[int]:
    if token_id is None:
        return []
    return [token_id] if isinstance(token_id, int) else list(token_id)
