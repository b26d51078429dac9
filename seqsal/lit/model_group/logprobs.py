"""The LIT model that computes log-probabilities."""

from collections.abc import Iterable, Iterator
from typing import Any

from lit_nlp.api import types as lit_types

from seqsal.attribution.engine import Engine
from seqsal.attribution.explainer import Explainer
from seqsal.attribution.texts import Record, Texts, prompt_of
from seqsal.lit.model_group.part import PartModel, prompt_spec, tokens_type
from seqsal.shared import fields


class LogprobsModel(PartModel):
    """Computes the log-probability of each token of a target."""

    def __init__(self, texts: Texts, engine: Engine) -> None:
        self._texts, self._explainer = texts, Explainer(texts, engine)

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
            encoding = self._texts.sequence(record)
            logprobs = self._explainer.logprobs(encoding, len(prompt_of(record)))
            yield {fields.TOKENS: list(encoding.pieces), fields.LOGPROBS: logprobs}
