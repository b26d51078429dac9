"""`seqsal.Result`: the tokens that a selection of a text depends on."""

import dataclasses
import functools
import os
import pathlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool

from seqsal.attribution.method import MethodInfo
from seqsal.models.arrays import NumpyArray
from seqsal.results.export.html.static import static_html
from seqsal.results.export.picture.style import FigureStyle
from seqsal.results.export.saved_json import format as saved_json
from seqsal.results.heatmap import HeatmapStyle
from seqsal.results.methods import describe_method, has_sign
from seqsal.results.scores import Salience, ScoredSegment, Scores, check_aggregation, score_segments
from seqsal.results.segmentation import UNITS, Span, segment_tokens

if TYPE_CHECKING:
    import pandas as pd


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """Tokens of a prompt and its target, and the scores of selections in them.

    Attributes:
        prompt: the text that the model read.
        target: the text after the prompt.
        tokens: exact pieces of prompt + target, and the names of special tokens.
        special: for each token, whether it is a special token, which has no text.
        token_ids: the vocabulary ids of the tokens; empty if they are unknown.
        salience: the selections with known scores. If `selected` is true, the first one is
            `selection`.
        methods: the names of the salience methods.
        method_descriptions: the descriptions of the methods, in the same order. If it is empty,
            `method_info` uses the built-in descriptions.
        logprobs: for each token of the target the natural logarithm of its probability given all
            tokens before it, None for all other tokens; empty if they are unknown.
        source: "response" if the model wrote the target, else "target".
        selected: whether there is a selection.
        view: display settings of the page: names and values of `view` in docs/saved-results.md.
    """

    prompt: str
    target: str
    tokens: tuple[str, ...]
    special: tuple[bool, ...]
    token_ids: tuple[int, ...] = ()
    salience: tuple[Salience, ...] = ()
    methods: tuple[str, ...] = ()
    method_descriptions: tuple[MethodInfo, ...] = ()
    logprobs: tuple[float | None, ...] = ()
    source: str = "target"
    selected: bool = True
    view: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def selection(self) -> tuple[Span, ...]:
        """The explained tokens: ranges (start, end), ascending, with gaps between them."""
        return self.salience[0].selection if self.selected and self.salience else ()

    @property
    def scores(self) -> Scores:
        """By method, one score for each token; 0 from the last selected token on."""
        return self.salience[0].scores if self.selected and self.salience else {}

    @property
    def selected_text(self) -> str:
        """The explained text; a gap in the selection is "…"."""
        parts = (self._text_of(span) for span in self.selection)
        return "…".join(parts)

    def segments(
        self,
        granularity: str = "sentences",
        *,
        method: str | None = None,
        aggregation: str = "sum",
        match: str = "ends",
    ) -> list[ScoredSegment]:
        """Returns segments with their scores; their texts joined are prompt + target.

        The page cuts words and sentences at the same places. `seqsal.results.segmentation`
        describes the exceptions, in scripts without spaces between words.

        Args:
            granularity: tokens, words, sentences, lines, paragraphs, or a regular expression of
                the package `regex`.
            method: one of `methods`; None for the first.
            aggregation: how the scores of a segment's tokens are combined: sum, mean or max (the
                score farthest from zero).
            match: whether a match of the regular expression `ends` or `starts` a segment.

        Raises:
            ValueError: granularity, method or aggregation is unknown, or the result has no
                scores.
        """
        scores = self.scores[self.check_method(method)]
        segments = segment_tokens(
            self.tokens, self.special, len(self.prompt), granularity, match=match
        )
        texts = [segment for segment in segments if not segment.special]
        return score_segments(scores, texts, self.selection, aggregation)

    def to_pandas(
        self, granularity: str = "tokens", *, aggregation: str = "sum", match: str = "ends"
    ) -> "pd.DataFrame":
        """Returns one row per segment, with one column of scores per method.

        The other columns are text, region (prompt or target), start and end (characters of
        prompt + target), first_token, num_tokens, selected, and, if known, logprob: the sum over
        the segment's tokens.

        Args:
            granularity: as in `segments`.
            aggregation: as in `segments`.
            match: as in `segments`.

        Raises:
            ValueError: as in `segments`.
        """
        from seqsal.results.export.table import table  # Importing pandas is slow.

        return table(self, granularity, aggregation=aggregation, match=match)

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str:
        """Returns the result as JSON that `from_json` and the page read.

        docs/saved-results.md describes the format. Scores have five significant digits.

        Args:
            path: a file to write; None for none.
        """
        return _write(saved_json.dumps(self.to_fields()), path)

    def to_fields(self) -> dict[str, Any]:
        """Returns the content of `to_json` as lists and dictionaries."""
        return saved_json.fields_of(self)

    @classmethod
    def from_json(cls, source: str | bytes | os.PathLike[str]) -> "Result":
        """Returns a result that `to_json` or the page saved.

        Args:
            source: the JSON, or the path of a file.

        Raises:
            ValueError: the JSON is not a saved result, or of a newer version.
            OSError: the file does not exist.
        """
        return cls(**saved_json.attributes_of(saved_json.read(source)))

    def to_html(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        granularity: str | None = None,
        method: str | None = None,
        aggregation: str | None = None,
    ) -> str:
        """Returns an interactive page that needs no server and no network.

        Args:
            path: a file to write; None for none.
            granularity: the first granularity, as in `segments`, but with regular expressions of
                JavaScript; None for the one in `view`.
            method: the first method; None for the one in `view`.
            aggregation: the first aggregation; None for the one in `view`.

        Raises:
            ValueError: method or aggregation is unknown, or the front end has not been built.
        """
        from seqsal.results.export.html.page import page

        view = {**self.view}
        if granularity is not None:
            custom = granularity not in UNITS
            view["granularity"] = "custom" if custom else granularity
            view |= {"pattern": granularity} if custom else {}
        if method is not None:
            view["method"] = self.check_method(method)
        if aggregation is not None:
            view["aggregation"] = check_aggregation(aggregation)
        return _write(page(self.to_fields() | {"view": view}), path)

    def to_svg(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        granularity: str = "sentences",
        method: str | None = None,
        aggregation: str = "sum",
        match: str = "ends",
        scaling: str = "value",
        intensity: float | int = 1,
        width: float | int = 6.5,
        font_size: float | int = 9,
        font: str | None = None,
        legend: bool = True,
    ) -> str:
        """Returns a vector picture; letters are paths and look the same everywhere.

        Args:
            path: a file to write; None for none.
            granularity: as in `segments`.
            method: as in `segments`.
            aggregation: as in `segments`.
            match: as in `segments`.
            scaling: value: colours are proportional to scores; rank: to the ranks of scores.
            intensity: above 1 weak scores become stronger; below 1 only the strongest scores
                remain visible.
            width: in inches.
            font_size: in points.
            font: the name of an installed font; None for DejaVu Sans. Other fonts provide the
                characters that it lacks. A warning lists characters that no font has.
            legend: whether to show the explained text, the method and the colour scale.

        Raises:
            ValueError: as in `segments`, the font is not installed, or a size is invalid.
        """
        heatmap = HeatmapStyle(granularity, method, aggregation, match, scaling, intensity)
        style = FigureStyle(width=width, font_size=font_size, font=font, legend=legend)
        return _write(self._draw(heatmap, style, "svg").decode(), path)

    def to_png(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        granularity: str = "sentences",
        method: str | None = None,
        aggregation: str = "sum",
        match: str = "ends",
        scaling: str = "value",
        intensity: float | int = 1,
        width: float | int = 6.5,
        font_size: float | int = 9,
        font: str | None = None,
        legend: bool = True,
        dpi: float | int = 160,
    ) -> bytes:
        """Returns a raster picture; the arguments are those of `to_svg`, and dots per inch.

        Raises:
            ValueError: as in `to_svg`.
        """
        heatmap = HeatmapStyle(granularity, method, aggregation, match, scaling, intensity)
        style = FigureStyle(width=width, font_size=font_size, font=font, legend=legend)
        data = self._draw(heatmap, style, "png", dpi)
        if path is not None:
            pathlib.Path(path).expanduser().write_bytes(data)
        return data

    def _draw(
        self, heatmap: HeatmapStyle, style: FigureStyle, file_format: str, dpi: float | int = 72
    ) -> bytes:
        from seqsal.results.export.picture import figure  # Importing Matplotlib is slow.

        return figure.draw(self, heatmap, style, file_format, dpi)

    def _repr_html_(self) -> str:
        """Returns the coloured text for notebooks, as HTML without scripts."""
        return static_html(self)

    def method_info(self, name: str) -> MethodInfo:
        """Returns the description of a method: label, sign, cost and so on.

        It is the one in `method_descriptions`, else the built-in one, else one made of the name.
        """
        return describe_method(name, self.method_descriptions)

    def is_signed(self, method: str | None = None) -> bool:
        """Returns whether the scores of a method are signed; positive ones support the selection.

        If no description says it, they are signed if any score is below 0.

        Args:
            method: its name; None for the first.

        Raises:
            ValueError: as in `check_method`.
        """
        name = self.check_method(method)
        return has_sign(self.method_info(name), self.scores[name])

    def check_method(self, method: str | None) -> str:
        """Returns the name of a method that has scores.

        Args:
            method: its name; None for the first.

        Raises:
            ValueError: the result has no scores, or the method is unknown.
        """
        if not self.scores:
            raise ValueError(
                "This result has no scores: nothing was selected where it was saved. Select"
                " something to explain on the page before saving, or call seqsal.explain."
            )
        if method is None:
            return next(iter(self.scores))
        if method not in self.scores:
            raise ValueError(f"method must be one of {', '.join(self.scores)}; got {method!r}.")
        return method

    @functools.cached_property
    def selected_characters(self) -> Bool[NumpyArray, " characters"]:
        """For each character of prompt + target, whether its token is explained."""
        chosen = np.zeros(len(self.tokens), bool)
        for start, end in self.selection:
            chosen[start:end] = True
        pairs = zip(self.tokens, self.special, strict=True)
        return np.repeat(chosen, [0 if special else len(token) for token, special in pairs])

    def _text_of(self, span: Span) -> str:
        marks = zip(self.tokens[slice(*span)], self.special[slice(*span)], strict=True)
        return "".join(token for token, special in marks if not special)


def _write(text: str, path: str | os.PathLike[str] | None) -> str:
    if path is not None:
        pathlib.Path(path).expanduser().write_text(text, encoding="utf-8", newline="\n")
    return text
