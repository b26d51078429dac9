"""The body of a job request."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal

import msgspec

from seqsal.lit.app import json_body
from seqsal.shared import fields as field_names

Kind = Literal["generation", "tokens", "salience", "logprobs"]
Name = Annotated[str, msgspec.Meta(min_length=1)]

_MODEL_NAMES: Final[Mapping[Kind, Callable[[str], str]]] = {
    "generation": str,
    "tokens": field_names.tokenizer_name,
    "salience": field_names.salience_name,
    "logprobs": field_names.logprobs_name,
}


class Job(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A prediction that a client requests.

    Attributes:
        kind: which model of the group predicts.
        model: the name of the language model.
        record: the fields of the prompt.
        target_masks: for salience: the selections, each with a weight per token.
        methods: for salience: the names of the attribution methods to compute; empty for the
            model's default.
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
    fields: list[str] = []
    client: str = ""
    view: str = ""
    prefetch: bool = msgspec.field(default=False, name="ahead")

    def __post_init__(self) -> None:
        for name in ("target_masks", "methods"):
            if getattr(self, name) and self.kind != "salience":
                raise ValueError(f"{name} is only for kind 'salience', got kind {self.kind!r}")

    @property
    def model_name(self) -> str:
        """The name of the LIT model that predicts."""
        return _MODEL_NAMES[self.kind](self.model)

    @property
    def records(self) -> list[dict[str, Any]]:
        """The inputs of the LIT model, one per target mask."""
        record = {**self.record, field_names.METHODS: self.methods} if self.methods else self.record
        if not self.target_masks:
            return [record]
        return [{**record, field_names.TARGET_MASK: mask} for mask in self.target_masks]


def parse(body: bytes) -> Job:
    """Returns the job in the body of a request.

    Raises:
        ValueError: the body is not JSON, or not a job.
    """
    data = json_body.parse(body)
    try:
        return msgspec.convert(data, Job)
    except msgspec.ValidationError as error:
        required = [field.encode_name for field in msgspec.structs.fields(Job) if field.required]
        optional = [
            field.encode_name for field in msgspec.structs.fields(Job) if not field.required
        ]
        raise ValueError(
            f"Not a job: {error}. A job is a JSON object with {', '.join(required)} and optionally"
            f" {', '.join(optional)}; kind is one of {', '.join(_MODEL_NAMES)}."
        ) from None
