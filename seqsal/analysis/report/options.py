"""What a report has."""

import dataclasses
from collections.abc import Mapping
from typing import Any


@dataclasses.dataclass(frozen=True, kw_only=True)
class ReportOptions:
    """What a report has; the fields are arguments of `Analysis.to_html`.

    Attributes:
        split: separates records by outcome; None for none.
        pair: the column of the data that says which records are the same.
        max_records: how many records of each model and data set are listed and can be opened.
        intervals: confidence, resamples and seed.

    Raises:
        ValueError: `max_records` is no number of records.
    """

    split: str | None = None
    pair: str | None = None
    max_records: int = 2000
    intervals: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        if isinstance(self.max_records, bool) or self.max_records < 0:
            raise ValueError(
                f"max_records must be a number of records, 0 or more; got {self.max_records!r}."
            )
