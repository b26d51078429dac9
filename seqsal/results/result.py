"""`seqsal.Result`: a scored text with its exports."""

import os
import pathlib
import weakref
from typing import TYPE_CHECKING, Any, Final

from seqsal.attribution.contrast import Contrast
from seqsal.attribution.explainer import Explainer
from seqsal.attribution.selection import TokenSelection
from seqsal.models.causal_lm import Encoding
from seqsal.results.export.html.static import static_html
from seqsal.results.export.picture.style import FigureStyle
from seqsal.results.export.saved_json import format as saved_json
from seqsal.results.faithfulness import Measure
from seqsal.results.heatmap import HeatmapStyle
from seqsal.results.scored_text import ScoredText
from seqsal.results.scores import check_aggregation
from seqsal.results.segmentation import UNITS

if TYPE_CHECKING:
    import pandas as pd


_Model = tuple["weakref.ref[Explainer]", Encoding, Contrast | None]
_models: Final = weakref.WeakKeyDictionary["Result", _Model]()
"""The model of each result that was computed in this process. Not an attribute, so that results
can be copied and pickled."""


class Result(ScoredText):
    """A scored text that can be saved, tabulated and drawn.

    `ScoredText` describes the attributes.
    """

    def to_pandas(
        self, granularity: str = "tokens", *, aggregation: str = "sum", match: str = "ends"
    ) -> "pd.DataFrame":
        """Returns one row per segment, with one column of scores per method.

        The other columns are text, region (prompt or target), start and end (characters of
        `prompt_text` + target), first_token, num_tokens, selected, role (if there are messages),
        thinking (if there is any), and, if known, logprob: the sum over the segment's tokens.

        Args:
            granularity: as in `segments`.
            aggregation: as in `segments`.
            match: as in `segments`.

        Raises:
            ValueError: as in `segments`.
        """
        from seqsal.results.export.table import table  # Importing pandas is slow.

        return table(self, granularity, aggregation=aggregation, match=match)

    def faithfulness(
        self,
        granularity: str = "sentences",
        *,
        method: str | None = None,
        top: int = 3,
        seed: int = 0,
    ) -> "pd.DataFrame":
        """Returns how far a map agrees with what removing each segment does.

        Each segment before the selection is removed, the gap is closed, and the model runs again.
        The columns are text, start and end (characters of `prompt_text` + target), score, rank,
        effect (log p(selection) - log p(selection without the segment), in nats) and effect_rank.
        Effects that a check on the page measured are not measured again. Without the model, effect
        and effect_rank are NaN for segments that the check did not remove, and rank_correlation is
        over the others.

        `attrs` of the table has the name of the method, rank_correlation (Spearman's, between
        score and effect), effect_of_top (of removing the strongest segments together),
        effect_of_random (of removing as many others, the mean of five draws) and
        effect_of_all_others (of keeping only the strongest). The last three need the model and at
        least two segments. In a contrast, segments in which the two texts begin to differ are left
        out.

        Args:
            granularity: as in `segments`.
            method: as in `segments`.
            top: how many of the strongest segments are removed together, at most half of them.
            seed: the seed of the random segments.

        Raises:
            ValueError: as in `segments`; `top` is not positive; there is no segment before the
                selection; or the model is no longer loaded and none of the effects is known.
        """
        from seqsal.results.faithfulness import faithfulness  # Importing pandas is slow.

        return faithfulness(
            self, self._measure(), granularity=granularity, method=method, top=top, seed=seed
        )

    def _attach(self, explainer: Explainer, encoding: Encoding, versus: Contrast | None) -> None:
        """Sets what `faithfulness` measures removals with; it is not saved.

        Args:
            explainer: of the model that the scores are of; it is not kept alive.
            encoding: the tokens of the text.
            versus: the other side of a contrast.
        """
        _models[self] = weakref.ref(explainer), encoding, versus

    def _measure(self) -> Measure | None:
        """Returns a function that measures removals, if the model is still loaded."""
        if self not in _models or not self.selection:
            return None
        reference, encoding, versus = _models[self]
        selection, explainer = TokenSelection.from_ranges(self.selection), reference()
        if explainer is None:
            return None
        removal_effects = explainer.removal_effects
        return Measure(
            lambda removals: list(removal_effects(encoding, selection, removals, versus)),
            len(encoding) if versus is None else versus.shared_with(encoding.ids),
        )

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
        return self._draw(path, heatmap, style, "svg").decode()

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
        return self._draw(path, heatmap, style, "png", dpi)

    def _draw(
        self,
        path: str | os.PathLike[str] | None,
        heatmap: HeatmapStyle,
        style: FigureStyle,
        file_format: str,
        dpi: float | int = 72,
    ) -> bytes:
        """Returns a picture as the content of a file, which it also writes if a path is given."""
        from seqsal.results.export.picture import figure  # Importing Matplotlib is slow.

        data = figure.draw(self, heatmap, style, file_format, dpi)
        if path is not None:
            pathlib.Path(path).expanduser().write_bytes(data)
        return data

    def _repr_html_(self) -> str:
        """Returns the coloured text for notebooks, as HTML without scripts."""
        return static_html(self)


def _write(text: str, path: str | os.PathLike[str] | None) -> str:
    if path is not None:
        pathlib.Path(path).expanduser().write_text(text, encoding="utf-8", newline="\n")
    return text
