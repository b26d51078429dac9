"""The LIT model that computes log-probabilities."""

from collections.abc import Iterable, Iterator
from typing import Any

from lit_nlp.api import types as lit_types

from seqsal.attribution.engine import Engine
from seqsal.attribution.explainer import Explainer
from seqsal.attribution.text_encoder import Record, TextEncoder
from seqsal.lit.model_group.part import PartModel, prompt_spec, tokens_type
from seqsal.shared import fields


class LogprobsModel(PartModel):
    """Computes the log-probability of each token of a target."""

    def __init__(self, encoder: TextEncoder, engine: Engine) -> None:
        self._encoder, self._explainer = encoder, Explainer(encoder, engine)

    def input_spec(self) -> lit_types.Spec:
        """Returns the fields of a prompt."""
        return prompt_spec()

    def output_spec(self) -> lit_types.Spec:
        """Returns the fields of tokens and of their log-probabilities."""
        return {
            fields.TOKENS: tokens_type(),
            fields.LOGPROBS: lit_types.TokenScores(align=fields.TOKENS),
        }

    def predict(self, inputs: Iterable[Record]) -> Iterator[dict[str, Any]]:
        """Yields `tokens` and `logprobs` for each record.

        `logprobs` has, for each token of the target, the natural logarithm of its probability
        given all tokens before it, and None for every other token.

        Raises:
            ValueError: a prompt is empty, or its sequence does not fit.
        """
        for record in inputs:
            encoding = self._encoder.sequence(record)
            before = encoding.text_before(record.get(fields.TARGET) or "")
            logprobs = self._explainer.logprobs(encoding, len(before))
            yield {fields.TOKENS: list(encoding.pieces), fields.LOGPROBS: logprobs}
