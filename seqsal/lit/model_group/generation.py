"""The LIT model that generates responses."""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from lit_nlp.api import types as lit_types

from seqsal.attribution.text_encoder import Record, TextEncoder, prompt_of
from seqsal.lit.model_group import requests
from seqsal.lit.model_group.embeddings import mean_embedding
from seqsal.lit.model_group.part import PartModel, prompt_spec
from seqsal.models.arrays import NumpyArray
from seqsal.models.capabilities import linearization_error
from seqsal.models.causal_lm import Encoding, Generation
from seqsal.models.progress import tasks
from seqsal.shared import fields
from seqsal.shared.messages import plain_prompt


class GenerationModel(PartModel):
    """Generates one response to a prompt, or several."""

    def __init__(self, encoder: TextEncoder, batch_size: int, *, several: bool) -> None:
        self._encoder, self._batch_size, self._several = encoder, batch_size, several

    def description(self) -> str:
        """Returns what LIT says of the model: which map it does not offer, and why."""
        error = linearization_error(self._encoder.lm)
        return f"The map Contribution is not offered. {error}" if error else ""

    def input_spec(self) -> lit_types.Spec:
        """Returns the fields of a prompt."""
        return prompt_spec()

    def output_spec(self) -> lit_types.Spec:
        """Returns the fields of the responses (several have log-probabilities) and embeddings."""
        kind = lit_types.GeneratedTextCandidates if self._several else lit_types.GeneratedText
        return {
            fields.RESPONSE: kind(parent=fields.TARGET),
            fields.PROMPT_EMBEDDINGS: lit_types.Embeddings(required=False),
            fields.RESPONSE_EMBEDDINGS: lit_types.Embeddings(required=False),
        }

    def predict(self, inputs: Iterable[Record]) -> Iterator[dict[str, Any]]:
        """Yields `response` for each record; a `response` in the record is returned as it is.

        Each prediction also has `prompt_embeddings` and `response_embeddings`, of the likeliest
        response (see `seqsal.lit.model_group.embeddings`).

        Raises:
            ValueError: a prompt is empty or leaves no room for a response in the context.
        """
        records = list(inputs)
        for start in range(0, len(records), self._batch_size):
            batch = records[start : start + self._batch_size]
            if len(records) > 1:
                progress = {"stage": "answering", "number": start + 1, "of": len(records)}
                tasks.current_task().report("progress", **progress)
            open_prompts = [record for record in batch if not _response(record)]
            written = iter(self._answers(open_prompts))
            for record in batch:
                if given := _response(record):
                    shown = [(given, None)] if self._several else given
                    yield {fields.RESPONSE: shown, **self._embeddings(record, given)}
                else:
                    answers = next(written)
                    embeddings = self._embeddings(record, answers[0].encoding)
                    yield {fields.RESPONSE: self._shown(answers), **embeddings}

    def _answers(self, records: list[Record]) -> Iterator[list[Generation]]:
        """Yields the answers to each record; those with the same stop texts are one batch."""
        for stop, members in itertools.groupby(records, key=requests.stop_of):
            yield from self._encoder.answers([prompt_of(record) for record in members], stop)

    def _embeddings(self, record: Record, answer: Encoding | str) -> dict[str, NumpyArray]:
        lm = self._encoder.lm
        if isinstance(answer, str):
            answer = lm.encode(plain_prompt(answer))
        prompt = lm.encode(record.get(fields.PROMPT) or "")
        return {
            fields.PROMPT_EMBEDDINGS: mean_embedding(lm, prompt),
            fields.RESPONSE_EMBEDDINGS: mean_embedding(lm, answer),
        }

    def _shown(self, answers: list[Generation]) -> str | list[tuple[str, float]]:
        if self._several:
            return [(answer.text, answer.logprob) for answer in answers]
        return answers[0].text


def _response(record: Record) -> str:
    """Returns the response in a record, or an empty string."""
    response = record.get(fields.RESPONSE)
    return response if isinstance(response, str) else ""
