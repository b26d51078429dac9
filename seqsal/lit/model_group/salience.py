"""The LIT model that scores tokens."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from lit_nlp.api import types as lit_types

from seqsal.attribution import registry
from seqsal.attribution.engine import Engine
from seqsal.attribution.explainer import Explainer
from seqsal.attribution.selection import TokenSelection
from seqsal.attribution.text_encoder import Record, TextEncoder, prompt_of
from seqsal.lit.model_group.part import PartModel, prompt_spec, tokens_type
from seqsal.models.causal_lm import Encoding
from seqsal.models.objective import Objective
from seqsal.shared import fields


class SalienceModel(PartModel):
    """Scores how much each token of a sequence matters to the selected ones.

    Attributes:
        explainer: the same without LIT, over the same cached forward passes.
    """

    def __init__(
        self, encoder: TextEncoder, engine: Engine, *, demonstration: bool = False
    ) -> None:
        self._encoder, self._engine = encoder, engine
        self.explainer = Explainer(encoder, engine, demonstration=demonstration)

    def input_spec(self) -> lit_types.Spec:
        """Returns the fields of a prompt, the mask of the tokens to explain, and the methods."""
        names = [method.info.name for method in registry.all_methods()]
        return {
            **prompt_spec(),
            fields.TARGET_MASK: lit_types.TokenScores(align="", required=False),
            fields.METHODS: lit_types.SparseMultilabel(vocab=names, required=False),
        }

    def output_spec(self) -> lit_types.Spec:
        """Returns the fields of tokens and of each method, and what a page has to know.

        A page reads the descriptions of the methods, the sign and the mark of a demonstration
        from the spec before it asks for scores: each is a field with fixed categories.
        """
        infos = [method.info for method in registry.all_methods()]
        default = {method.info.name for method in registry.find_methods()}
        descriptions = [json.dumps(info.to_json()) for info in infos]
        constants = {fields.METHODS: descriptions}
        if self.explainer.demonstration:
            constants[fields.MADE_FOR] = [fields.DEMONSTRATION]
        return {
            fields.TOKENS: tokens_type(),
            **{
                info.name: lit_types.TokenScores(align=fields.TOKENS, required=info.name in default)
                for info in infos
            },
            fields.GRADIENT_OF: lit_types.CategoryLabel(vocab=[fields.LOG_PROBABILITY]),
            **{
                name: lit_types.CategoryLabel(vocab=vocab, required=False)
                for name, vocab in constants.items()
            },
        }

    def predict(self, inputs: Iterable[Record]) -> Iterator[dict[str, Any]]:
        """Yields `tokens` and the scores of each method for each record, as they are computed.

        Records of one sequence with different masks share a forward pass. Without a mask the whole
        target is explained. A record names the methods to compute in `methods`; without it they
        are the first method and all others that come from the same pass.

        Raises:
            ValueError: the prompt is empty, there is neither mask nor target, the sequence does
                not fit, the mask is of another length or empty, there is no such method, or the
                scores are not finite.
        """
        records = list(inputs)
        encodings = [self._encoder.sequence(record) for record in records]
        requests: dict[tuple[tuple[int, ...], tuple[str, ...]], list[Objective]] = {}
        keys = []
        for record, encoding in zip(records, encodings, strict=True):
            key = encoding.ids, _methods(record)
            keys.append(key)
            selection = self._selection(record, encoding)
            requests.setdefault(key, []).append(selection.objective(encoding.ids))
        streams = {
            (ids, methods): self._engine.stream_scores(ids, objectives, methods)
            for (ids, methods), objectives in requests.items()
        }
        for encoding, key in zip(encodings, keys, strict=True):
            yield {
                fields.TOKENS: list(encoding.pieces),
                fields.GRADIENT_OF: fields.LOG_PROBABILITY,
                **next(streams[key]),
            }

    def _selection(self, record: Record, encoding: Encoding) -> TokenSelection:
        """Returns the tokens that a record selects."""
        mask = record.get(fields.TARGET_MASK)
        if mask is not None and len(mask):
            return TokenSelection.from_mask(list(mask), len(encoding))
        if not record.get(fields.TARGET):
            raise ValueError(
                "There is nothing to explain: expected some text in the field 'target', or a"
                " 'target_mask' over the tokens of the prompt; got neither. Let the model"
                " answer the prompt first, or write a target."
            )
        return TokenSelection.of_target(encoding, len(prompt_of(record)))


def _methods(record: Record) -> tuple[str, ...]:
    """Returns the names of the methods that a record asks for.

    Raises:
        ValueError: its field holds anything but names of methods; a request may hold any JSON.
    """
    names = record.get(fields.METHODS)
    if names is not None and not (
        isinstance(names, list | tuple) and all(isinstance(name, str) for name in names)
    ):
        raise ValueError(f"methods must be a list of names of methods; got {names!r}.")
    return tuple(method.info.name for method in registry.find_methods(names or None))
