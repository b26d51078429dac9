"""The LIT model that tokenizes texts."""

from collections.abc import Iterable, Iterator
from typing import Any

from lit_nlp.api import types as lit_types

from seqsal.attribution.texts import Record, Texts
from seqsal.lit.model_group.part import PartModel, prompt_spec, tokens_type
from seqsal.shared import fields


class TokenizerModel(PartModel):
    """Tokenizes a prompt and its target."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def input_spec(self) -> lit_types.Spec:
        """Returns the fields of a prompt."""
        return prompt_spec()

    def output_spec(self) -> lit_types.Spec:
        """Returns the fields of tokens."""
        return {
            fields.TOKENS: tokens_type(),
            fields.TOKEN_IDS: lit_types.TokenScores(align=fields.TOKENS),
            fields.SPECIAL_TOKENS_MASK: lit_types.TokenScores(align=fields.TOKENS),
        }

    def predict(self, inputs: Iterable[Record]) -> Iterator[dict[str, Any]]:
        """Yields `tokens`, `token_ids` and `special_tokens_mask` for each record.

        The tokens that are not special concatenate to exactly prompt + target.

        Raises:
            ValueError: a prompt is empty or does not fit into the context.
        """
        for record in inputs:
            encoding = self._texts.sequence(record)
            yield {
                fields.TOKENS: list(encoding.pieces),
                fields.TOKEN_IDS: list(encoding.ids),
                fields.SPECIAL_TOKENS_MASK: [float(mark) for mark in encoding.special],
            }
