"""The HTML of a notebook's cell that finds the kernel's page and shows it."""

import html
import json
from collections.abc import Sequence
from typing import Final

from seqsal.shared.resources import frontend_file

_WITHOUT_SCRIPTS: Final = "Sequence Salience was here. Run this cell to see it."


def page_html(
    *,
    port: int,
    addresses: Sequence[str],
    health: str,
    path: str,
    height: int,
    new_tab: bool,
    advice: str,
) -> str:
    """Returns HTML that shows a page of the kernel, or what to do where it can not be reached.

    Args:
        port: where the kernel serves.
        addresses: other ways that may lead there; see `seqsal.notebook.page.address`.
        health: below the address, what tells that it is the right server.
        path: below the address, the page.
        height: of the frame in pixels.
        new_tab: whether the page opens in a tab instead of the cell.
        advice: what to do where it can not be reached.
    """
    cell = {
        "port": port,
        "addresses": list(addresses),
        "health": health,
        "path": path,
        "height": height,
        "newTab": new_tab,
        "advice": advice,
    }
    script = frontend_file("notebook-page.js").read_text(encoding="utf-8")
    return (
        f'<div data-seqsal-page="{html.escape(json.dumps(cell))}">{_WITHOUT_SCRIPTS}</div>'
        f"<script>{script}</script>"
    )
