"""The tables of a run by label: aggregates, and differences between runs."""

from typing import TYPE_CHECKING, TypeVar

from seqsal.analysis import aggregates, difference, outcomes
from seqsal.analysis.bootstrap import Bootstrap
from seqsal.analysis.stored_tables import GROUPS, StoredTables

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T", bound=StoredTables)


class LabelTables(StoredTables):
    """The tables of a run with what they say of each label.

    `StoredTables` describes the attributes, and how a folder is opened.
    """

    def where(
        self: T, *, model: str | None = None, dataset: str | None = None, method: str | None = None
    ) -> T:
        """Returns the part of this analysis that is of one model, data set or method.

        Raises:
            ValueError: the run has no such model, data set or method.
        """
        given = {"model": model, "dataset": dataset, "method": method}
        for name, value in given.items():
            known = self.names(name)
            if value is not None and value not in known:
                raise ValueError(f"{name} must be one of {', '.join(known)}; got {value!r}.")
        kept = {name: value for name, value in given.items() if value is not None}
        return type(self)(self.folder, **{**self.chosen, **kept})

    def of_one_group(self: T) -> T:
        """Returns this analysis.

        Raises:
            ValueError: it is of several models, data sets or methods.
        """
        for kind in GROUPS:
            self.one(kind)
        return self

    def labels(
        self,
        *,
        split: str | None = None,
        confidence: float = 0.95,
        resamples: int = 1000,
        seed: int = 0,
    ) -> "pd.DataFrame":
        """Returns one row for each label, by model, data set and method, the largest share first.

        The columns are label, region (prompt or target), kind (fixed or variable, for templates),
        records (those that have the label), share (the mean over these records of the label's
        share of all absolute scores), median_share, even_share (the label's share of the tokens,
        which it would have if scores were spread evenly), excess (share - even_share), top3 (how
        often the label is among the three with the largest shares) and effect (what the
        selection's log-probability loses without the label, in nats; NaN if it was not measured).
        Each but even_share has an interval over the records: `share_low`, `share_high` and so on.

        The last row of a group has the segments without a label, `(no label)`.

        Args:
            split: separates records by outcome, in the column `outcome`: target (whether the
                answer is the target), pattern:EXPRESSION (whether the answer has a match), or
                column:NAME (the value of a column of the data).
            confidence: the probability that an interval should cover.
            resamples: samples of the bootstrap.
            seed: equal seeds give equal intervals.

        Raises:
            ValueError: no record has what the split needs, or a number is out of range.
        """
        rows, groups = self.by_record(), aggregates.GROUP
        bootstrap = Bootstrap(confidence=confidence, resamples=resamples, seed=seed)
        if split is not None:
            records = self.table("records", outcomes.COLUMNS)
            records["outcome"] = outcomes.outcomes(records, split)
            rows = rows.merge(records[[*aggregates.RECORD, "outcome"]], on=aggregates.RECORD)
            groups = [*groups, "outcome"]
        return aggregates.by_label(rows, bootstrap, groups)

    def unused_labels(
        self, *, confidence: float = 0.95, resamples: int = 1000, seed: int = 0
    ) -> "pd.DataFrame":
        """Returns the labels of prompts whose removal has an effect with an interval around zero.

        They are candidates to delete; `verify` deletes them and answers again. The columns are
        model, dataset, label, kind, records, effect, effect_low and effect_high.

        Args:
            confidence: as in `labels`.
            resamples: as in `labels`.
            seed: as in `labels`.

        Raises:
            ValueError: the run has measured no effects.
        """
        rows = self.by_record().dropna(subset=["effect"])
        if rows.empty:
            raise ValueError(
                "This run has measured no removals. Run seqsal analyze with --removals=labels into"
                " another folder."
            )
        rows = rows[rows["region"] == "prompt"].drop_duplicates([*aggregates.RECORD, "label"])
        bootstrap = Bootstrap(confidence=confidence, resamples=resamples, seed=seed)
        table = aggregates.by_label(rows, bootstrap, ["model", "dataset"])
        columns = ["model", "dataset", "label", "kind", "records"]
        effects = ["effect", "effect_low", "effect_high"]
        return aggregates.without_effect(table)[[*columns, *effects]].reset_index(drop=True)

    def difference(
        self,
        other: "LabelTables",
        *,
        pair: str | None = None,
        confidence: float = 0.95,
        resamples: int = 1000,
        seed: int = 0,
    ) -> "pd.DataFrame":
        """Returns how the shares and effects of labels differ from those of another analysis.

        Each side is of one model, data set and method; `where` chooses them. Records are paired
        where they are the same, and otherwise compared as independent samples. The columns are
        label, region, records, records_other, share, share_other, difference (share -
        share_other), effect_difference, and the intervals of both, the largest difference first;
        `attrs["paired"]` of the table is the number of pairs, or 0.

        Args:
            other: what to subtract.
            pair: the column of the data that says which records are the same. None: those with the
                same number, if their prompts, or their other columns and targets, are the same.
            confidence: as in `labels`.
            resamples: as in `labels`.
            seed: as in `labels`.

        Raises:
            ValueError: a side has several models, data sets or methods, or no record has the
                column.
        """
        sides = [side.of_one_group().by_record() for side in (self, other)]
        pairs = self._pairs(other, pair)
        bootstrap = Bootstrap(confidence=confidence, resamples=resamples, seed=seed)
        table = difference.by_label(sides[0], sides[1], pairs, bootstrap)
        table.attrs["paired"] = 0 if pairs is None else len(pairs)
        return table

    def most_different(
        self,
        other: "LabelTables",
        *,
        label: str | None = None,
        pair: str | None = None,
        count: int = 10,
    ) -> "pd.DataFrame":
        """Returns the records that differ most from those of another analysis.

        The columns are record, line, record_other, distance, prompt, answer, prompt_other and
        answer_other.

        Args:
            other: what to compare with.
            label: compares the shares of one label, whose difference is then the distance. None:
                the distance is half the sum of the absolute differences of all labels' shares.
            pair: as in `difference`.
            count: the number of records.

        Raises:
            ValueError: as in `difference`, or the records are not the same.
        """
        sides = [side.of_one_group().by_record() for side in (self, other)]
        pairs = self._pairs(other, pair)
        if pairs is None:
            raise ValueError(
                "The two analyses have different records, so that none can be compared. Name the"
                " column of the data that says which are the same, such as pair='id'."
            )
        found = difference.by_record(sides[0], sides[1], pairs, label)[:count]
        columns = ["record", "line", "prompt", "answer"]
        mine, others = (side.table("records", columns) for side in (self, other))
        others = others.drop(columns="line").add_suffix("_other")
        merged = found.merge(mine, on="record").merge(others, on="record_other")
        order = ["record", "line", "record_other", "distance", "prompt", "answer"]
        return merged[[*order, "prompt_other", "answer_other"]]

    def _pairs(self, other: "LabelTables", pair: str | None) -> "pd.DataFrame | None":
        columns = ["record", "prompt", "target", "columns"]
        one, two = (side.table("records", columns) for side in (self, other))
        return difference.pair_records(one, two, pair)
