"""The body of a job request."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal

import msgspec

from seqsal.lit.app import json_body
from seqsal.server.jobs.analysis import AnalysisJob
from seqsal.shared import fields as field_names

Kind = Literal["generation", "tokens", "salience", "logprobs", "removal", "totals", "alternatives"]
Name = Annotated[str, msgspec.Meta(min_length=1)]

_MODEL_NAMES: Final[Mapping[Kind, Callable[[str], str]]] = {
    "generation": str,
    "tokens": field_names.tokenizer_name,
    "salience": field_names.salience_name,
    "logprobs": field_names.logprobs_name,
    "removal": field_names.removal_name,
    "totals": field_names.totals_name,
    "alternatives": field_names.alternatives_name,
}

_FIELDS_OF: Final[Mapping[str, tuple[Kind, ...]]] = {
    "target_masks": ("salience", "removal", "totals"),
    "methods": ("salience", "totals"),
    "segments": ("salience",),
    "versus": ("salience", "removal"),
    "through_thinking": ("salience",),
    "removals": ("removal",),
    "positions": ("alternatives",),
    "stop": ("generation",),
}
"""The fields of a job that only some kinds have."""


class Job(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A prediction that a client requests.

    Attributes:
        kind: which model of the group predicts.
        model: the name of the language model.
        record: the fields of the prompt.
        target_masks: for salience, removal and totals: the selections, each with a weight per
            token; one for removal.
        methods: for salience and totals: the names of the attribution methods; empty for the
            model's default.
        segments: for salience: the ranges [start, end) of tokens that methods for segments score.
        versus: for salience and removal: the other side of a contrast, {"token": id} or
            {"text": text}.
        through_thinking: for salience: whether what falls on the thinking before a selection is
            passed on to what the thinking depends on.
        removals: for removal: the ranges of tokens to remove, one list for each result.
        stop: for generation: texts that end the answer before them; None for those of the server's
            options.
        positions: for alternatives: the tokens, one for each result.
        fields: the fields of each prediction to send; empty for all.
        client: identifies the client; clients take turns.
        view: identifies a view of the client; a new job of a view cancels the previous one.
        prefetch: whether the result is wanted for later; all other jobs run first. Requests name
            it `ahead`.
    """

    kind: Kind
    model: str
    record: dict[str, Any]
    target_masks: list[list[bool | int | float]] = []
    methods: list[Name] = []
    segments: list[tuple[int, int]] = []
    versus: dict[str, int | str] | None = None
    through_thinking: bool = False
    removals: list[list[tuple[int, int]]] = []
    stop: list[Name] | None = None
    positions: list[int] = []
    fields: list[str] = []
    client: str = ""
    view: str = ""
    prefetch: bool = msgspec.field(default=False, name="ahead")

    def __post_init__(self) -> None:
        for name, kinds in _FIELDS_OF.items():
            if getattr(self, name) not in (None, [], False) and self.kind not in kinds:
                raise ValueError(f"{name} is only for kind {kinds[0]!r}, got kind {self.kind!r}")
        if self.kind == "removal" and len(self.target_masks) != 1:
            raise ValueError(f"removal needs one target mask, got {len(self.target_masks)}")

    @property
    def model_name(self) -> str:
        """The name of the LIT model that predicts."""
        return _MODEL_NAMES[self.kind](self.model)

    @property
    def records(self) -> list[dict[str, Any]]:
        """The inputs of the LIT model, one for each result."""
        record = dict(self.record)
        if self.methods:
            record[field_names.METHODS] = self.methods
        if self.segments:
            record[field_names.SEGMENTS] = [list(segment) for segment in self.segments]
        if self.versus is not None:
            record[field_names.VERSUS] = self.versus
        if self.through_thinking:
            record[field_names.THROUGH_THINKING] = True
        if self.stop is not None:
            record[field_names.STOP] = self.stop
        if self.kind == "alternatives":
            return [{**record, field_names.POSITION: position} for position in self.positions]
        if self.kind == "removal":
            record[field_names.TARGET_MASK] = self.target_masks[0]
            return [{**record, field_names.REMOVAL: removal} for removal in self.removals]
        if not self.target_masks:
            return [record]
        return [{**record, field_names.TARGET_MASK: mask} for mask in self.target_masks]


def parse(body: bytes) -> Job | AnalysisJob:
    """Returns the job in the body of a request.

    Raises:
        ValueError: the body is not JSON, or not a job.
    """
    data = json_body.parse(body)
    is_analysis = isinstance(data, dict) and data.get("kind") == "analysis"
    job_type: type[Job | AnalysisJob] = AnalysisJob if is_analysis else Job
    try:
        return msgspec.convert(data, job_type)
    except msgspec.ValidationError as error:
        fields = msgspec.structs.fields(job_type)
        required = [field.encode_name for field in fields if field.required]
        optional = [field.encode_name for field in fields if not field.required]
        kinds = "" if is_analysis else f"; kind is one of {', '.join([*_MODEL_NAMES, 'analysis'])}"
        raise ValueError(
            f"Not a job: {error}. A job is a JSON object with {', '.join(required)} and optionally"
            f" {', '.join(optional)}{kinds}."
        ) from None
