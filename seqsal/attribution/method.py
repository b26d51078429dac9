"""What a salience method says of itself."""

import dataclasses
from collections.abc import Mapping
from typing import Any


@dataclasses.dataclass(frozen=True)
class MethodInfo:
    """The description of a salience method, in the fields of `seqsal/shared/methods.json`.

    Attributes:
        name: the output field of the scores.
        version: grows when the method returns other numbers than before.
        label: a short name for people.
        help: one line.
        signed: whether scores have a sign; None if that is unknown.
        scores: what is scored: tokens or segments.
        cost: forward and backward passes per selection or segment.
        family: methods with the same non-empty family come from the same pass.
    """

    name: str
    version: int
    label: str
    help: str
    signed: bool | None
    scores: str
    cost: Mapping[str, Any]
    family: str

    def to_json(self) -> dict[str, Any]:
        """Returns the description as JSON values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "MethodInfo":
        """Returns the description in JSON values; unknown fields are ignored."""
        return cls(**{field.name: fields[field.name] for field in dataclasses.fields(cls)})
