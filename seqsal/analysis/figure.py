"""Draws tables by label with Matplotlib: a bar with its interval for each label."""

from typing import TYPE_CHECKING, Final

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from seqsal.analysis.label_tables import LabelTables
from seqsal.results.colour import RAMPS
from seqsal.results.export.picture.figure import save
from seqsal.results.export.picture.fonts import fonts_for
from seqsal.results.export.picture.style import POINTS, FigureStyle

if TYPE_CHECKING:
    import pandas as pd

_TITLES: Final = {
    "share": "Share of the salience",
    "median_share": "Median share of the salience",
    "excess": "Share of the salience above an even spread",
    "top3": "How often among the three strongest labels",
    "effect": "Effect of removal, in nats",
}
"""The columns of `LabelTables.labels` that a figure can show."""
_DIFFERENCES: Final = {"share": "difference", "effect": "effect_difference"}
"""The columns of `LabelTables.difference` for those of both sides."""
_GREY: Final = "#5f6368"
_MAX_LABEL: Final = 48
_ROW: Final = 1.8
"""The height of a bar with its gap, in multiples of the font size."""


def label_figure(
    tables: LabelTables,
    style: FigureStyle,
    file_format: str,
    dpi: float | int,
    *,
    value: str,
    versus: LabelTables | None,
    most: int,
) -> bytes:
    """Returns the figure of `Analysis.to_svg` as the content of a file.

    Args:
        tables: rows of one model, data set and method.
        style: as in `draw`.
        file_format: as in `draw`.
        dpi: as in `draw`.
        value: as in `Analysis.to_svg`.
        versus: draws the difference from these tables; None for the values of `tables`.
        most: as in `draw`.

    Raises:
        ValueError: there are several models, data sets or methods, or there is no such value or
            difference.
    """
    if value not in _TITLES:
        raise ValueError(f"value must be one of {', '.join(_TITLES)}; got {value!r}.")
    group, title = tables.of_one_group(), _TITLES[value]
    if value != "effect":
        title += f" by {group.describe(group.one('method')).label}"
    if versus is not None:
        if value not in _DIFFERENCES:
            raise ValueError(f"A difference is of share or effect; got value={value!r}.")
        table, title = group.difference(versus), f"Difference: {title}"
        value = _DIFFERENCES[value]
    else:
        table = group.labels()
        title += f", {len(group.table('records', ['record']))} records"
    if value == "share":
        title += "; the tick is an even spread"
    return draw(
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


def draw(
    table: "pd.DataFrame",
    style: FigureStyle,
    file_format: str,
    dpi: float | int,
    *,
    value: str,
    title: str,
    percent: bool,
    mark: str | None = None,
    most: int = 30,
) -> bytes:
    """Returns bars as the content of a file.

    Args:
        table: a row for each bar, with `label`, the value, and its interval in `{value}_low` and
            `{value}_high`.
        style: size and font.
        file_format: svg or png.
        dpi: dots per inch of a PNG.
        value: the column that the bars show.
        title: the text above the bars.
        percent: whether the values are shares.
        mark: a column that a tick on each bar shows, such as the even share; None for none.
        most: the number of bars; those with the largest absolute values are drawn, in the order
            of their values.
    """
    table = table[table[value].notna()]
    strongest = table[value].abs().sort_values(ascending=False, kind="stable").index[:most]
    rows = table.loc[strongest].sort_values(value, kind="stable")
    names = [_short(str(label)) for label in rows["label"]]
    fonts = fonts_for("".join(names) + title, float(style.font_size), style.font)
    height = (len(rows) + 4) * _ROW * fonts.size / POINTS
    figure = Figure(figsize=(float(style.width), height), facecolor="white", layout="constrained")
    axes = figure.add_subplot()
    values = rows[value].to_numpy(float)
    support, against = RAMPS["support"][1], RAMPS["against"][1]
    plain = RAMPS["strength"][1]
    signed = (values < 0).any()
    colours = [(support if v >= 0 else against) if signed else plain for v in values]
    places = range(len(rows))
    axes.barh(places, values, color=colours, height=0.62, alpha=0.75)
    low = (values - rows[f"{value}_low"].to_numpy(float)).clip(0)
    high = (rows[f"{value}_high"].to_numpy(float) - values).clip(0)
    axes.errorbar(values, places, xerr=[low, high], fmt="none", ecolor="black", elinewidth=1)
    if mark is not None:
        axes.plot(rows[mark], places, "|", color=_GREY, markersize=fonts.size, markeredgewidth=1.5)
    axes.axvline(0, color=_GREY, linewidth=0.8)
    axes.set_yticks(places, names, parse_math=False)
    axes.margins(y=0.01)
    for tick in [*axes.get_yticklabels(), *axes.get_xticklabels()]:
        tick.set_fontproperties(fonts.properties())
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)
    if percent:
        axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    figure.suptitle(
        title, x=0.01, ha="left", font=fonts.properties(), color=_GREY, wrap=True, parse_math=False
    )
    return save(figure, file_format, dpi, title)


def _short(label: str) -> str:
    return label if len(label) <= _MAX_LABEL else f"{label[: _MAX_LABEL - 1]}…"
