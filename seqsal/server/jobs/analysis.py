"""Jobs that analyze many examples: what their answers depend on, by label."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec

from seqsal.analysis import aggregates
from seqsal.analysis.labels import rule_of
from seqsal.analysis.live import LiveAnalysis
from seqsal.analysis.selection_rules import find_selection_rule
from seqsal.analysis.settings import SettingError, Settings
from seqsal.lit.app.active_tasks import ActiveTasks, ShuttingDownError
from seqsal.models.progress.tasks import CancelledError, Task

if TYPE_CHECKING:
    import pandas as pd

Name = Annotated[str, msgspec.Meta(min_length=1)]
Analysis = Callable[
    [str, str, Sequence[str | Mapping[str, Any]], Settings],
    LiveAnalysis,
]
"""Called as analysis(model, dataset, inputs, settings): returns an analysis that has not begun."""

BATCH_SIZE: Final = 4
"""Examples that are analyzed together. Few, so that a click does not wait long."""
_MAX_AGGREGATING: Final = 0.2
"""The share of the time that intervals may take before all examples are analyzed."""


class AnalysisJob(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An analysis of examples that a client requests. It gives way to all other jobs.

    Attributes:
        kind: always analysis.
        model: the name of the language model.
        dataset: the name of the dataset.
        inputs: the ids of examples of the dataset, or examples in LIT's format.
        select: the part of each answer that is explained, as in `seqsal.analyze`.
        labels: the rule for labels: {"kind": "lines"}, {"kind": "roles"}, {"kind": "template",
            "template": text} or {"kind": "pattern", "pattern": expression}.
        methods: the names of attribution methods; empty for the model's default.
        granularity: as in `seqsal.analyze`.
        removals: as in `seqsal.analyze`.
        client: identifies the client; clients take turns.
        view: identifies a view of the client; a new analysis of a view cancels the previous one.
    """

    kind: Literal["analysis"]
    model: Name
    dataset: Name
    inputs: list[str | dict[str, Any]]
    select: str = "answer"
    labels: dict[str, str] = msgspec.field(default_factory=lambda: {"kind": "lines"})
    methods: list[Name] = []
    granularity: Literal[
        "tokens", "words", "sentences", "lines", "paragraphs", "messages", "labels"
    ] = "sentences"
    removals: Literal["none", "labels"] = "none"
    client: str = ""
    view: str = ""

    @property
    def prefetch(self) -> bool:
        """True: all other jobs run first."""
        return True

    @property
    def settings(self) -> Settings:
        """How the examples are analyzed.

        Raises:
            SettingError: the selection or the labels are not valid.
            ValueError: another setting is not valid.
        """
        try:
            select = find_selection_rule(self.select)
        except ValueError as error:
            raise SettingError("select", str(error)) from None
        try:
            labels = rule_of(self.labels)
        except ValueError as error:
            raise SettingError("labels", str(error)) from None
        return Settings(
            select=select,
            labels=labels,
            methods=self.methods or None,
            granularity=self.granularity,
            removals=self.removals,
            batch_size=BATCH_SIZE,
        )


def run(
    job: AnalysisJob, task: Task, analysis: Analysis, active_tasks: ActiveTasks
) -> Iterator[dict[str, Any]]:
    """Yields what is known after each batch of examples, as JSON objects.

    Each batch is a task of its own: the time limit is one of a batch, and a shutdown does not wait
    for all examples.

    Args:
        job: what to analyze.
        task: the task of the job.
        analysis: makes the analysis.
        active_tasks: where the task of each batch is registered.

    Raises:
        SettingError: the selection or the labels are not valid, or fit none of the examples.
        ValueError: the analysis is not possible.
        CancelledError: the job was cancelled, or the server is shutting down.
    """
    live = analysis(job.model, job.dataset, job.inputs, job.settings)
    total = live.check().total
    clock = _Clock()
    for batch in live.batches():
        task.raise_if_cancelled()
        by_record, rows = _analyzed(live, batch, task, active_tasks)
        known = {
            "done": live.done,
            "of": total,
            "failed": live.failed,
            "segments": live.segments,
            "unlabelled": live.unlabelled,
            "ambiguous": live.ambiguous,
            "members": _members(by_record),
            "errors": [
                {name: error[name] for name in ("record", "stage", "message")}
                for error in rows.errors
            ],
        }
        if clock.is_due or live.done == total:
            with clock:
                known["labels"] = _rows(live.labels())
        yield known


def _analyzed(
    live: LiveAnalysis, batch: list[Any], task: Task, active_tasks: ActiveTasks
) -> tuple["pd.DataFrame", Any]:
    def report(event: str, details: dict[str, Any]) -> None:
        if event == "queued":
            task.report(event, **details)

    part = Task(task.client, prefetch=True, report=report)
    try:
        with task.on_cancel(part.cancel), active_tasks.run(part):
            return live.add(batch)
    except ShuttingDownError:
        raise CancelledError from None


class _Clock:
    """Measures how long intervals take, so that they do not take most of the time."""

    def __init__(self) -> None:
        self._ended, self._seconds = -math.inf, 0.0

    @property
    def is_due(self) -> bool:
        """Whether enough time has passed since the last intervals."""
        return time.monotonic() - self._ended >= self._seconds / _MAX_AGGREGATING

    def __enter__(self) -> None:
        self._start = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self._ended = time.monotonic()
        self._seconds = self._ended - self._start


def _rows(table: "pd.DataFrame") -> list[dict[str, Any]]:
    """Returns the rows of a table by label as JSON objects; null for what is not a number."""
    left_out = ["model", "dataset"]
    return [
        {name: _json(value) for name, value in row.items()}
        for row in table.drop(columns=left_out).to_dict("records")
    ]


def _members(by_record: "pd.DataFrame") -> list[dict[str, Any]]:
    """Returns for each label its records: number, share, and rank among the record's labels."""
    found = []
    for (method, *label), rows in by_record.groupby(["method", *aggregates.LABEL], sort=False):
        values = rows[["record", "share", "rank"]].itertuples(index=False)
        records = [[int(number), _json(share), _json(rank)] for number, share, rank in values]
        labelled = dict(zip(aggregates.LABEL, label, strict=True))
        found.append({"method": method, **labelled, "records": records})
    return found


def _json(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
