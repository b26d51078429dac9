"""The LIT model that lists what a model could have written instead of a token."""

from collections.abc import Iterable, Iterator
from typing import Any

from lit_nlp.api import types as lit_types

from seqsal.attribution.explainer import Explainer
from seqsal.attribution.text_encoder import Record, TextEncoder
from seqsal.lit.model_group.part import PartModel, prompt_spec
from seqsal.shared import fields


class AlternativesModel(PartModel):
    """Lists the likeliest tokens at a position."""

    def __init__(self, encoder: TextEncoder, explainer: Explainer) -> None:
        self._encoder, self._explainer = encoder, explainer

    def input_spec(self) -> lit_types.Spec:
        """Returns the fields of a prompt and of a position."""
        return {**prompt_spec(), fields.POSITION: lit_types.Scalar()}

    def output_spec(self) -> lit_types.Spec:
        """Returns the field of the alternatives."""
        return {fields.ALTERNATIVES: lit_types.LitType()}

    def predict(self, inputs: Iterable[Record]) -> Iterator[dict[str, Any]]:
        """Yields `alternatives` for each record: the 10 likeliest tokens, the likeliest first.

        Each has `id`, `text` and `logprob`, in nats.

        Raises:
            ValueError: a prompt is empty, a position is not one that is predicted, or the sequence
                does not fit.
        """
        for record in inputs:
            encoding = self._encoder.sequence(record)
            position = record.get(fields.POSITION)
            if not isinstance(position, int):
                raise ValueError(f"position must be the number of a token; got {position!r}.")
            found = self._explainer.alternatives(encoding, position)
            yield {
                fields.ALTERNATIVES: [
                    {"id": each.id, "text": each.text, "logprob": each.logprob} for each in found
                ]
            }
