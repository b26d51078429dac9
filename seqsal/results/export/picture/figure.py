"""Draws a result with Matplotlib."""

import dataclasses
import io
import itertools
import warnings
from collections.abc import Iterator
from typing import Any, Final

import matplotlib as mpl
import regex
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from seqsal.results.blocks import Block, blocks_of
from seqsal.results.colour import RAMPS, ramp_colours
from seqsal.results.export.picture import layout
from seqsal.results.export.picture.fonts import Fonts, fonts_for
from seqsal.results.export.picture.style import POINTS, FigureStyle
from seqsal.results.heatmap import HeatmapStyle, coloured_segments
from seqsal.results.scored_text import ScoredText

_MARGIN: Final = 6.0
_SMALL: Final = 0.85
_GREY: Final = "#5f6368"
_ACCENT: Final = RAMPS["strength"][1]
_LINE_HEIGHT: Final = 1.5
"""In multiples of the font size."""
_NOT_DRAWN: Final = regex.compile(
    # Control characters, and characters that combine emoji: no monochrome font has their glyphs.
    r"(?![\n\t])\p{Cc}|[\u2028\u2029\ufeff\ufe0e\ufe0f]|\p{Emoji_Modifier}"
    r"|(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d"
)
_MAX_INCHES: Final = 400.0
"""A PNG has at most 2^16 rows; this is the limit at 160 dots per inch."""


@dataclasses.dataclass(frozen=True)
class _Part:
    """A part of a segment that is either completely explained or not at all."""

    text: str
    background: str
    ink: str
    selected: bool


def draw(
    result: ScoredText,
    heatmap: HeatmapStyle,
    style: FigureStyle,
    file_format: str,
    dpi: float | int,
) -> bytes:
    """Returns a picture of a result as the content of a file.

    Args:
        result: the result to draw.
        heatmap: segments and colours.
        style: size and font.
        file_format: svg or png.
        dpi: dots per inch of a PNG.

    Raises:
        ValueError: an option is wrong, the font is not installed, or the picture is too high.
    """
    blocks = [
        (block.label, [*_parts(result, block)])
        for block in blocks_of(result, coloured_segments(result, heatmap))
    ]
    whole = "".join(label + "".join(part.text for part in parts) for label, parts in blocks)
    caption = _caption(result, heatmap)
    fonts = fonts_for(whole + caption, float(style.font_size), style.font)
    sheet = _Sheet(fonts, float(style.width) * POINTS)
    if style.legend:
        sheet.caption(caption)
    for label, parts in blocks:
        sheet.block(label if style.legend else "", parts)
    if style.legend:
        sheet.legend(signed=result.is_signed(heatmap.method))
    return sheet.render(file_format, dpi, title=caption)


def _caption(result: ScoredText, heatmap: HeatmapStyle) -> str:
    method = result.method_info(result.check_method(heatmap.method))
    explained = " ".join(result.selected_text.split())
    if len(explained) > 80:
        explained = f"{explained[:78]}…"
    return f"Explained: “{explained}” by {method.label}"


def _parts(result: ScoredText, block: Block) -> Iterator[_Part]:
    """Yields the segments, split where the explained text begins or ends."""
    marks = result.selected_characters
    for each in block.segments:
        start, end = each.segment.chars
        edges = [start, *(i for i in range(start + 1, end) if marks[i] != marks[i - 1]), end]
        for a, b in itertools.pairwise(edges):
            text = _NOT_DRAWN.sub("", each.segment.text[a - start : b - start])
            if text:
                selected = bool(marks[a])
                yield _Part(text, each.background, each.ink, selected)


class _Sheet:
    """A figure in units of points that is filled from top to bottom."""

    def __init__(self, fonts: Fonts, width: float) -> None:
        self._fonts, self._width, self._y = fonts, width, _MARGIN
        self._line = _LINE_HEIGHT * fonts.size
        self._boxes: list[tuple[Rectangle, str]] = []
        self._texts: list[dict[str, Any]] = []

    def caption(self, text: str) -> None:
        """Adds the caption."""
        self._flow(text)
        self._y += 0.3 * self._line

    def block(self, label: str, parts: list[_Part]) -> None:
        """Adds a coloured text below a label."""
        if not parts:
            return
        if label:
            self._text(_MARGIN, self._y + 0.7 * self._line, label, color=_GREY, scale=_SMALL)
            self._y += self._line
        runs, lines = layout.lay([p.text for p in parts], self._inner, self._fonts.width)
        for run in runs:
            part, top = parts[run.index], self._y + run.line * self._line
            x = _MARGIN + run.x
            if part.background:
                self._box(x, top + 0.06 * self._line, run.width, 0.88 * self._line, part.background)
            if part.selected:
                self._box(x, top + 0.92 * self._line, run.width, 0.08 * self._line, _ACCENT)
            self._text(x, top + 0.7 * self._line, run.text, color=part.ink)
        self._y += (lines + 0.3) * self._line

    def legend(self, *, signed: bool) -> None:
        """Adds the colour scale."""
        ramps = (
            [ramp_colours("against")[::-1], ramp_colours("support")]
            if signed
            else [ramp_colours("strength")]
        )
        left, right = ("speaks against it", "supports it") if signed else ("weak", "strong")
        x, baseline = _MARGIN, self._y + 0.7 * self._line
        x += self._text(x, baseline, left, color=_GREY, scale=_SMALL) + 4
        step = 60 / sum(map(len, ramps))
        for background, _ in itertools.chain.from_iterable(ramps):
            self._box(x, self._y + 0.2 * self._line, step, 0.6 * self._line, background)
            x += step
        self._text(x + 4, baseline, right, color=_GREY, scale=_SMALL)
        x += 4 + _SMALL * self._fonts.width(right) + 14
        note = "underlined: what is explained"
        if x + _SMALL * self._fonts.width(note) <= self._width - _MARGIN:
            self._text(x, baseline, note, color=_GREY, scale=_SMALL)
        self._y += self._line

    def render(self, file_format: str, dpi: float | int, *, title: str) -> bytes:
        """Returns the content of the file."""
        height = self._y + _MARGIN
        if height > _MAX_INCHES * POINTS:
            raise ValueError(
                f"A picture can be at most {_MAX_INCHES:.0f} inches high; this one would be"
                f" {height / POINTS:.0f}. Increase width, reduce font_size, or use to_html."
            )
        figure = Figure(figsize=(self._width / POINTS, height / POINTS), facecolor="white")
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, self._width), ylim=(height, 0))
        axes.set_axis_off()
        colours = [colour for _, colour in self._boxes]
        axes.add_collection(
            PatchCollection([box for box, _ in self._boxes], facecolors=colours, linewidths=0)
        )
        for text in self._texts:
            axes.text(**text, parse_math=False)
        return save(figure, file_format, dpi, title)

    @property
    def _inner(self) -> float:
        return self._width - 2 * _MARGIN

    def _flow(self, text: str) -> None:
        runs, lines = layout.lay([text], self._inner / _SMALL, self._fonts.width)
        for run in runs:
            y = self._y + (run.line + 0.7) * self._line
            self._text(_MARGIN + run.x * _SMALL, y, run.text, color=_GREY, scale=_SMALL)
        self._y += lines * self._line

    def _box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        self._boxes.append((Rectangle((x, y), width, height), colour))

    def _text(self, x: float, y: float, text: str, *, color: str, scale: float | int = 1) -> float:
        """Adds a text and returns its width."""
        properties = self._fonts.properties(scale)
        self._texts.append({"x": x, "y": y, "s": text, "color": color, "font": properties})
        return scale * self._fonts.width(text)


def save(figure: Figure, file_format: str, dpi: float | int, title: str) -> bytes:
    """Returns a figure as the content of a file, the same each time.

    Args:
        figure: the figure.
        file_format: svg or png.
        dpi: dots per inch of a PNG.
        title: the title in the file's metadata.
    """
    file = io.BytesIO()
    # Letters become paths, so that they look the same everywhere. The salt and the missing date
    # make the file reproducible.
    metadata = {"svg": {"Title": title, "Date": None}, "png": {"Title": title}}
    with (
        mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "seqsal", "text.hinting": "none"}),
        warnings.catch_warnings(),
    ):
        warnings.filterwarnings("ignore", "Glyph .* missing")  # `fonts_for` has warned about them.
        figure.savefig(file, format=file_format, dpi=dpi, metadata=metadata[file_format])
    return file.getvalue()
