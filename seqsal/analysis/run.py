"""`seqsal.analyze`: attributes the answers to many prompts, and writes tables."""

import dataclasses
import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from seqsal.analysis.analysis import Analysis
from seqsal.analysis.batch import BatchAnalyzer
from seqsal.analysis.labels import LabelRule, find_rule
from seqsal.analysis.output_folder import IN_MEMORY, OutputFolder
from seqsal.analysis.record_bar import record_bar
from seqsal.analysis.records import Datasets, InputRecord, RecordSource, chunks, find_sources
from seqsal.analysis.selection_rules import SelectionRule, find_selection_rule
from seqsal.analysis.settings import Settings
from seqsal.analysis.survey import Survey, survey
from seqsal.analysis.workers import run_on_all
from seqsal.attribution.explainers import path_of
from seqsal.attribution.registry import AnyMethod
from seqsal.models import frameworks
from seqsal.options import Options
from seqsal.shared.named_paths import split_model

Models = str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | Mapping[str, Any]
"""A path, several, or by name paths or models in memory."""


def analyze(
    models: Models,
    datasets: Datasets,
    out: str | os.PathLike[str],
    *,
    select: str | SelectionRule = "answer",
    labels: str | LabelRule = "lines",
    methods: Sequence[str | AnyMethod] | None = None,
    granularity: str = "sentences",
    removals: str = "none",
    answers: str = "auto",
    batch_size: int = 16,
    limit: int | None = None,
    tokenizer: Any = None,
    progress: bool | None = None,
    **options: Any,
) -> Analysis:
    """Returns what the answers to all prompts of data sets depend on.

    Each record is answered, a part of its answer is selected and explained, and its rows are
    written to Parquet files in a folder (docs/analysis.md). Called again with the same folder and
    settings, it continues where it stopped. A record that fails is a row of the table `errors`.

    Args:
        models: a path as in `seqsal.explain`, or `name:path`; several of them; or by name paths or
            models in memory.
        datasets: a .jsonl or .txt file, or `name:path`; several of them; the names of those that
            ship with seqsal; or by name paths or records with `prompt` or `messages`.
        out: the folder for the tables. It is made, empty, or that of the same run.
        select: what is explained of each answer: answer, last_sentence, or a regular expression,
            whose group 1 or whole first match is explained.
        labels: what makes segments of different records comparable: lines (the text before a
            line's first colon), roles, template:FILE, pattern:EXPRESSION with named groups, or a
            rule of `seqsal.analysis.labels`.
        methods: as in `seqsal.explain`.
        granularity: the segments, as in `Result.segments`, cut at the borders of labels, too; or
            labels, for one segment for each labelled part.
        removals: the effects that are measured by removing parts of the prompt: none; labels, for
            all of a label's segments together; or segments, for each segment as well.
        answers: auto: the target of a record if it has one, or else the model's answer; generate:
            the model's answer.
        batch_size: how many answers are generated at a time.
        limit: the number of records of each data set; None for all.
        tokenizer: the tokenizer of a Transformers model in memory.
        progress: whether to show a progress bar. None: in a notebook or a terminal.
        **options: fields of `seqsal.Options`, as in `seqsal.explain`.

    Raises:
        ValueError: a setting is wrong, a model or a file cannot be read, the labels or the
            selection match nothing anywhere, or the folder is of another run or cannot be written.
        TypeError: an option has an unknown name.
    """
    settings = Settings(
        select=find_selection_rule(select),
        labels=find_rule(labels),
        methods=methods,
        granularity=granularity,
        removals=removals,
        answers=answers,
        batch_size=batch_size,
        options=options,
    )
    if limit is not None and (isinstance(limit, bool) or limit < 1):
        raise ValueError(f"limit must be a number of records of at least 1; got {limit!r}.")
    named, sources = find_models(models), find_sources(datasets)
    folder = OutputFolder(out)
    surveys = {
        each.name: survey(each.name, itertools.islice(each, limit), settings) for each in sources
    }
    plan = _Plan(named, sources, settings, limit, tokenizer, surveys)
    total = len(named) * sum(each.total for each in surveys.values())
    with folder.opened(plan.manifest()), record_bar(total, progress) as bar:
        for name in named:
            analyzers = plan.analyzers(name)

            def work(part: _Part, device: str) -> None:
                number, chunk = part
                if folder.has(number):
                    bar.skip(len(chunk))
                    return
                folder.write(number, analyzers[device](chunk))  # noqa: B023
                bar.update(len(chunk))

            run_on_all(plan.parts(name), list(analyzers), work)
    analysis = Analysis(folder.path)
    analysis.check_not_empty()
    return analysis


def find_models(models: Models) -> dict[str, Any]:
    """Returns models or their paths by name.

    Raises:
        ValueError: there is none, or two have the same name.
    """
    if isinstance(models, Mapping):
        named = list(models.items())
    else:
        single = isinstance(models, str | os.PathLike)
        paths: Sequence[str | os.PathLike[str]] = [models] if single else models  # type: ignore[list-item,assignment]
        texts = [os.fspath(path) for path in paths]
        named = [(split_model(text)[0], path_of(text)) for text in texts]
    found = dict(named)
    if not named or len(found) < len(named):
        raise ValueError(
            "models must be at least one, each with a name of its own; got"
            f" {[name for name, _ in named]}. Name them as name:path."
        )
    return found


_Part = tuple[int, list[InputRecord]]
"""The number of a part, and its records."""


@dataclasses.dataclass(frozen=True)
class _Plan:
    """The parts of a run, the same each time."""

    models: Mapping[str, Any]
    sources: Sequence[RecordSource]
    settings: Settings
    limit: int | None
    tokenizer: Any
    surveys: Mapping[str, Survey]

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

    def parts(self, model: str) -> Iterator[_Part]:
        """Yields the number and the records of each part of a model."""
        of_one = sum(-(-each.total // self.settings.chunk_size) for each in self.surveys.values())
        numbers = itertools.count(of_one * list(self.models).index(model))
        for source in self.sources:
            for chunk in chunks(source, self.settings.chunk_size, self.limit):
                yield next(numbers), chunk

    def manifest(self) -> dict[str, Any]:
        return {
            "models": {
                name: str(model) if isinstance(model, str | os.PathLike) else IN_MEMORY
                for name, model in self.models.items()
            },
            "datasets": {source.name: source.fingerprint() for source in self.sources},
            "limit": self.limit,
            "settings": self.settings.to_json(),
        }
