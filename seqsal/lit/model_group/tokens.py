"""The LIT model that tokenizes texts."""

from collections.abc import Iterable, Iterator
from typing import Any

from lit_nlp.api import types as lit_types

from seqsal.attribution.text_encoder import Record, TextEncoder
from seqsal.lit.model_group.part import PartModel, prompt_spec, tokens_type
from seqsal.shared import fields


class TokenizerModel(PartModel):
    """Tokenizes a prompt and its target."""

    def __init__(self, encoder: TextEncoder) -> None:
        self._encoder = encoder

    def input_spec(self) -> lit_types.Spec:
        """Returns the fields of a prompt."""
        return prompt_spec()

    def output_spec(self) -> lit_types.Spec:
        """Returns the fields of tokens."""
        return {
            fields.TOKENS: tokens_type(),
            fields.TOKEN_IDS: lit_types.TokenScores(align=fields.TOKENS),
            fields.SPECIAL_TOKENS_MASK: lit_types.TokenScores(align=fields.TOKENS),
            fields.MESSAGES: lit_types.LitType(required=False),
            fields.THINKING: lit_types.LitType(required=False),
            fields.OMITTED: lit_types.LitType(required=False),
        }

    def predict(self, inputs: Iterable[Record]) -> Iterator[dict[str, Any]]:
        """Yields the tokens of each record, their ids, and what they belong to.

        The tokens that are not special concatenate to exactly prompt + target. For a prompt in
        message form they are its contents + target, and `messages` has the role and the range of
        tokens of each message and document; for a plain prompt it is empty. `thinking` has the
        ranges of tokens of each block of thinking in the target, `omitted` the characters of the
        joined contents that the chat template leaves out.

        Raises:
            ValueError: a prompt is empty or does not fit into the context.
        """
        for record in inputs:
            encoding = self._encoder.sequence(record)
            yield {
                fields.TOKENS: list(encoding.pieces),
                fields.TOKEN_IDS: list(encoding.ids),
                fields.SPECIAL_TOKENS_MASK: [float(mark) for mark in encoding.special],
                fields.MESSAGES: [span.to_json() for span in encoding.messages],
                fields.THINKING: [list(block) for block in encoding.thinking],
                fields.OMITTED: [list(part) for part in encoding.omitted],
            }
