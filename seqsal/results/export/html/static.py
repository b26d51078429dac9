"""A result as coloured text in static HTML, where scripts cannot run."""

import html
from typing import Final

from seqsal.results.blocks import Block, blocks_of
from seqsal.results.colour import RAMPS
from seqsal.results.heatmap import ColouredSegment, HeatmapStyle, coloured_segments, score_text
from seqsal.results.scored_text import ScoredText

_ACCENT: Final = RAMPS["strength"][1]
_BOX: Final = (
    "white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.6;padding:12px;color:#000;"
    "background:#fff;max-height:60em;overflow:auto"
)
_SELECTED: Final = f"box-shadow:inset 0 -2px 0 {_ACCENT};font-weight:500"


def static_html(result: ScoredText, style: HeatmapStyle | None = None) -> str:
    """Returns an HTML element with the coloured prompt and target."""
    if not result.scores:
        return f'<div style="{_BOX}">{html.escape(result.prompt_text + result.target)}</div>'
    style = style or HeatmapStyle()
    blocks = blocks_of(result, coloured_segments(result, style))
    parts = {
        region: "".join(
            _block(each, labelled=bool(result.messages)) for each in blocks if each.region == region
        )
        for region in ("prompt", "target")
    }
    label = result.method_info(result.check_method(style.method)).label
    caption = f"{label} · explained: {result.selected_text.strip()}"
    border = f'<span style="border-left:3px solid {_ACCENT};margin:0 1px"></span>'
    return (
        f'<div style="{_BOX}"><div style="color:#5f6368;font-size:85%">{html.escape(caption)}</div>'
        f"{parts['prompt']}{'' if result.messages else border}{parts['target']}</div>"
    )


def _block(block: Block, *, labelled: bool) -> str:
    spans = "".join(map(_span, block.segments))
    if not labelled:
        return spans
    label = f'<div style="color:#5f6368;font-size:85%">{html.escape(block.label)}</div>'
    return f'<div style="margin:4px 0">{label}{spans}</div>'


def _span(coloured: ColouredSegment) -> str:
    segment = coloured.segment
    style = f"background:{coloured.background};color:{coloured.ink}" if coloured.background else ""
    style = _SELECTED if segment.selected else style
    title = html.escape(score_text(segment))
    return f'<span style="{style}" title="{title}">{html.escape(segment.text)}</span>'
