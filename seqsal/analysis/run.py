"""`seqsal.analyze`: attributes the answers to many prompts, and writes tables."""

import contextlib
import itertools
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack

from seqsal.analysis.analysis import Analysis
from seqsal.analysis.labels import LabelRule, find_rule
from seqsal.analysis.output_folder import OutputFolder
from seqsal.analysis.plan import Part, Plan
from seqsal.analysis.record_bar import RecordBar, record_bar
from seqsal.analysis.records import Datasets, find_sources
from seqsal.analysis.selection_rules import SelectionRule, find_selection_rule
from seqsal.analysis.settings import Settings
from seqsal.analysis.survey import survey
from seqsal.analysis.workers import run_on_all
from seqsal.attribution.explainers import path_of
from seqsal.attribution.registry import AnyMethod
from seqsal.options import AnalysisOptionValues
from seqsal.shared.named_paths import split_model

if TYPE_CHECKING:
    from seqsal.analysis.cluster.execution import Cluster

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
    batch_size: int = 32,
    limit: int | None = None,
    tokens: bool = True,
    tokenizer: Any = None,
    ray: str | None = None,
    ray_actors: int | None = None,
    ray_cores: int = 1,
    progress: bool | None = None,
    **options: Unpack[AnalysisOptionValues],
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
        tokens: whether to keep the tokens of each record and their scores, which is the largest
            table. Without it records cannot be opened in a report or by `Analysis.result`.
        tokenizer: the tokenizer of a Transformers model in memory.
        ray: runs on a Ray cluster: auto, for the one that this machine is part of, or host:port.
            None: in this process.
        ray_actors: how many copies of the model run on the cluster. None: one for each GPU, or as
            many as it has cores for.
        ray_cores: processor cores of each copy.
        progress: whether to show a progress bar. None: in a notebook or a terminal.
        **options: fields of `seqsal.Options`, as in `seqsal.explain`.

    Raises:
        ValueError: a setting is wrong, a model or a file cannot be read, the labels or the
            selection match nothing anywhere, the folder is of another run or cannot be written, or
            the cluster cannot be reached, has other versions or too little room for the model.
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
        tokens=tokens,
        options=options,
    )
    if limit is not None and (isinstance(limit, bool) or limit < 1):
        raise ValueError(f"limit must be a number of records of at least 1; got {limit!r}.")
    named, sources = find_models(models), find_sources(datasets)
    folder = OutputFolder(out)
    surveys = {
        each.name: survey(each.name, itertools.islice(each, limit), settings) for each in sources
    }
    plan = Plan(named, sources, settings, limit, tokenizer, surveys)
    with contextlib.ExitStack() as stack:
        cluster = (
            None if ray is None else stack.enter_context(_cluster(plan, ray, ray_actors, ray_cores))
        )
        stack.enter_context(folder.opened(plan.manifest()))
        bar = stack.enter_context(record_bar(plan.total, progress))
        for name in named:
            if cluster is None:
                _run_here(plan, name, folder, bar)
            else:
                _run_on_cluster(cluster, plan, name, folder, bar)
    analysis = Analysis(folder.path)
    analysis.check_not_empty()
    return analysis


def _run_here(plan: Plan, model: str, folder: OutputFolder, bar: RecordBar) -> None:
    """Runs the parts of a model that the folder lacks, on all devices of this process."""
    analyzers = plan.analyzers(model)

    def work(part: Part, device: str) -> None:
        number, chunk = part
        if folder.has(number):
            bar.skip(len(chunk))
            return
        folder.write(number, analyzers[device](chunk))
        bar.update(len(chunk))

    run_on_all(plan.parts(model), list(analyzers), work)


def _cluster(
    plan: Plan, address: str, actors: int | None, cores: int
) -> "contextlib.AbstractContextManager[Cluster]":
    """Returns the context in which a cluster is connected and checked."""
    from seqsal.analysis.cluster.connection import RayOptions, import_ray

    options = RayOptions(address=address, actors=actors, cores=cores)
    import_ray()
    from seqsal.analysis.cluster.execution import cluster

    return cluster(plan, options)


def _run_on_cluster(
    cluster: "Cluster", plan: Plan, model: str, folder: OutputFolder, bar: RecordBar
) -> None:
    """Runs the parts of a model that the folder lacks, on a cluster; this process writes them."""
    sizes = plan.sizes(model)
    done = [number for number in sizes if folder.has(number)]
    bar.skip(sum(sizes[number] for number in done))
    for number, rows in cluster.rows(model, done) if len(done) < len(sizes) else ():
        if not folder.has(number):  # Ray may repeat what a lost node had.
            folder.write(number, rows)
            bar.update(sizes[number])


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
