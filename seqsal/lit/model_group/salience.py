"""The LIT model that scores tokens."""

import dataclasses
import json
from collections.abc import Iterable, Iterator
from typing import Any

from lit_nlp.api import types as lit_types

from seqsal.attribution import registry
from seqsal.attribution.contrast import Contrast
from seqsal.attribution.engine import Engine
from seqsal.attribution.explainer import Explainer
from seqsal.attribution.segment_method import Segments
from seqsal.attribution.text_encoder import Record, TextEncoder
from seqsal.attribution.through import Through
from seqsal.lit.model_group import requests as request_fields
from seqsal.lit.model_group.part import PartModel, prompt_spec, tokens_type
from seqsal.models.capabilities import chat_template_use, thinking_marks
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
        names = [method.info.name for method in registry.all_methods(self._encoder.lm)]
        return {
            **prompt_spec(),
            fields.TARGET_MASK: lit_types.TokenScores(align="", required=False),
            fields.METHODS: lit_types.SparseMultilabel(vocab=names, required=False),
            fields.SEGMENTS: lit_types.LitType(required=False),
            fields.VERSUS: lit_types.LitType(required=False),
            fields.THROUGH_THINKING: lit_types.LitType(required=False),
        }

    def output_spec(self) -> lit_types.Spec:
        """Returns the fields of tokens and of each method, and what a page has to know.

        A page reads the descriptions of the methods, the sign and the mark of a demonstration
        from the spec before it asks for scores: each is a field with fixed categories.
        """
        infos = [method.info for method in registry.all_methods(self._encoder.lm)]
        default = {method.info.name for method in registry.find_methods(lm=self._encoder.lm)}
        descriptions = [json.dumps(info.to_json()) for info in infos]
        constants = {fields.METHODS: descriptions} | {
            name: ["1"] for name in (fields.REMOVALS, fields.CONTRASTS, fields.TOTALS)
        }
        if self.explainer.demonstration:
            constants[fields.MADE_FOR] = [fields.DEMONSTRATION]
        if marks := thinking_marks(self._encoder.lm):
            constants[fields.THINKING_MARKS] = [json.dumps([m.open, m.close]) for m in marks]
        if (use := chat_template_use(self._encoder.lm)) != "none":
            constants[fields.CHAT_TEMPLATE] = [use]
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
        are those that need only a backward pass. Methods for segments need `segments`, ranges of
        tokens; `versus` is the other side of a contrast, {"token": id} or {"text": text}, and the
        prediction then has `contrast_logprobs` of both sides and `contrast_shared`, the number of
        tokens that both begin with: segments that end after them have no score. With
        `through_thinking`, what falls on the thinking before the selection is passed on to what the
        thinking depends on.

        Raises:
            ValueError: the prompt is empty, there is neither mask nor target, the sequence does
                not fit, the mask is of another length or empty, there is no such method, there is
                no thinking to pass scores on, or the scores are not finite.
        """
        records = list(inputs)
        requests = [self._request(record) for record in records]
        objectives: dict[_Request, list[Objective]] = {}
        through: dict[_Request, list[Through]] = {}
        for request, explained, _ in requests:
            objectives.setdefault(request, []).append(explained.objective)
            if explained.through is not None:
                through.setdefault(request, []).append(explained.through)
        streams = {
            request: self._engine.stream_scores(
                request.ids,
                objectives[request],
                request.methods,
                segments=request.segments,
                versus=request.versus,
                through=through.get(request, ()),
            )
            for request in objectives
        }
        for request, explained, encoding in requests:
            prediction: dict[str, Any] = {
                fields.TOKENS: list(encoding.pieces),
                fields.GRADIENT_OF: fields.LOG_PROBABILITY,
                **next(streams[request]),
            }
            if request.versus is not None:
                sides = (
                    (request.ids, explained.objective),
                    (request.versus.ids, request.versus.objective),
                )
                prediction[fields.CONTRAST_LOGPROBS] = [
                    self._engine.value(ids, side) for ids, side in sides
                ]
                prediction[fields.CONTRAST_SHARED] = request.versus.shared_with(request.ids)
            yield prediction

    def _request(self, record: Record) -> tuple["_Request", "_Explained", Encoding]:
        """Returns what a record asks for; records with equal requests share passes."""
        encoding = self._encoder.sequence(record)
        selection = request_fields.selection_of(record, encoding)
        versus = request_fields.contrast_of(record, self.explainer, encoding, selection)
        segments = request_fields.ranges_of(record, fields.SEGMENTS)
        if versus is not None:
            segments = versus.shared_segments(encoding.ids, segments)
        passes = request_fields.flag_of(record, fields.THROUGH_THINKING)
        request = _Request(encoding.ids, self._methods(record), segments, versus, passes)
        through = Through.before(encoding, selection) if passes else None
        return request, _Explained(selection.objective(encoding.ids), through), encoding

    def _methods(self, record: Record) -> tuple[str, ...]:
        """Returns the names of the methods that a record asks for.

        Raises:
            ValueError: its field holds anything but names of methods; a request may hold any JSON.
        """
        found = registry.find_methods(request_fields.methods_of(record), self._encoder.lm)
        return tuple(method.info.name for method in found)


@dataclasses.dataclass(frozen=True)
class _Request:
    """What several selections of one sequence share.

    Attributes:
        ids: the sequence.
        methods: the names of the methods.
        segments: what methods for segments score.
        versus: the other side of a contrast.
        passes: whether what falls on the thinking is passed on.
    """

    ids: tuple[int, ...]
    methods: tuple[str, ...]
    segments: Segments
    versus: Contrast | None
    passes: bool


@dataclasses.dataclass(frozen=True)
class _Explained:
    """What is explained: an objective, and the thinking whose scores are passed on, if any are."""

    objective: Objective
    through: Through | None
