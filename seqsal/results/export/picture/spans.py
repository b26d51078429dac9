"""A result as plain HTML, for places that run no scripts."""

import html
from typing import TYPE_CHECKING

from seqsal.results.export.picture.heat import LABELS, Painted, described, painted
from seqsal.results.export.picture.look import Look

if TYPE_CHECKING:
    from seqsal.results.result import Result

_BOX = (
    "white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.6;padding:12px;color:#000;"
    "background:#fff;max-height:60em;overflow:auto"
)
_SELECTED = "box-shadow:inset 0 -2px 0 #5b1a8b;font-weight:500"


def spans(result: "Result", look: Look | None = None) -> str:
    """Returns the prompt and its target with their heat, as an element of HTML."""
    if not result.scores:
        return f'<div style="{_BOX}">{html.escape(result.prompt + result.target)}</div>'
    look = look or Look()
    drawn = painted(result, look)
    parts = {
        region: "".join(map(_span, (each for each in drawn if each.segment.region == region)))
        for region in ("prompt", "target")
    }
    method = result.check_method(look.method)
    caption = f"{LABELS.get(method, method)} · explained: {result.selected_text.strip()}"
    return (
        f'<div style="{_BOX}"><div style="color:#5f6368;font-size:85%">{html.escape(caption)}</div>'
        f"{parts['prompt']}"
        f'<span style="border-left:3px solid #5b1a8b;margin:0 1px"></span>{parts["target"]}</div>'
    )


def _span(drawn: Painted) -> str:
    segment = drawn.segment
    style = f"background:{drawn.background};color:{drawn.ink}" if drawn.background else ""
    style = _SELECTED if segment.selected else style
    title = html.escape(described(segment))
    return f'<span style="{style}" title="{title}">{html.escape(segment.text)}</span>'
