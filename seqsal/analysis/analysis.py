"""`seqsal.Analysis`: the tables of a run, with its records, report and figures."""

import os
import pathlib
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from seqsal.analysis import deletion, report, token_maps
from seqsal.analysis.label_tables import LabelTables
from seqsal.analysis.labels import rule_of
from seqsal.analysis.selection_rules import find_selection_rule
from seqsal.attribution.explainers import get_explainer
from seqsal.results.export.picture.style import FigureStyle
from seqsal.results.result import Result

if TYPE_CHECKING:
    import pandas as pd


class Analysis(LabelTables):
    """The tables that `seqsal.analyze` wrote, with aggregates, comparisons and figures.

    `StoredTables` describes the attributes, and how a folder is opened; `LabelTables` has the
    aggregates and comparisons.
    """

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
        return self._draw(path, "svg", 72, style, value, versus, most).decode()

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
        return self._draw(path, "png", dpi, style, value, versus, most)

    def _draw(
        self,
        path: str | os.PathLike[str] | None,
        file_format: str,
        dpi: float | int,
        style: FigureStyle,
        value: str,
        versus: LabelTables | None,
        most: int,
    ) -> bytes:
        """Returns a figure as the content of a file, which it also writes if a path is given."""
        from seqsal.analysis import figure  # Importing Matplotlib is slow.

        data = figure.label_figure(
            self, style, file_format, dpi, value=value, versus=versus, most=most
        )
        if path is not None:
            pathlib.Path(path).expanduser().write_bytes(data)
        return data
