"""The LIT models over one `CausalLM`: generation, tokenizer, salience, and more."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import numpy as np
from jaxtyping import Float32
from lit_nlp.api import model as lit_model
from lit_nlp.api import types as lit_types

from seqsal import salience, spec, tasks
from seqsal.arrays import NumpyArray
from seqsal.models.base import CausalLM, Encoding, Generation, GenerationOptions
from seqsal.models.embeddings import EmbeddingsModel, mean_embedding
from seqsal.models.engine import Engine
from seqsal.models.explainer import Explainer
from seqsal.models.keeping import FORGETTING, Keeping
from seqsal.models.part import PartModel
from seqsal.models.texts import Record, Texts, prompt_of, target_mask


def make_group(
    name: str,
    lm: CausalLM,
    *,
    batch_size: int = 1,
    generation: GenerationOptions | None = None,
    trace_memory: float | int = 0.25,
    keeping: Keeping = FORGETTING,
    demonstration: bool = False,
) -> dict[str, lit_model.Model]:
    """Returns the LIT models of a language model, under the names that LIT's front end expects.

    Args:
        name: the name that the user sees.
        lm: the model.
        batch_size: how many prompts are answered at a time.
        generation: how to write answers; None for the greedy answer of up to 128 tokens.
        trace_memory: share of the memory that is free now, for kept forward passes.
        keeping: answers and scores that outlive the process.
        demonstration: whether the page says that the model is for trying things out only.
    """
    generation = generation or GenerationOptions()
    texts = Texts(lm, generation, keeping)
    engine = Engine(lm, trace_memory=trace_memory, keeping=keeping)
    return {
        name: GenerationModel(texts, batch_size, several=generation.num_samples > 1),
        spec.tokenizer_name(name): TokenizerModel(texts),
        spec.salience_name(name): SalienceModel(texts, engine, demonstration=demonstration),
        spec.logprobs_name(name): LogprobsModel(texts, engine),
        spec.embeddings_name(name): EmbeddingsModel(lm),
    }


class GenerationModel(PartModel):
    """Writes the answer to a prompt, or several."""

    def __init__(self, texts: Texts, batch_size: int, *, several: bool) -> None:
        self._texts, self._batch_size, self._several = texts, batch_size, several

    def input_spec(self) -> lit_types.Spec:
        """Returns the fields of a prompt."""
        return _input_spec()

    def output_spec(self) -> lit_types.Spec:
        """Returns the fields of the answer, or of several with log-probabilities, and of points."""
        kind = lit_types.GeneratedTextCandidates if self._several else lit_types.GeneratedText
        return {
            spec.RESPONSE: kind(parent=spec.TARGET),
            spec.PROMPT_EMBEDDINGS: lit_types.Embeddings(required=False),
            spec.RESPONSE_EMBEDDINGS: lit_types.Embeddings(required=False),
        }

    def predict(self, inputs: Iterable[Record]) -> Iterator[dict[str, Any]]:
        """Yields `response` for each record; one that has a `response` keeps it.

        Beside it stand `prompt_embeddings` and `response_embeddings`, of the likeliest answer
        (see `seqsal.models.embeddings`).

        Raises:
            ValueError: a prompt is empty or leaves no room for an answer in the context.
        """
        lm, records = self._texts.lm, list(inputs)
        for start in range(0, len(records), self._batch_size):
            batch = records[start : start + self._batch_size]
            if len(records) > 1:
                told = {"stage": "answering", "number": start + 1, "of": len(records)}
                tasks.current().tell("progress", **told)
            open_prompts = [prompt_of(record) for record in batch if not _response(record)]
            written = iter(self._texts.answers(open_prompts))
            for record in batch:
                if given := _response(record):
                    shown = [(given, None)] if self._several else given
                    yield {spec.RESPONSE: shown, **self._points(record, lm.encode(given))}
                else:
                    answers = next(written)
                    points = self._points(record, answers[0].encoding)
                    yield {spec.RESPONSE: self._shown(answers), **points}

    def _points(self, record: Record, answer: Encoding) -> dict[str, NumpyArray]:
        lm = self._texts.lm
        prompt = lm.encode(record.get(spec.PROMPT) or "")
        return {
            spec.PROMPT_EMBEDDINGS: mean_embedding(lm, prompt),
            spec.RESPONSE_EMBEDDINGS: mean_embedding(lm, answer),
        }

    def _shown(self, answers: list[Generation]) -> str | list[tuple[str, float]]:
        if self._several:
            return [(answer.text, answer.logprob) for answer in answers]
        return answers[0].text


class TokenizerModel(PartModel):
    """Shows a prompt and its target as the model's tokens."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

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


class SalienceModel(PartModel):
    """Scores how much each token of a sequence matters to the selected ones.

    Attributes:
        explainer: the same without LIT, over the same kept forward passes.
    """

    def __init__(self, texts: Texts, engine: Engine, *, demonstration: bool = False) -> None:
        self._texts, self._engine = texts, engine
        self.explainer = Explainer(texts, engine, demonstration=demonstration)

    def input_spec(self) -> lit_types.Spec:
        """Returns the fields of a prompt, and the mask of the tokens to explain."""
        return {
            **_input_spec(),
            spec.TARGET_MASK: lit_types.TokenScores(align="", required=False),
        }

    def output_spec(self) -> lit_types.Spec:
        """Returns the fields of tokens and of each salience method, and what a page has to know."""
        marks = {spec.MADE_FOR: lit_types.CategoryLabel(vocab=[spec.DEMONSTRATION], required=False)}
        return {
            spec.TOKENS: _tokens_type(),
            **{method: lit_types.TokenScores(align=spec.TOKENS) for method in salience.METHODS},
            # In the spec, so that a page knows the sign before it asks for scores.
            spec.GRADIENT_OF: lit_types.CategoryLabel(vocab=[spec.LOG_PROBABILITY]),
            **(marks if self.explainer.demonstration else {}),
        }

    def predict(self, inputs: Iterable[Record]) -> Iterator[dict[str, Any]]:
        """Yields `tokens`, `grad_l2` and `grad_dot_input` for each record, as they come.

        Records of one sequence with different masks share a forward pass. Without
        a mask the whole target is explained.

        Raises:
            ValueError: the prompt is empty, there is neither mask nor target, the sequence does
                not fit, the mask is of another length or empty, or the scores are not finite.
        """
        records = list(inputs)
        encodings = [self._texts.sequence(record) for record in records]
        weights = [self._weights(*pair) for pair in zip(records, encodings, strict=True)]
        coming = {
            ids: self._engine.each_scores(ids, np.stack([weights[i] for i in members]))
            for ids, members in _same([encoding.ids for encoding in encodings]).items()
        }
        for encoding in encodings:
            yield {
                spec.TOKENS: list(encoding.pieces),
                spec.GRADIENT_OF: spec.LOG_PROBABILITY,
                **next(coming[encoding.ids]),
            }

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


class LogprobsModel(PartModel):
    """Says how sure the model was of each token of a target."""

    def __init__(self, texts: Texts, engine: Engine) -> None:
        self._texts, self._explainer = texts, Explainer(texts, engine)

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
            logprobs = self._explainer.logprobs(prompt_of(record), record.get(spec.TARGET) or "")
            yield {spec.TOKENS: list(encoding.pieces), spec.LOGPROBS: logprobs}


MODELS: Final = (GenerationModel, TokenizerModel, SalienceModel, LogprobsModel, EmbeddingsModel)


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
