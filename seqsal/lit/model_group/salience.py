"""The LIT model that scores tokens."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float32
from lit_nlp.api import types as lit_types

from seqsal.attribution import salience
from seqsal.attribution.engine import Engine
from seqsal.attribution.explainer import Explainer
from seqsal.attribution.texts import Record, Texts, prompt_of, target_mask
from seqsal.lit.model_group.part import PartModel, prompt_spec, tokens_type
from seqsal.models.arrays import NumpyArray
from seqsal.models.causal_lm import Encoding
from seqsal.shared import fields as spec


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
            **prompt_spec(),
            spec.TARGET_MASK: lit_types.TokenScores(align="", required=False),
        }

    def output_spec(self) -> lit_types.Spec:
        """Returns the fields of tokens and of each salience method, and what a page has to know."""
        marks = {spec.MADE_FOR: lit_types.CategoryLabel(vocab=[spec.DEMONSTRATION], required=False)}
        return {
            spec.TOKENS: tokens_type(),
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


def _same(sequences: Sequence[tuple[int, ...]]) -> dict[tuple[int, ...], list[int]]:
    """Returns for each sequence where it stands, in the order of its first."""
    places: dict[tuple[int, ...], list[int]] = {}
    for place, sequence in enumerate(sequences):
        places.setdefault(sequence, []).append(place)
    return places
