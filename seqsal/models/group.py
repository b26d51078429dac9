"""The LIT models over one `CausalLM`: generation, tokenizer, salience, log-probabilities."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float32
from lit_nlp.api import model as lit_model
from lit_nlp.api import types as lit_types

from seqsal import salience, spec
from seqsal.arrays import NumpyArray
from seqsal.models.base import CausalLM, Encoding, Generation, GenerationOptions
from seqsal.models.engine import Engine, Scores
from seqsal.models.texts import Record, Texts, prompt_of, target_mask


def make_group(
    name: str,
    lm: CausalLM,
    *,
    batch_size: int = 1,
    generation: GenerationOptions | None = None,
    trace_memory: float | int = 0.25,
) -> dict[str, lit_model.Model]:
    """Returns the LIT models of a language model, under the names that LIT's front end expects.

    Args:
        name: the name that the user sees.
        lm: the model.
        batch_size: how many prompts are answered at a time.
        generation: how to write answers; None for the greedy answer of up to 128 tokens.
        trace_memory: share of the memory that is free now, for kept forward passes.
    """
    generation = generation or GenerationOptions()
    texts, engine = Texts(lm, generation), Engine(lm, trace_memory=trace_memory)
    return {
        name: GenerationModel(texts, batch_size, several=generation.num_samples > 1),
        spec.tokenizer_name(name): TokenizerModel(texts),
        spec.salience_name(name): SalienceModel(texts, engine),
        spec.logprobs_name(name): LogprobsModel(texts, engine),
    }


class GenerationModel(lit_model.Model):  # type: ignore[misc]
    """Writes the answer to a prompt, or several."""

    def __init__(self, texts: Texts, batch_size: int, *, several: bool) -> None:
        self._texts, self._batch_size, self._several = texts, batch_size, several

    @classmethod
    def init_spec(cls) -> None:
        """Returns None: a model is loaded as a group, not by one of its parts."""

    def input_spec(self) -> lit_types.Spec:
        """Returns the fields of a prompt."""
        return _input_spec()

    def output_spec(self) -> lit_types.Spec:
        """Returns the field of the answer, or of the answers with their log-probabilities."""
        kind = lit_types.GeneratedTextCandidates if self._several else lit_types.GeneratedText
        return {spec.RESPONSE: kind(parent=spec.TARGET)}

    def predict(self, inputs: Iterable[Record]) -> Iterator[dict[str, Any]]:
        """Yields `response` for each record; one that has a `response` keeps it.

        Raises:
            ValueError: a prompt is empty or leaves no room for an answer in the context.
        """
        records = list(inputs)
        for start in range(0, len(records), self._batch_size):
            batch = records[start : start + self._batch_size]
            open_prompts = [prompt_of(record) for record in batch if not _response(record)]
            written = iter(self._texts.answers(open_prompts))
            for record in batch:
                given = _response(record)
                if given:
                    yield {spec.RESPONSE: [(given, None)] if self._several else given}
                else:
                    yield {spec.RESPONSE: self._shown(next(written))}

    def _shown(self, answers: list[Generation]) -> str | list[tuple[str, float]]:
        if self._several:
            return [(answer.text, answer.logprob) for answer in answers]
        return answers[0].text


class TokenizerModel(lit_model.Model):  # type: ignore[misc]
    """Shows a prompt and its target as the model's tokens."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    @classmethod
    def init_spec(cls) -> None:
        """Returns None: a model is loaded as a group, not by one of its parts."""

    def input_spec(self) -> lit_types.Spec:
        """Returns the fields of a prompt."""
        return _input_spec()

    def output_spec(self) -> lit_types.Spec:
        """Returns the fields of tokens."""
        return {
            spec.TOKENS: _tokens_type(),
            spec.TOKEN_IDS: lit_types.TokenScores(align=spec.TOKENS),
            spec.SPECIAL_TOKENS_MASK: lit_types.TokenScores(align=spec.TOKENS),
        }

    def predict(self, inputs: Iterable[Record]) -> Iterator[dict[str, Any]]:
        """Yields `tokens`, `token_ids` and `special_tokens_mask` for each record.

        The tokens that are not special, joined, are prompt + target, to the byte.

        Raises:
            ValueError: a prompt is empty or does not fit into the context.
        """
        for record in inputs:
            encoding = self._texts.sequence(record)
            yield {
                spec.TOKENS: list(encoding.pieces),
                spec.TOKEN_IDS: list(encoding.ids),
                spec.SPECIAL_TOKENS_MASK: [float(mark) for mark in encoding.special],
            }


class SalienceModel(lit_model.Model):  # type: ignore[misc]
    """Scores how much each token of a sequence matters to the selected ones."""

    def __init__(self, texts: Texts, engine: Engine) -> None:
        self._texts, self._engine = texts, engine

    @classmethod
    def init_spec(cls) -> None:
        """Returns None: a model is loaded as a group, not by one of its parts."""

    def input_spec(self) -> lit_types.Spec:
        """Returns the fields of a prompt, and the mask of the tokens to explain."""
        return {
            **_input_spec(),
            spec.TARGET_MASK: lit_types.TokenScores(align="", required=False),
        }

    def output_spec(self) -> lit_types.Spec:
        """Returns the fields of tokens and of each salience method."""
        return {
            spec.TOKENS: _tokens_type(),
            **{method: lit_types.TokenScores(align=spec.TOKENS) for method in salience.METHODS},
        }

    def predict(self, inputs: Iterable[Record]) -> Iterator[dict[str, Any]]:
        """Yields `tokens`, `grad_l2` and `grad_dot_input` for each record.

        Records of one sequence with different masks share a forward pass. Without
        a mask the whole target is explained.

        Raises:
            ValueError: the prompt is empty, there is neither mask nor target, the sequence does
                not fit, the mask is of another length or empty, or the scores are not finite.
        """
        records = list(inputs)
        encodings = [self._texts.sequence(record) for record in records]
        weights = [self._weights(*pair) for pair in zip(records, encodings, strict=True)]
        scores: list[Scores] = [{} for _ in records]
        for ids, members in _same([encoding.ids for encoding in encodings]).items():
            rows = np.stack([weights[i] for i in members])
            for i, row in zip(members, self._engine.scores(ids, rows), strict=True):
                scores[i] = row
        for encoding, row in zip(encodings, scores, strict=True):
            yield {spec.TOKENS: list(encoding.pieces), **row}

    def _weights(self, record: Record, encoding: Encoding) -> Float32[NumpyArray, " tokens"]:
        """Returns the weight of each token in the selection."""
        mask = record.get(spec.TARGET_MASK)
        if mask is None or not len(mask):
            if not record.get(spec.TARGET):
                raise ValueError(
                    "There is nothing to explain: expected some text in the field 'target', or a"
                    " 'target_mask' over the tokens of the prompt; got neither. Let the model"
                    " answer the prompt first, or write a target."
                )
            mask = target_mask(encoding, len(prompt_of(record)))
        return salience.selection_weights(list(mask), len(encoding))


class LogprobsModel(lit_model.Model):  # type: ignore[misc]
    """Says how sure the model was of each token of a target."""

    def __init__(self, texts: Texts, engine: Engine) -> None:
        self._texts, self._engine = texts, engine

    @classmethod
    def init_spec(cls) -> None:
        """Returns None: a model is loaded as a group, not by one of its parts."""

    def input_spec(self) -> lit_types.Spec:
        """Returns the fields of a prompt."""
        return _input_spec()

    def output_spec(self) -> lit_types.Spec:
        """Returns the fields of tokens and of their log-probabilities."""
        return {
            spec.TOKENS: _tokens_type(),
            spec.LOGPROBS: lit_types.TokenScores(align=spec.TOKENS),
        }

    def predict(self, inputs: Iterable[Record]) -> Iterator[dict[str, Any]]:
        """Yields `tokens` and `logprobs` for each record.

        `logprobs` has, for each token of the target, the natural logarithm of its probability
        given all before it, and None for every other token.

        Raises:
            ValueError: a prompt is empty, or its sequence does not fit.
        """
        for record in inputs:
            encoding = self._texts.sequence(record)
            mask = target_mask(encoding, len(prompt_of(record)))
            positions = [i for i, selected in enumerate(mask) if selected and i]
            logprobs: list[float | None] = [None] * len(encoding)
            values = self._engine.logprobs(encoding.ids, positions)
            for position, value in zip(positions, values.tolist(), strict=True):
                logprobs[position] = value
            yield {spec.TOKENS: list(encoding.pieces), spec.LOGPROBS: logprobs}


def _same(sequences: Sequence[tuple[int, ...]]) -> dict[tuple[int, ...], list[int]]:
    """Returns for each sequence where it stands, in the order of its first."""
    places: dict[tuple[int, ...], list[int]] = {}
    for place, sequence in enumerate(sequences):
        places.setdefault(sequence, []).append(place)
    return places


def _response(record: Record) -> str:
    """Returns the answer that a record brings along, or nothing."""
    response = record.get(spec.RESPONSE)
    return response if isinstance(response, str) else ""


def _input_spec() -> lit_types.Spec:
    return {
        spec.PROMPT: lit_types.TextSegment(),
        spec.TARGET: lit_types.TextSegment(required=False),
    }


def _tokens_type() -> lit_types.Tokens:
    # Tokens are exact text: no prefix marks the middle of a word.
    return lit_types.Tokens(parent="", token_prefix=None)
