"""The LIT model that shows texts as tokens."""

from collections.abc import Iterable, Iterator
from typing import Any

from lit_nlp.api import types as lit_types

from seqsal.attribution.texts import Record, Texts
from seqsal.lit.model_group.part import PartModel, prompt_spec, tokens_type
from seqsal.shared import fields as spec


class TokenizerModel(PartModel):
    """Shows a prompt and its target as the model's tokens."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def input_spec(self) -> lit_types.Spec:
        """Returns the fields of a prompt."""
        return prompt_spec()

    def output_spec(self) -> lit_types.Spec:
        """Returns the fields of tokens."""
        return {
            spec.TOKENS: tokens_type(),
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
