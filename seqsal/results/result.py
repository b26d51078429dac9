"""What a selection of a text leaned on: the result of `seqsal.explain`."""

import dataclasses
import functools
import os
import pathlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool

from seqsal.models.arrays import NumpyArray
from seqsal.results.export import saved_json as saved
from seqsal.results.export.picture.look import Look, Paper
from seqsal.results.export.picture.spans import spans
from seqsal.results.scores import Salience, ScoredSegment, Scores, check_aggregation, score_segments
from seqsal.results.segmentation import UNITS, Span, segment_tokens

if TYPE_CHECKING:
    import pandas as pd


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """Tokens of a prompt and its target, and what the selected ones leaned on.

    Attributes:
        prompt: what the model has read.
        target: what follows it.
        tokens: exact pieces of prompt + target; of a special token its name.
        special: for each token, whether it is one that stands for no text.
        token_ids: the number of each token in the vocabulary; empty where it is not known.
        salience: the selections whose scores are known. The first is the one that `selection`
            and `scores` are of, unless nothing is `selected`.
        methods: the names of the salience methods.
        logprobs: for each token of the target the natural logarithm of its probability given all
            before it, None for all others; empty where it is not known.
        source: response where the model wrote the target, or else target.
        selected: whether there is a selection.
        view: how a page shows it: names and values of `view` in docs/saved-results.md.
    """

    prompt: str
    target: str
    tokens: tuple[str, ...]
    special: tuple[bool, ...]
    token_ids: tuple[int, ...] = ()
    salience: tuple[Salience, ...] = ()
    methods: tuple[str, ...] = ()
    logprobs: tuple[float | None, ...] = ()
    source: str = "target"
    selected: bool = True
    view: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def selection(self) -> tuple[Span, ...]:
        """The tokens that are explained: ranges (start, end) in order, with gaps between."""
        return self.salience[0].selection if self.selected and self.salience else ()

    @property
    def scores(self) -> Scores:
        """By method, one score for each token of the sequence; 0 from the last selected one on."""
        return self.salience[0].scores if self.selected and self.salience else {}

    @property
    def selected_text(self) -> str:
        """The text that is explained; a gap in the selection is "…"."""
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
        """Returns the text in segments with their scores; joined, they are prompt + target.

        Words and sentences end where they do on the page; `seqsal.results.segmentation` says
        what differs for scripts that are written without spaces.

        Args:
            granularity: tokens, words, sentences, lines, paragraphs, or a regular expression of
                the package `regex`.
            method: one of `methods`; None for the first.
            aggregation: how the scores of a segment's tokens become one: sum, mean or max (the
                one farthest from zero).
            match: whether what the expression finds `ends` a segment or `starts` one.

        Raises:
            ValueError: there is no such granularity, method or aggregation, or nothing has been
                explained.
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
        """Returns a row for each segment, with a column for each method.

        The other columns are text, region (prompt or target), start and end (characters of
        prompt + target), first_token and num_tokens, selected, and where it is known logprob: the
        sum over the segment's tokens.

        Args:
            granularity: as in `segments`.
            aggregation: as in `segments`.
            match: as in `segments`.

        Raises:
            ValueError: as `segments`.
        """
        from seqsal.results.export.table import table  # Pandas takes a while to import.

        return table(self, granularity, aggregation=aggregation, match=match)

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str:
        """Returns the result as JSON, which `from_json` and the page read; also writes it.

        The format is described in docs/saved-results.md. Scores have five digits.

        Args:
            path: the file to write; None for none.
        """
        return _written(saved.dumps(self.to_fields()), path)

    def to_fields(self) -> dict[str, Any]:
        """Returns what `to_json` writes, as lists and dictionaries."""
        return saved.fields_of(self)

    @classmethod
    def from_json(cls, source: str | bytes | os.PathLike[str]) -> "Result":
        """Returns a result that `to_json` or the page has saved.

        Args:
            source: the JSON itself as a text, or the path of a file.

        Raises:
            ValueError: it is no saved result, or of a newer version; the message says why.
            OSError: there is no such file.
        """
        return cls(**saved.attributes_of(saved.read(source)))

    def to_html(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        granularity: str | None = None,
        method: str | None = None,
        aggregation: str | None = None,
    ) -> str:
        """Returns a page that shows the result with all controls, without a network or a server.

        Args:
            path: the file to write; None for none.
            granularity: how the text is cut at first, as in `segments`, but a regular expression
                is one of JavaScript; None for what `view` says.
            method: which method is shown at first; None likewise.
            aggregation: likewise.

        Raises:
            ValueError: there is no such method or aggregation, or the front end has not been
                built.
        """
        from seqsal.results.export.html import page

        view = {**self.view}
        if granularity is not None:
            custom = granularity not in UNITS
            view["granularity"] = "custom" if custom else granularity
            view |= {"pattern": granularity} if custom else {}
        if method is not None:
            view["method"] = self.check_method(method)
        if aggregation is not None:
            view["aggregation"] = check_aggregation(aggregation)
        return _written(page(self.to_fields() | {"view": view}), path)

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
        """Returns a picture for papers; letters are shapes, and look the same everywhere.

        Args:
            path: the file to write; None for none.
            granularity: as in `segments`.
            method: as in `segments`.
            aggregation: as in `segments`.
            match: as in `segments`.
            scaling: value: a colour is a share of the largest score; rank: a place in the order.
            intensity: above 1 weak scores are lifted; below, only the strongest stand out.
            width: in inches.
            font_size: in points.
            font: the name of an installed font; None for DejaVu Sans. Characters that it lacks
                are taken from others, and what none has is told in a warning.
            legend: whether what is explained, the method and the scale of colours are told.

        Raises:
            ValueError: as `segments`, the font is not installed, or a size makes no sense.
        """
        look = Look(granularity, method, aggregation, match, scaling, intensity)
        paper = Paper(width=width, font_size=font_size, font=font, legend=legend)
        return _written(self._drawn(look, paper, "svg").decode(), path)

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
        """Returns a picture of dots; the arguments are those of `to_svg`, and dots per inch.

        Raises:
            ValueError: as `to_svg`.
        """
        look = Look(granularity, method, aggregation, match, scaling, intensity)
        paper = Paper(width=width, font_size=font_size, font=font, legend=legend)
        data = self._drawn(look, paper, "png", dpi)
        if path is not None:
            pathlib.Path(path).expanduser().write_bytes(data)
        return data

    def _drawn(self, look: Look, paper: Paper, file_format: str, dpi: float | int = 72) -> bytes:
        from seqsal.results.export.picture.drawing import (
            draw,  # Matplotlib takes a while to import.
        )

        return draw(self, look, paper, file_format, dpi)

    def _repr_html_(self) -> str:
        """Returns the text with its heat for notebooks: nothing in it has to run."""
        return spans(self)

    def check_method(self, method: str | None) -> str:
        """Returns a method whose scores are known.

        Args:
            method: its name; None for the first.

        Raises:
            ValueError: nothing has been explained, or there is no such method.
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
        """For each character of prompt + target, whether it is explained."""
        chosen = np.zeros(len(self.tokens), bool)
        for start, end in self.selection:
            chosen[start:end] = True
        pairs = zip(self.tokens, self.special, strict=True)
        return np.repeat(chosen, [0 if special else len(token) for token, special in pairs])

    def _text_of(self, span: Span) -> str:
        marks = zip(self.tokens[slice(*span)], self.special[slice(*span)], strict=True)
        return "".join(token for token, special in marks if not special)


def _written(text: str, path: str | os.PathLike[str] | None) -> str:
    if path is not None:
        pathlib.Path(path).expanduser().write_text(text, encoding="utf-8", newline="\n")
    return text
