"""The LIT model that says how sure a model was."""

from collections.abc import Iterable, Iterator
from typing import Any

from lit_nlp.api import types as lit_types

from seqsal.attribution.engine import Engine
from seqsal.attribution.explainer import Explainer
from seqsal.attribution.texts import Record, Texts, prompt_of
from seqsal.lit.model_group.part import PartModel, prompt_spec, tokens_type
from seqsal.shared import fields as spec


class LogprobsModel(PartModel):
    """Says how sure the model was of each token of a target."""

    def __init__(self, texts: Texts, engine: Engine) -> None:
        self._texts, self._explainer = texts, Explainer(texts, engine)

    def input_spec(self) -> lit_types.Spec:
        """Returns the fields of a prompt."""
        return prompt_spec()

    def output_spec(self) -> lit_types.Spec:
        """Returns the fields of tokens and of their log-probabilities."""
        return {
            spec.TOKENS: tokens_type(),
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
            logprobs = self._explainer.logprobs(encoding, len(prompt_of(record)))
            yield {spec.TOKENS: list(encoding.pieces), spec.LOGPROBS: logprobs}
