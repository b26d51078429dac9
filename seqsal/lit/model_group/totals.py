"""The LIT model that says what the scores of all tokens should add up to."""

from collections.abc import Iterable, Iterator
from typing import Any

from lit_nlp.api import types as lit_types

from seqsal.attribution.explainer import Explainer
from seqsal.attribution.text_encoder import Record, TextEncoder
from seqsal.lit.model_group import requests
from seqsal.lit.model_group.part import PartModel, prompt_spec
from seqsal.shared import fields


class TotalsModel(PartModel):
    """Gives the totals of selections, by method."""

    def __init__(self, encoder: TextEncoder, explainer: Explainer) -> None:
        self._encoder, self._explainer = encoder, explainer

    def input_spec(self) -> lit_types.Spec:
        """Returns the fields of a prompt, the selection and the methods."""
        names = [info.name for info in self._explainer.methods]
        return {
            **prompt_spec(),
            fields.TARGET_MASK: lit_types.TokenScores(align="", required=False),
            fields.METHODS: lit_types.SparseMultilabel(vocab=names, required=False),
        }

    def output_spec(self) -> lit_types.Spec:
        """Returns the field of the totals."""
        return {fields.TOTALS: lit_types.LitType()}

    def predict(self, inputs: Iterable[Record]) -> Iterator[dict[str, Any]]:
        """Yields `totals` for each record: by method, in nats.

        Methods without a total are left out.

        Raises:
            ValueError: the prompt is empty, the selection is wrong, there is no such method, or the
                sequence does not fit.
        """
        for record in inputs:
            encoding = self._encoder.sequence(record)
            selection = requests.selection_of(record, encoding)
            methods = requests.methods_of(record)
            yield {fields.TOTALS: self._explainer.totals(encoding, selection, methods)}
