"""The LIT model that embeds prompts, for LIT's Embeddings module."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from jaxtyping import Float32
from lit_nlp.api import types as lit_types

from seqsal.attribution.texts import Record, prompt_of
from seqsal.lit.model_group.part import PartModel
from seqsal.models.arrays import NumpyArray
from seqsal.models.causal_lm import CausalLM, Encoding
from seqsal.shared import fields


def mean_embedding(lm: CausalLM, encoding: Encoding) -> Float32[NumpyArray, " dim"]:
    """Returns (e_1 + ... + e_n) / n over the tokens of a text, without special tokens.

    e_i is the row of the model's embedding table, which salience also refers to. Texts with the
    same words are close together, whatever their order. No forward pass is needed. LIT's own
    wrappers compute the same mean. The embedding of a text without tokens is zero.
    """
    ids = [
        token_id
        for token_id, special in zip(encoding.ids, encoding.special, strict=True)
        if not special
    ]
    rows = lm.embed(ids or [0])
    mean: NumpyArray = rows.mean(axis=0) if ids else np.zeros_like(rows[0])
    return mean


class EmbeddingsModel(PartModel):
    """Embeds prompts without generating responses: LIT requests embeddings of a whole dataset."""

    def __init__(self, lm: CausalLM) -> None:
        self._lm = lm

    def input_spec(self) -> lit_types.Spec:
        """Returns the field of the prompt."""
        return {fields.PROMPT: lit_types.TextSegment()}

    def output_spec(self) -> lit_types.Spec:
        """Returns the field of the embedding."""
        return {fields.PROMPT_EMBEDDINGS: lit_types.Embeddings()}

    def predict(self, inputs: Iterable[Record]) -> Iterator[dict[str, Any]]:
        """Yields `prompt_embeddings` for each record.

        Raises:
            ValueError: a prompt is empty.
        """
        for record in inputs:
            encoding = self._lm.encode(prompt_of(record))
            yield {fields.PROMPT_EMBEDDINGS: mean_embedding(self._lm, encoding)}
