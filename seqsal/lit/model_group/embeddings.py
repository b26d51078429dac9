"""A text as one point: the mean of its token embeddings, for LIT's Embeddings module."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from jaxtyping import Float32
from lit_nlp.api import types as lit_types

from seqsal.attribution.texts import Record, prompt_of
from seqsal.lit.model_group.part import PartModel
from seqsal.models.arrays import NumpyArray
from seqsal.models.causal_lm import CausalLM, Encoding
from seqsal.shared import fields as spec


def mean_embedding(lm: CausalLM, encoding: Encoding) -> Float32[NumpyArray, " dim"]:
    """Returns (e_1 + ... + e_n) / n over the tokens of a text, special ones left out.

    e_i is the row of the model's embedding table, the same that salience is about. Texts with
    the same words lie close together, in whatever order; it takes no pass through the model.
    LIT's own wrappers give this mean too. A text without tokens is the origin.
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
    """Places prompts without answering them, as LIT wants the points of a whole dataset."""

    def __init__(self, lm: CausalLM) -> None:
        self._lm = lm

    def input_spec(self) -> lit_types.Spec:
        """Returns the field of the prompt."""
        return {spec.PROMPT: lit_types.TextSegment()}

    def output_spec(self) -> lit_types.Spec:
        """Returns the field of the embedding."""
        return {spec.PROMPT_EMBEDDINGS: lit_types.Embeddings()}

    def predict(self, inputs: Iterable[Record]) -> Iterator[dict[str, Any]]:
        """Yields `prompt_embeddings` for each record.

        Raises:
            ValueError: a prompt is empty.
        """
        for record in inputs:
            encoding = self._lm.encode(prompt_of(record))
            yield {spec.PROMPT_EMBEDDINGS: mean_embedding(self._lm, encoding)}
