"""An analysis of records in memory, whose aggregates can be read while it runs."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from seqsal.analysis import aggregates
from seqsal.analysis.batch import BatchAnalyzer
from seqsal.analysis.bootstrap import Bootstrap
from seqsal.analysis.expressions import SlowExpressionError
from seqsal.analysis.records import InputRecord, RecordSource, chunks
from seqsal.analysis.settings import SettingError, Settings
from seqsal.analysis.survey import Survey, survey
from seqsal.analysis.tables import Rows
from seqsal.models.progress import tasks

if TYPE_CHECKING:
    import pandas as pd


class LiveAnalysis:
    """The aggregates of those records that are analyzed so far.

    Attributes:
        done: the number of records that are analyzed or failed.
        failed: the number of those that failed.
        segments: the number of their segments.
        unlabelled: the number of segments without a label.
        ambiguous: the number of records whose labels could be found in another way, too.
    """

    def __init__(
        self, name: str, model: Any, source: RecordSource, settings: Settings, tokenizer: Any = None
    ) -> None:
        """Loads nothing yet; the arguments are those of `BatchAnalyzer`, and the records."""
        self._analyzer = BatchAnalyzer(name, model, settings, tokenizer)
        self._source, self._settings = source, settings
        self._parts: list[pd.DataFrame] = []
        self.done = self.failed = self.segments = self.unlabelled = self.ambiguous = 0

    def check(self) -> Survey:
        """Returns counts of the records, if their analysis can begin.

        Raises:
            SettingError: the labels or the selection are in no record, or their expression takes
                too long.
            ValueError: there is no record, or the model does not support a method.
        """
        self._analyzer.explainer().find_methods(self._settings.methods)
        return survey(self._source.name, self._source, self._settings, accept_slow=False)

    def batches(self) -> Iterator[list[InputRecord]]:
        """Yields the records in order, in lists of `Settings.batch_size`."""
        return chunks(self._source, self._settings.batch_size, None)

    def add(self, batch: list[InputRecord]) -> tuple["pd.DataFrame", Rows]:
        """Analyzes a batch; returns its rows by record and label, and all of its rows.

        Returns:
            rows as `aggregates.by_record` returns them, and the rows of all tables.

        Raises:
            SettingError: an expression takes too long on a record; it would on others, too.
            CancelledError: the current task was cancelled.
        """
        rows = self._analyzer(batch)
        # Of a task that was cancelled, records failed for no fault of theirs.
        tasks.current_task().raise_if_cancelled()
        for error in rows.errors:
            if error["type"] == SlowExpressionError.__name__:
                raise SettingError(error["stage"], error["message"])
        self.done += len(batch)
        self.failed += len(rows.errors)
        for record in rows.records:
            self.segments += record["segments"]
            self.unlabelled += record["unlabelled"]
            self.ambiguous += record["ambiguous"]
        table = rows.table("segments").select(aggregates.COLUMNS)
        by_record = aggregates.by_record(table.to_pandas())
        if len(by_record):
            self._parts.append(by_record)
        return by_record, rows

    def labels(self, bootstrap: Bootstrap | None = None) -> "pd.DataFrame":
        """Returns what `Analysis.labels` returns for the records so far.

        Args:
            bootstrap: how intervals are estimated; None for its defaults.
        """
        import pandas as pd

        bootstrap = bootstrap or Bootstrap()
        if not self._parts:
            return pd.DataFrame(columns=[*aggregates.GROUP, *aggregates.LABEL])
        self._parts = [pd.concat(self._parts, ignore_index=True)]
        return aggregates.by_label(self._parts[0], bootstrap)
