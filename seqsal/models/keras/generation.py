"""Answers, token by token, with the model's own cache of keys and values.

keras-hub's `generate` returns text; ids and log-probabilities are needed here. The loop is the same
on every backend, and NumPy draws the samples, so that a seed has the same effect on all of them.
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import keras
import numpy as np
from jaxtyping import Float, Int

from seqsal.models.arrays import Array, NumpyArray
from seqsal.models.causal_lm import GenerationOptions
from seqsal.models.keras.cache import CacheShape
from seqsal.models.keras.runtime.base import Runtime, Step
from seqsal.models.pieces import Decode
from seqsal.models.stop import StopSearch
from seqsal.models.streaming import ResponseStream
from seqsal.models.thinking import ThinkingMarks

_CHUNK: Final = 128
"""Prompt tokens per step: each has a row of logits, 128 MB for a vocabulary of 256k."""

Answer = tuple[list[int], float]
"""The ids of an answer without the end token, and its log-probability with the end token."""


class Generator:
    """Generates answers with a keras-hub causal model."""

    def __init__(
        self, model: Any, runtime: Runtime, end_ids: Sequence[int], max_tokens: int | None
    ) -> None:
        """Stores the arguments.

        Args:
            model: a `keras_nlp.models.CausalLM`.
            runtime: runs it.
            end_ids: tokens that end an answer.
            max_tokens: the number of position embeddings, or None for no bound.
        """
        self._runtime, self._model = runtime, model
        self._cache_shape = CacheShape(model)
        self.end_ids, self._max_tokens = frozenset(end_ids), max_tokens

    def answers(
        self,
        prompts: Sequence[Sequence[int]],
        limit: int,
        options: GenerationOptions,
        stream: ResponseStream,
        decode: Decode,
        marks: Sequence[ThinkingMarks] = (),
        opened: Sequence[ThinkingMarks | None] | None = None,
    ) -> list[list[Answer]]:
        """Returns the answers to each prompt, the likeliest first.

        Args:
            prompts: token ids; several for greedy answers only.
            limit: most tokens of an answer.
            options: how to generate.
            stream: receives the tokens of each step.
            decode: token ids to text, which is searched for stop texts.
            marks: the marks of the model's thinking, in which stop texts do not count.
            opened: the marks of the block that the answers to each prompt begin in; see
                `StopSearch`.

        Raises:
            CancelledError: the current task was cancelled.
        """
        repeated = [prompt for prompt in prompts for _ in range(options.num_samples)]
        begins = opened and [each for each in opened for _ in range(options.num_samples)]
        rows, stop = (
            [_Row(prompt, limit) for prompt in repeated],
            StopSearch(decode, repeated, options.stop, marks, begins),
        )
        choose = _chooser(options)
        for position, logits in self._logits(prompts, rows):
            for i, (row, log_p) in enumerate(zip(rows, _log_softmax(logits), strict=True)):
                if row.open and len(row.ids) == position:  # Past the end of its prompt.
                    row.add(token := choose(log_p), float(log_p[token]), self.end_ids)
                    if stop.add(i, token):
                        row.keep(stop.kept(i))
            stream.add([row.ids[-1] for row in rows])
            if not any(row.open for row in rows):
                break
        answers, n = [row.answer for row in rows], options.num_samples
        groups = [answers[start : start + n] for start in range(0, len(answers), n)]
        return [sorted(group, key=lambda answer: -answer[1]) for group in groups]

    @functools.cached_property
    def _step(self) -> Step:
        return self._runtime.step(self._model, self._cache_shape.arrays)

    def _logits(
        self, prompts: Sequence[Sequence[int]], rows: Sequence["_Row"]
    ) -> Iterator[tuple[int, Float[NumpyArray, "rows vocabulary"]]]:
        """Yields the logits of the rows for each position from the end of the shortest prompt on.

        The caller adds a row's next token before it takes the next position.
        """
        stop = max(row.stop for row in rows)
        length = self._cache_length(stop)
        start = min(map(len, prompts)) - 1
        ids = np.array([list(prompt)[:start] for prompt in prompts], np.int32)
        cache = self._cache_shape.zeros(len(prompts), length)
        cache = self._read(ids.reshape(len(prompts), start), cache, length)
        cache = self._cache_shape.repeated(cache, len(rows) // len(prompts))
        for index in range(start, stop - 1):
            # A finished row continues with any token; its logits are not used.
            column = [[row.ids[index] if index < len(row.ids) else 0] for row in rows]
            logits, cache = self._step(_tensor(np.array(column)), cache, index)
            yield index + 1, keras.ops.convert_to_numpy(keras.ops.cast(logits[:, -1], "float32"))

    def _cache_length(self, tokens: int) -> int:
        """Returns the length of a cache: few different ones if each length is compiled."""
        if self._runtime.compiles_each_length:
            tokens = max(2 * _CHUNK, 2 ** (tokens - 1).bit_length())
        return min(tokens, self._max_tokens or tokens)

    def _read(self, ids: Int[NumpyArray, "prompts tokens"], cache: Any, length: int) -> Any:
        """Returns the cache filled with the prompts."""
        done, total = 0, ids.shape[1]
        while done < total:
            chunk = min(_CHUNK, total - done)
            padded = min(_CHUNK, length) if self._runtime.compiles_each_length else chunk
            first = min(done, length - padded)  # Not beyond the cache.
            tokens = ids[:, first : first + padded]
            tokens = np.pad(tokens, [(0, 0), (0, padded - tokens.shape[1])])
            _, cache = self._step(_tensor(tokens), cache, first)
            done += chunk
        return cache


class _Row:
    """One answer during generation."""

    def __init__(self, prompt: Sequence[int], limit: int) -> None:
        self.ids, self._prompt_length = list(prompt), len(prompt)
        self.stop, self.open = len(prompt) + limit, True
        self._kept: int | None = None
        self._logprobs, self._ended = list[float](), False

    def add(self, token: int, logprob: float, end_ids: frozenset[int]) -> None:
        """Appends a token."""
        self.ids.append(token)
        self._logprobs.append(logprob)
        self._ended = token in end_ids
        self.open = not self._ended and len(self.ids) < self.stop

    def keep(self, count: int | None) -> None:
        """Ends the answer after its first tokens."""
        self.open, self._ended, self._kept = False, False, count

    @property
    def answer(self) -> Answer:
        """The ids without the end token, and the log-probability with it."""
        ids = self.ids[self._prompt_length :][: self._kept]
        return ids[:-1] if self._ended else ids, float(sum(self._logprobs[: self._kept]))


def _chooser(options: GenerationOptions) -> Callable[[Float[NumpyArray, " vocabulary"]], int]:
    """Returns a function that chooses a token by its log-probabilities."""
    if not options.temperature:
        return lambda log_p: int(np.argmax(log_p))
    random = np.random.default_rng(options.seed)

    def draw(log_p: Float[NumpyArray, " vocabulary"]) -> int:
        p = np.exp(_log_softmax(log_p.astype(np.float64) / options.temperature))
        order = np.argsort(-p, kind="stable")
        before = np.cumsum(p[order]) - p[order]
        nucleus = order[before < options.top_p]  # At least the likeliest token.
        return int(random.choice(nucleus, p=p[nucleus] / p[nucleus].sum()))

    return draw


def _log_softmax(logits: Float[NumpyArray, "*rows vocabulary"]) -> NumpyArray:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p: NumpyArray = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return log_p


def _tensor(ids: NumpyArray) -> Array:
    return keras.ops.convert_to_tensor(ids, dtype="int32")
