"""The tables of a run, read when they are asked for."""

import functools
import operator
import os
import pathlib
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from seqsal.analysis import aggregates
from seqsal.analysis.output_folder import DESCRIPTIONS, IN_MEMORY, OutputFolder
from seqsal.analysis.tables import TABLES
from seqsal.attribution.method import MethodInfo
from seqsal.results.methods import describe_method

if TYPE_CHECKING:
    import pandas as pd

GROUPS: Final = ("model", "dataset", "method")
"""What a run can have several of."""


class StoredTables:
    """The tables of a run, or those rows that are of one model, data set or method.

    Attributes:
        manifest: models, data sets, settings and versions of the run.
        chosen: the model, data set and method that all rows are of.
    """

    def __init__(self, folder: str | os.PathLike[str], **chosen: str) -> None:
        """Opens the folder of a run, which may still be running.

        Args:
            folder: the folder.
            **chosen: the model, data set or method that all rows are of; none for all rows.

        Raises:
            ValueError: it holds no run, or one with another schema.
        """
        self._folder = OutputFolder(folder)
        self.manifest: dict[str, Any] = self._folder.manifest()
        self.chosen = chosen

    @property
    def folder(self) -> pathlib.Path:
        """The folder of the run."""
        return self._folder.path

    def table(
        self,
        name: str,
        columns: Sequence[str] | None = None,
        *,
        records: Collection[int] | None = None,
    ) -> "pd.DataFrame":
        """Returns a table: records, segments, tokens or errors; see docs/analysis.md.

        Args:
            name: the table.
            columns: the columns to read; None for all.
            records: the numbers of the records to read; None for all.

        Raises:
            ValueError: there is no such table.
        """
        import pandas as pd

        if name not in TABLES:
            raise ValueError(f"A table is one of {', '.join(TABLES)}; got {name!r}.")
        return pd.concat([*self.parts(name, columns, records)], ignore_index=True)

    def parts(
        self,
        name: str,
        columns: Sequence[str] | None = None,
        records: Collection[int] | None = None,
    ) -> "Iterator[pd.DataFrame]":
        """Yields an empty table and then its parts, none of which ends within a record."""
        schema = TABLES[name]
        wanted = pa.schema([schema.field(each) for each in columns or schema.names])
        conditions = [
            pc.field(key) == self.chosen[key] for key in self.chosen if key in schema.names
        ]
        if records is not None:
            conditions.append(pc.field("record").isin(list(records)))
        condition = functools.reduce(operator.and_, conditions) if conditions else None
        yield wanted.empty_table().to_pandas()
        for file in self._folder.files(name):
            part = pq.read_table(file, columns=wanted.names, filters=condition)
            if len(part):
                yield part.to_pandas()

    def check_not_empty(self) -> None:
        """Checks that a record was analyzed.

        Raises:
            ValueError: all of them failed.
        """
        counts = [pq.read_metadata(file).num_rows for file in self._folder.files("records")]
        if not sum(counts):
            errors = self.table("errors")
            if errors.empty:
                raise ValueError(
                    f"{self.folder} holds no record yet. Run the same seqsal analyze again; it goes"
                    " on where it stopped."
                )
            first = errors.iloc[0]
            raise ValueError(
                f"All {len(errors)} records failed. The first, line {first['line']} of"
                f" {first['dataset']!r}: {first['message']}"
            )

    def by_record(self) -> "pd.DataFrame":
        """Returns rows as `aggregates.by_record` does, without holding all segments in memory."""
        import pandas as pd

        parts = self.parts("segments", aggregates.COLUMNS)
        rows = [aggregates.by_record(part) for part in parts]
        return pd.concat([part for part in rows if len(part)] or rows, ignore_index=True)

    def names(self, kind: str) -> list[str]:
        """Returns the models, data sets or methods of the run."""
        if kind in self.chosen:
            return [self.chosen[kind]]
        if kind == "method":
            return [each.split(" ")[0] for each in self.manifest["settings"]["methods"]]
        return list(self.manifest[f"{kind}s"])

    def describe(self, method: str) -> MethodInfo:
        """Returns the description of a method, as it was when the run was made."""
        return describe_method(
            method, map(MethodInfo.from_json, self.manifest.get(DESCRIPTIONS, ()))
        )

    @property
    def has_tokens(self) -> bool:
        """Whether the table `tokens` has the records, so that they can be opened."""
        return bool(self.manifest["settings"].get("tokens", True))

    def one(self, kind: str) -> str:
        """Returns the only model, data set or method of these rows.

        Raises:
            ValueError: there are several.
        """
        names = self.names(kind)
        if len(names) > 1:
            raise ValueError(
                f"This needs an analysis of one {kind}, and this one has {', '.join(names)}."
                f" Choose one: analysis.where({kind}={names[0]!r})."
            )
        return names[0]

    def path_of(self, model: str) -> str:
        """Returns the path of a model.

        Raises:
            ValueError: the run had it in memory.
        """
        path: str = self.manifest["models"][model]
        if path == IN_MEMORY:
            raise ValueError(
                f"The run had the model {model!r} in memory. Give it as model=, and the tokenizer"
                " of a Transformers model as tokenizer=."
            )
        return path
