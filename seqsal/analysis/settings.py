"""The settings of a run: everything that its rows depend on, apart from models and data."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Final

from seqsal.analysis.labels import LabelRule
from seqsal.analysis.labels.lines import LineLabels
from seqsal.analysis.selection_rules import SelectionRule, WholeAnswer
from seqsal.attribution import registry
from seqsal.attribution.registry import AnyMethod
from seqsal.options import Options
from seqsal.results.segmentation import starts

LABELS: Final = "labels"
"""The granularity whose segments are the labelled parts."""
REMOVALS: Final = ("none", "labels", "segments")
ANSWERS: Final = ("auto", "generate")


class SettingError(ValueError):
    """A setting is wrong, or fits none of the records.

    Attributes:
        setting: its name.
    """

    def __init__(self, setting: str, message: str) -> None:
        super().__init__(message)
        self.setting = setting


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """How records become rows. It can be pickled if its rules and methods can be.

    Attributes:
        select: which part of each answer is explained.
        labels: what makes segments of different records comparable.
        methods: attribution methods, by name or as objects; None for all that need only a
            backward pass.
        granularity: the segments, as in `Result.segments`; or labels, for the labelled parts. The
            parts of labels start and end segments, too.
        removals: what is removed to measure effects: none; labels, all segments of a label
            together; or segments, each segment as well.
        answers: auto: the target of a record if it has one, or else the model's answer;
            generate: always the model's answer.
        batch_size: how many answers are generated at a time.
        tokens: whether the tokens of each record and their scores are kept, so that it can be
            opened in the usual view.
        options: fields of `seqsal.Options` that differ from its defaults.

    Raises:
        ValueError: a setting is not valid.
        TypeError: an option has an unknown name.
    """

    select: SelectionRule = dataclasses.field(default_factory=WholeAnswer)
    labels: LabelRule = dataclasses.field(default_factory=LineLabels)
    methods: Sequence[str | AnyMethod] | None = None
    granularity: str = "sentences"
    removals: str = "none"
    answers: str = "auto"
    batch_size: int = 32
    tokens: bool = True
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        registry.find_methods(self.methods)
        for name, value, known in (
            ("removals", self.removals, REMOVALS),
            ("answers", self.answers, ANSWERS),
        ):
            if value not in known:
                raise ValueError(f"{name} must be one of {', '.join(known)}; got {value!r}.")
        if self.granularity not in (LABELS, "tokens"):
            starts("", self.granularity)
        if isinstance(self.batch_size, bool) or self.batch_size < 1:
            raise ValueError(f"batch_size must be at least 1; got {self.batch_size!r}.")
        if Options(**self.options).num_samples > 1:
            raise ValueError(
                "An analysis explains one answer to each prompt; got"
                f" num_samples={self.options['num_samples']}. Leave it out."
            )

    @property
    def chunk_size(self) -> int:
        """How many records are analyzed and written together."""
        return 4 * self.batch_size

    @property
    def found_methods(self) -> list[AnyMethod]:
        """The attribution methods."""
        return registry.find_methods(self.methods)

    def to_json(self) -> dict[str, Any]:
        """Returns the settings as a JSON object, the same for equal settings."""
        methods = self.found_methods
        return {
            "select": self.select.name,
            "labels": dict(self.labels.settings),
            "methods": [
                f"{method.info.name} {method.info.version} {method.info.options}".strip()
                for method in methods
            ],
            "granularity": self.granularity,
            "removals": self.removals,
            "answers": self.answers,
            "batch_size": self.batch_size,
            # Left out where it is true: runs of before the setting have it so.
            **({} if self.tokens else {"tokens": False}),
            "options": {
                field.name: list(value) if isinstance(value, tuple) else value
                for field, value in Options(**self.options).items()
                if value != field.default
            },
        }
