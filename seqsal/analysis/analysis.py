"""`seqsal.Analysis`: the tables of a run, and what they say together."""

import os
import pathlib
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from seqsal.analysis import aggregates, difference, outcomes, token_maps
from seqsal.analysis.bootstrap import Bootstrap
from seqsal.analysis.labels import rule_of
from seqsal.analysis.selection_rules import find_selection_rule
from seqsal.analysis.stored_tables import GROUPS, StoredTables
from seqsal.attribution.explainers import get_explainer
from seqsal.results.export.picture.style import FigureStyle
from seqsal.results.result import Result

if TYPE_CHECKING:
    import pandas as pd


class Analysis(StoredTables):
    """The tables that `seqsal.analyze` wrote, with aggregates, comparisons and figures.

    `StoredTables` describes the attributes, and how a folder is opened.
    """

    def where(
        self, *, model: str | None = None, dataset: str | None = None, method: str | None = None
    ) -> "Analysis":
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
        return Analysis(self.folder, **{**self.chosen, **kept})

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
        around_zero = (table["effect_low"] <= 0) & (table["effect_high"] >= 0)
        columns = ["model", "dataset", "label", "kind", "records"]
        effects = ["effect", "effect_low", "effect_high"]
        return table.loc[around_zero, [*columns, *effects]].reset_index(drop=True)

    def difference(
        self,
        other: "Analysis",
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
        sides = [side._of_one_group().by_record() for side in (self, other)]
        pairs = self._pairs(other, pair)
        bootstrap = Bootstrap(confidence=confidence, resamples=resamples, seed=seed)
        table = difference.by_label(sides[0], sides[1], pairs, bootstrap)
        table.attrs["paired"] = 0 if pairs is None else len(pairs)
        return table

    def most_different(
        self,
        other: "Analysis",
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
        sides = [side._of_one_group().by_record() for side in (self, other)]
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

    def verify(
        self,
        labels: Collection[str],
        *,
        model: Any = None,
        tokenizer: Any = None,
        progress: bool | None = None,
    ) -> "pd.DataFrame":
        """Returns the model's new answers to all prompts without the parts that have some labels.

        The columns are record, line, changed (whether the answer differs from that to the whole
        prompt, apart from white space around it; None where the prompt has none of the parts),
        selection_changed (likewise for the part of the answer that was explained), before, after
        and error.

        Args:
            labels: the labels of the parts that are removed together, such as those of
                `unused_labels`.
            model: the model, if the run had it in memory; None to load it as the run did.
            tokenizer: the tokenizer of a Transformers model in memory.
            progress: as in `seqsal.analyze`.

        Raises:
            ValueError: there are several models or data sets, no label is given, none of them is
                in a prompt, or the model cannot be loaded.
        """
        from seqsal.analysis import deletion

        self.one("dataset")
        name, settings = self.one("model"), self.manifest["settings"]
        options: dict[str, Any] = {
            option: tuple(value) if isinstance(value, list) else value
            for option, value in settings["options"].items()
        }
        explainer = get_explainer(
            self.path_of(name) if model is None else model, tokenizer, **options
        )
        return deletion.verify(
            explainer,
            self.table("records"),
            rule_of(settings["labels"]),
            labels,
            select=find_selection_rule(settings["select"]),
            batch_size=settings["batch_size"],
            progress=progress,
        )

    def result(self, record: int) -> Result:
        """Returns the explained answer to one prompt, as `seqsal.explain` gave it.

        Args:
            record: the number of the record, as in the tables.

        Raises:
            ValueError: there are several models or data sets, no such record was analyzed, or the
                run has no tokens.
        """
        for kind in ("model", "dataset"):
            self.one(kind)
        if not self.has_tokens:
            raise ValueError(
                "A result needs the tokens of the record, and this run has none (--no-tokens). Run"
                " seqsal analyze without --no-tokens into another folder."
            )
        results = token_maps.results(self, [record])
        if not results:
            raise ValueError(
                f"No record {record} was analyzed. The column `record` of analysis.table('records')"
                " has the numbers of those that were."
            )
        return results[record]

    def to_html(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        split: str | None = None,
        versus: "Analysis | None" = None,
        pair: str | None = None,
        max_records: int = 2000,
        confidence: float = 0.95,
        resamples: int = 1000,
        seed: int = 0,
    ) -> str:
        """Returns a report as an interactive page that needs no server and no network.

        It has the tables, the prompt as a heatmap of its labels, and for each label the records
        behind it, which open as the usual view.

        Args:
            path: a file to write; None for none.
            split: also shows the labels by outcome, as in `labels`.
            versus: also shows the difference from another analysis, and the records that differ
                most.
            pair: as in `difference`.
            max_records: how many records of each model and data set are listed and can be opened:
                an even spread over the data, or with `versus` those that differ most. The tables
                are of all records.
            confidence: as in `labels`.
            resamples: as in `labels`.
            seed: as in `labels`.

        Raises:
            ValueError: no record was analyzed, the file cannot be written, the other analysis does
                not say which part of it to compare with, a number is out of range, or the front
                end has not been built.
        """
        from seqsal.analysis import report

        options = report.ReportOptions(
            split=split,
            pair=pair,
            max_records=max_records,
            intervals={"confidence": confidence, "resamples": resamples, "seed": seed},
        )
        return report.write(self, versus, options, path)

    def to_svg(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        value: str = "share",
        versus: "Analysis | None" = None,
        width: float | int = 6.5,
        font_size: float | int = 9,
        font: str | None = None,
        most: int = 30,
    ) -> str:
        """Returns a bar with its interval for each label, as a vector picture.

        The analysis is of one model, data set and method; `where` chooses them.

        Args:
            path: also writes the picture to this file, if it is given.
            value: share, median_share, excess, top3 or effect. With share, a tick shows the even
                share.
            versus: draws the difference from another analysis, of share or effect.
            width: in inches.
            font_size: in points.
            font: the name of an installed font; None for DejaVu Sans.
            most: the number of labels that are drawn.

        Raises:
            ValueError: there are several models, data sets or methods, there is no such value or
                difference, or the size or font is wrong.
        """
        style = FigureStyle(width=width, font_size=font_size, font=font)
        data = self._draw(style, "svg", 72, value, versus, most)
        if path is not None:
            pathlib.Path(path).expanduser().write_bytes(data)
        return data.decode()

    def to_png(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        value: str = "share",
        versus: "Analysis | None" = None,
        width: float | int = 6.5,
        font_size: float | int = 9,
        font: str | None = None,
        most: int = 30,
        dpi: float | int = 160,
    ) -> bytes:
        """Returns a raster picture; the arguments are those of `to_svg`, and dots per inch.

        Raises:
            ValueError: as in `to_svg`.
        """
        style = FigureStyle(width=width, font_size=font_size, font=font)
        data = self._draw(style, "png", dpi, value, versus, most)
        if path is not None:
            pathlib.Path(path).expanduser().write_bytes(data)
        return data

    def _draw(
        self,
        style: FigureStyle,
        file_format: str,
        dpi: float | int,
        value: str,
        versus: "Analysis | None",
        most: int,
    ) -> bytes:
        from seqsal.analysis import figure  # Importing Matplotlib is slow.

        names = {
            "share": "Share of the salience",
            "median_share": "Median share of the salience",
            "excess": "Share of the salience above an even spread",
            "top3": "How often among the three strongest labels",
            "effect": "Effect of removal, in nats",
        }
        if value not in names:
            raise ValueError(f"value must be one of {', '.join(names)}; got {value!r}.")
        group = self._of_one_group()
        title = names[value]
        if value != "effect":
            title += f" by {self.describe(group.one('method')).label}"
        if versus is not None:
            columns = {"share": "difference", "effect": "effect_difference"}
            if value not in columns:
                raise ValueError(f"A difference is of share or effect; got value={value!r}.")
            table, value, title = group.difference(versus), columns[value], f"Difference: {title}"
        else:
            table = group.labels()
            title += f", {len(self.table('records', ['record']))} records"
        if value == "share":
            title += "; the tick is an even spread"
        return figure.draw(
            table,
            style,
            file_format,
            dpi,
            value=value,
            title=title,
            percent="effect" not in value,
            mark="even_share" if value == "share" else None,
            most=most,
        )

    def _of_one_group(self) -> "Analysis":
        """Returns this analysis.

        Raises:
            ValueError: it is of several models, data sets or methods.
        """
        for kind in GROUPS:
            self.one(kind)
        return self

    def _pairs(self, other: "Analysis", pair: str | None) -> "pd.DataFrame | None":
        columns = ["record", "prompt", "target", "columns"]
        one, two = (side.table("records", columns) for side in (self, other))
        return difference.pair_records(one, two, pair)
