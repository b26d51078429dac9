"""Answers and their log-probabilities, by the `generate` of Transformers."""

import dataclasses
from collections.abc import Collection, Sequence
from typing import Any, Final

import torch
import transformers
from jaxtyping import Bool, Float, Float32, Int
from torch import Tensor

from seqsal.models.causal_lm import GenerationOptions
from seqsal.models.pieces import Decode
from seqsal.models.pytorch import target_logprobs
from seqsal.models.stop import StopSearch
from seqsal.models.streaming import ResponseStream
from seqsal.models.thinking import ThinkingMarks

_LEAST_ROWS: Final = 8
"""Answers. A smaller batch is not cut: the call that continues it takes as long as some steps."""
Answer = tuple[list[int], float]
"""The ids of an answer without the end token, and its log-probability with the end token."""


def generate(
    model: transformers.PreTrainedModel,
    prompts: Sequence[tuple[int, ...]],
    limit: int,
    options: GenerationOptions,
    end_ids: Collection[int],
    stream: ResponseStream,
    decode: Decode,
    marks: Sequence[ThinkingMarks] = (),
    opened: Sequence[ThinkingMarks | None] | None = None,
    prefix: tuple[int, transformers.DynamicCache] | None = None,
) -> list[list[Answer]]:
    """Returns the answers to each prompt, the likeliest first.

    Args:
        model: a causal model.
        prompts: token ids.
        limit: most tokens of an answer.
        options: how to generate.
        end_ids: tokens that end an answer.
        stream: receives the tokens of each step.
        decode: token ids to text, which is searched for stop texts.
        marks: the marks of the model's thinking, in which stop texts do not count.
        opened: the marks of the block that the answers to each prompt begin in; see `StopSearch`.
        prefix: how many tokens all prompts begin with, and the keys and values of these tokens;
            None to compute them.

    Raises:
        CancelledError: the current task was cancelled.
    """
    shared, cache = prefix or (0, None)
    ids, mask = _padded(prompts, shared)
    device = model.get_input_embeddings().weight.device
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(options.seed)
        rows = [prompt for prompt in prompts for _ in range(options.num_samples)]
        begins = opened and [each for each in opened for _ in range(options.num_samples)]
        stop = StopSearch(decode, rows, options.stop, marks, begins)
        batch = _Batch(ids.to(device), mask.to(device), cache, list(range(len(rows))))
        tokens, logprobs = list[list[int]]([] for _ in rows), list[list[float]]([] for _ in rows)
        while batch.rows:
            steps = _Steps(stream, stop, batch, end_ids)
            output = model.generate(
                input_ids=batch.ids,
                attention_mask=batch.mask,
                past_key_values=batch.cache,
                max_new_tokens=limit - len(tokens[batch.rows[0]]),
                num_return_sequences=options.num_samples,
                return_dict_in_generate=True,
                logits_processor=transformers.LogitsProcessorList([steps]),
                stopping_criteria=transformers.StoppingCriteriaList([steps.add_tokens]),
                **_sampling(options),
            )
            new = output.sequences[:, batch.ids.shape[1] :]
            of_steps = steps.logprobs[:, : new.shape[1]]
            for row, ids_of_row, values in zip(
                batch.rows, new.tolist(), of_steps.tolist(), strict=True
            ):
                tokens[row] += ids_of_row
                logprobs[row] += values
            full = len(tokens[batch.rows[0]]) >= limit
            batch = batch.continued(output.sequences, [] if full else steps.unfinished)
    answers = [
        _until_end(tokens[row][: stop.kept(row)], logprobs[row][: stop.kept(row)], end_ids)
        for row in range(len(rows))
    ]
    n = options.num_samples
    groups = [answers[i : i + n] for i in range(0, len(answers), n)]
    return [sorted(group, key=lambda answer: -answer[1]) for group in groups]


@dataclasses.dataclass(frozen=True)
class _Batch:
    """The answers that are not finished, and what the model needs to continue them.

    A row of a batch takes the same time whether its answer has ended or not, and answers differ in
    length. So a batch on a CPU stops when half of its answers have ended, and the others go on
    without them.

    Attributes:
        ids: the tokens of the prompts, and of the answers so far.
        mask: the attention mask of `ids`.
        cache: the keys and values of the first tokens; None to compute them.
        rows: for each row the number of its answer.
    """

    ids: Int[Tensor, "prompts tokens"]
    mask: Int[Tensor, "prompts tokens"]
    cache: transformers.DynamicCache | None
    rows: list[int]

    def may_stop(self, unfinished: int) -> bool:
        """Returns whether the unfinished answers go on in a smaller batch."""
        return (
            self.cache is not None
            and self.ids.device.type == "cpu"
            and len(self.rows) >= _LEAST_ROWS
            and unfinished <= len(self.rows) // 2
        )

    def continued(
        self, sequences: Int[Tensor, "prompts longer"], unfinished: Sequence[int]
    ) -> "_Batch":
        """Returns the batch of some rows after a step.

        Args:
            sequences: `ids` and the tokens that were generated.
            unfinished: the rows that stay.
        """
        index = torch.tensor(unfinished, dtype=torch.long, device=self.ids.device)
        if unfinished:
            assert self.cache is not None
            self.cache.batch_select_indices(index)
        added = self.mask.new_ones(len(unfinished), sequences.shape[1] - self.ids.shape[1])
        return _Batch(
            sequences[index],
            torch.cat([self.mask[index], added], dim=1),
            self.cache,
            [self.rows[row] for row in unfinished],
        )


def _until_end(ids: list[int], logprobs: list[float], end_ids: Collection[int]) -> Answer:
    """Returns the ids before the end token, and the log-probability with it."""
    end = next((i for i, token in enumerate(ids) if token in end_ids), len(ids))
    return ids[:end], float(sum(logprobs[: end + 1]))


class _Steps(transformers.LogitsProcessor):  # type: ignore[misc]
    """Streams the tokens of each step, and computes their log-probabilities.

    Transformers would store the logits of every step: with a vocabulary of 262k that is 134 MB for
    an answer of 128 tokens, and as much again for each further sample.

    It is a `LogitsProcessor` because Transformers inspects the signature of each processor at each
    step, which takes 2 ms for a bound method.
    """

    def __init__(
        self,
        stream: ResponseStream,
        stop: StopSearch,
        batch: "_Batch",
        end_ids: Collection[int],
    ) -> None:
        self._stream, self._stop, self._batch, self._end_ids = stream, stop, batch, end_ids
        self._logprobs = list[Float32[Tensor, "answers"]]()
        self._logits: Float[Tensor, "answers vocabulary"] | None = None
        self._ended: set[int] = set()
        self._stopped = False

    @property
    def unfinished(self) -> list[int]:
        """The rows that go on, if the batch was stopped for them; empty if it ended."""
        rows = range(len(self._batch.rows)) if self._stopped else ()
        return [row for row in rows if row not in self._ended]

    @property
    def logprobs(self) -> Float32[Tensor, "answers steps"]:
        """The log-probability of each token at temperature 1."""
        return torch.stack(self._logprobs, dim=1)

    def __call__(
        self, input_ids: Int[Tensor, "answers tokens"], logits: Float[Tensor, "answers vocabulary"]
    ) -> Float[Tensor, "answers vocabulary"]:
        """Stores the logits of the next token, before temperature and top_p, and returns them."""
        self._logits = logits
        return logits

    def add_tokens(
        self, input_ids: Int[Tensor, "answers tokens"], scores: Any, **_: Any
    ) -> Bool[Tensor, " answers"]:
        """Streams the tokens that were chosen; returns which answers end, or all to stop."""
        assert self._logits is not None
        self._logprobs.append(target_logprobs(self._logits.float(), input_ids[:, -1]))
        tokens = input_ids[:, -1].tolist()
        self._stream.add(tokens)
        for row, (number, token) in enumerate(zip(self._batch.rows, tokens, strict=True)):
            if self._stop.add(number, token) or token in self._end_ids:
                self._ended.add(row)
        unfinished = len(tokens) - len(self._ended)
        self._stopped = unfinished > 0 and self._batch.may_stop(unfinished)
        ended = [self._stopped or row in self._ended for row in range(len(tokens))]
        return torch.tensor(ended, device=input_ids.device)


def _padded(
    prompts: Sequence[tuple[int, ...]], shared: int = 0
) -> tuple[Int[Tensor, "prompts tokens"], Int[Tensor, "prompts tokens"]]:
    """Returns token ids padded on the left, or after a shared prefix, and their attention mask."""
    longest = max(map(len, prompts))
    ids = torch.zeros(len(prompts), longest, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, prompt in enumerate(prompts):
        start = longest - len(prompt) + shared
        for columns, part in (
            (slice(0, shared), prompt[:shared]),
            (slice(start, None), prompt[shared:]),
        ):
            ids[row, columns] = torch.tensor(part, dtype=torch.long)
            mask[row, columns] = 1
    return ids, mask


def _sampling(options: GenerationOptions) -> dict[str, Any]:
    if not options.temperature:
        return {"do_sample": False}
    # top_k = 0: Transformers would sample from the 50 likeliest tokens only.
    return {
        "do_sample": True,
        "temperature": options.temperature,
        "top_p": options.top_p,
        "top_k": 0,
    }
