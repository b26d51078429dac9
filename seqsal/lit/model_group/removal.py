"""The LIT model that measures what a selection loses without a part of the text."""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from lit_nlp.api import types as lit_types

from seqsal.attribution.explainer import Explainer
from seqsal.attribution.text_encoder import Record, TextEncoder
from seqsal.lit.model_group import requests
from seqsal.lit.model_group.part import PartModel, prompt_spec
from seqsal.shared import fields


class RemovalModel(PartModel):
    """Measures removals; each record has one, and records of one text share forward passes."""

    def __init__(self, encoder: TextEncoder, explainer: Explainer) -> None:
        self._encoder, self._explainer = encoder, explainer

    def input_spec(self) -> lit_types.Spec:
        """Returns the fields of a prompt, the selection, the removed tokens and the contrast."""
        return {
            **prompt_spec(),
            fields.TARGET_MASK: lit_types.TokenScores(align="", required=False),
            fields.REMOVAL: lit_types.LitType(),
            fields.VERSUS: lit_types.LitType(required=False),
        }

    def output_spec(self) -> lit_types.Spec:
        """Returns the field of the effect."""
        return {fields.EFFECT: lit_types.Scalar()}

    def predict(self, inputs: Iterable[Record]) -> Iterator[dict[str, Any]]:
        """Yields `effect` for each record, as it is measured.

        It is log p(selection) - log p(selection without the tokens in `removal`), in nats.

        Raises:
            ValueError: the prompt is empty, the selection or the removal is wrong, or the sequence
                does not fit.
        """
        for _, group in itertools.groupby(inputs, key=_without_removal):
            records = list(group)
            encoding = self._encoder.sequence(records[0])
            selection = requests.selection_of(records[0], encoding)
            versus = requests.contrast_of(records[0], self._explainer, encoding, selection)
            removals = [requests.ranges_of(record, fields.REMOVAL) for record in records]
            for effect in self._explainer.removal_effects(encoding, selection, removals, versus):
                yield {fields.EFFECT: effect}


def _without_removal(record: Record) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != fields.REMOVAL}
