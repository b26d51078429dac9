"""What a run consists of: models, data sets and settings, cut into parts."""

import dataclasses
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from seqsal.analysis.batch import BatchAnalyzer
from seqsal.analysis.output_folder import DESCRIPTIONS, IN_MEMORY
from seqsal.analysis.records import InputRecord, RecordSource, chunks
from seqsal.analysis.settings import Settings
from seqsal.analysis.survey import Survey
from seqsal.models import frameworks
from seqsal.options import Options

Part = tuple[int, list[InputRecord]]
"""The number of a part, and its records."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """The parts of a run, the same each time and wherever they run.

    Attributes:
        models: paths, or models in memory, by name.
        sources: the data sets.
        settings: how records become rows.
        limit: the number of records of each data set; None for all.
        tokenizer: the tokenizer of a Transformers model in memory.
        surveys: the counts of each data set.
    """

    models: Mapping[str, Any]
    sources: Sequence[RecordSource]
    settings: Settings
    limit: int | None
    tokenizer: Any
    surveys: Mapping[str, Survey]

    @property
    def total(self) -> int:
        """The number of records to analyze; each counts once for each model."""
        return len(self.models) * sum(each.total for each in self.surveys.values())

    def analyzers(self, model: str) -> dict[str, BatchAnalyzer]:
        """Returns what makes the rows of a model, by device; a copy of the model for each."""
        given, settings = self.models[model], self.settings
        if not isinstance(given, str | os.PathLike):
            return {"": BatchAnalyzer(model, given, settings, self.tokenizer)}
        devices = frameworks.devices(Options(**settings.options))
        return {
            device: BatchAnalyzer(
                model,
                given,
                settings
                if len(devices) == 1
                else dataclasses.replace(settings, options={**settings.options, "device": device}),
                self.tokenizer,
            )
            for device in devices
        }

    def sizes(self, model: str) -> dict[int, int]:
        """Returns the numbers of the parts of a model, each with how many records it has."""
        size = self.settings.chunk_size
        of_one = [
            min(size, each.total - start)
            for each in self.surveys.values()
            for start in range(0, each.total, size)
        ]
        return dict(enumerate(of_one, start=len(of_one) * list(self.models).index(model)))

    def parts(self, model: str) -> Iterator[Part]:
        """Yields the number and the records of each part of a model."""
        numbers = iter(self.sizes(model))
        for source in self.sources:
            for chunk in chunks(source, self.settings.chunk_size, self.limit):
                yield next(numbers), chunk

    def manifest(self) -> dict[str, Any]:
        """Returns what the rows depend on, as JSON; not where the run takes place.

        It also describes the methods.
        """
        return {
            "models": {
                name: str(model) if isinstance(model, str | os.PathLike) else IN_MEMORY
                for name, model in self.models.items()
            },
            "datasets": {source.name: source.fingerprint() for source in self.sources},
            "limit": self.limit,
            "settings": self.settings.to_json(),
            # For people and reports; what the rows depend on is in the settings.
            DESCRIPTIONS: [method.info.to_json() for method in self.settings.found_methods],
        }
